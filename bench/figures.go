package bench

import (
	"slices"
	"time"

	"dengji/chaincode/fault"
)

// Figures are what was measured of one scenario at one concurrency. Latencies are
// of successful operations, in milliseconds.
type Figures struct {
	Scenario    string             `json:"scenario"`
	Label       string             `json:"label"`
	Concurrency int                `json:"concurrency"`
	Operations  int                `json:"operations"` // that succeeded
	Units       int                `json:"units"`      // entries or steps that they carried
	Seconds     float64            `json:"seconds"`
	PerSecond   float64            `json:"perSecond"`      // operations
	UnitsPerSec float64            `json:"unitsPerSecond"` // units
	Baseline    string             `json:"baseline"`       // scenario that the ratios refer to
	Ratio       float64            `json:"ratio"`          // operations per second, to the baseline's at the same concurrency
	UnitsRatio  float64            `json:"unitsRatio"`     // units per second, to the baseline's operations per second
	P50         float64            `json:"p50"`
	P95         float64            `json:"p95"`
	P99         float64            `json:"p99"`
	Max         float64            `json:"max"`
	Errors      int                `json:"errors"`
	ErrorCodes  map[fault.Code]int `json:"errorCodes,omitempty"`
	Checked     int                `json:"checked"` // operations that were read back
	Wrong       int                `json:"wrong"`   // of those, found different
}

// figures sums a run up.
func (r run) figures(scenario, label string, concurrency int) Figures {
	f := Figures{Scenario: scenario, Label: label, Concurrency: concurrency, Seconds: r.elapsed.Seconds()}
	var latencies []time.Duration
	for _, s := range r.samples {
		if s.err != nil {
			if f.ErrorCodes == nil {
				f.ErrorCodes = map[fault.Code]int{}
			}
			f.Errors++
			f.ErrorCodes[fault.CodeOf(s.err)]++
			continue
		}
		f.Operations++
		f.Units += s.operation.units
		latencies = append(latencies, s.latency)
	}
	if f.Seconds > 0 {
		f.PerSecond = float64(f.Operations) / f.Seconds
		f.UnitsPerSec = float64(f.Units) / f.Seconds
	}
	slices.Sort(latencies)
	f.P50, f.P95, f.P99, f.Max = percentile(latencies, 50), percentile(latencies, 95), percentile(latencies, 99), percentile(latencies, 100)
	return f
}

// percentile gives the nearest-rank percentile of sorted latencies in
// milliseconds, 0 for none.
func percentile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := max(1, (len(sorted)*percent+99)/100)
	return float64(sorted[rank-1].Microseconds()) / 1000
}

// relate fills the ratios of all figures to their baselines at the same
// concurrency. Without a baseline they stay 0.
func relate(all []Figures) {
	type place struct {
		scenario    string
		concurrency int
	}
	rates := map[place]float64{}
	for _, f := range all {
		rates[place{f.Scenario, f.Concurrency}] = f.PerSecond
	}
	for i := range all {
		if rate := rates[place{all[i].Baseline, all[i].Concurrency}]; rate > 0 {
			all[i].Ratio = all[i].PerSecond / rate
			all[i].UnitsRatio = all[i].UnitsPerSec / rate
		}
	}
}
