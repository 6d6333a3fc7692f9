package readmodel

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	applied      prometheus.Gauge
	lag          prometheus.Gauge
	transactions prometheus.Counter
	unknown      prometheus.Counter
	seconds      prometheus.Histogram
	reconnects   prometheus.Counter
	failures     *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	made := &metrics{
		applied:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_readmodel_block", Help: "Number of the last block applied to the read model; -1: none."}),
		lag:          prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_readmodel_lag_blocks", Help: "Blocks of the ledger that the read model has not applied yet."}),
		transactions: prometheus.NewCounter(prometheus.CounterOpts{Name: "dengji_readmodel_transactions_total", Help: "Transactions applied to the read model."}),
		unknown:      prometheus.NewCounter(prometheus.CounterOpts{Name: "dengji_readmodel_unknown_records_total", Help: "Records of a kind that this version does not know."}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "dengji_readmodel_apply_seconds", Help: "Time to apply one block.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}),
		reconnects: prometheus.NewCounter(prometheus.CounterOpts{Name: "dengji_readmodel_reconnects_total", Help: "Times that the stream of blocks was taken up again."}),
		failures:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dengji_readmodel_failures_total", Help: "Times that the feed stopped for good, by reason."}, []string{"reason"}),
	}
	for _, reason := range []string{ReasonChain, ReasonBlock, ReasonRecord, ReasonDatabase, ReasonNoSources} {
		made.failures.WithLabelValues(reason) // zero is a figure too
	}
	if registry != nil {
		registry.MustRegister(made.applied, made.lag, made.transactions, made.unknown, made.seconds, made.reconnects, made.failures)
	}
	return made
}
