package ledgerclient

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	phases  *prometheus.HistogramVec
	retries *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	made := &metrics{
		phases: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dengji_ledger_phase_seconds", Help: "Time of one phase of a ledger transaction, by outcome.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}, []string{"phase", "outcome"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dengji_ledger_retries_total", Help: "Ledger transactions that were tried again, by reason.",
		}, []string{"reason"}),
	}
	if registry != nil {
		registry.MustRegister(made.phases, made.retries)
	}
	return made
}

// start times a phase; the function that it returns takes the phase's error.
func (m *metrics) start(phase Phase) func(error) {
	begun := time.Now()
	return func(err error) {
		outcome := "ok"
		if err != nil {
			outcome = grpcCode(err).String()
		}
		m.phases.WithLabelValues(string(phase), outcome).Observe(time.Since(begun).Seconds())
	}
}
