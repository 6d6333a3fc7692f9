package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Settings of a measurement.
type Settings struct {
	Concurrencies []int         `json:"concurrencies"`
	Duration      time.Duration `json:"durationNanoseconds"` // of one scenario at one concurrency, at most
	Batches       []int         `json:"batches"`             // entries in a transaction
	UnderWay      int           `json:"entriesUnderWay"`     // at most, in batches: beyond it a batch only waits for those before it
	Applications  int           `json:"applications"`        // prepared for the transition; 0 leaves it out
}

// Bounds of the settings.
const (
	maxConcurrency  = 1024
	maxApplications = 100_000
	maxBatch        = 2_000 // the entries of this load stay below the ledger's request limit
)

func (s Settings) validate() error {
	switch {
	case len(s.Concurrencies) == 0 || slices.Min(s.Concurrencies) < 1 || slices.Max(s.Concurrencies) > maxConcurrency:
		return fmt.Errorf("bench: concurrencies must be 1 to %d", maxConcurrency)
	case s.Duration <= 0:
		return errors.New("bench: the duration must be positive")
	case slices.ContainsFunc(s.Batches, func(size int) bool { return size < 2 || size > maxBatch }):
		return fmt.Errorf("bench: batches must be 2 to %d entries", maxBatch)
	case s.Applications < 0 || s.Applications > maxApplications:
		return fmt.Errorf("bench: applications must be 0 to %d", maxApplications)
	}
	return nil
}

// warmUp is how long the no-op contract runs, unmeasured, before all else: the
// first endorsements open connections and fill caches.
const warmUp = 3 * time.Second

// observer is told of the progress of a measurement.
type observer interface {
	// begin tells that a run begins that takes at most duration.
	begin(title string, duration time.Duration)
	// end gives the figures of the run that began last.
	end(figures Figures)
}

// measure runs all scenarios and gives their figures, with ratios. It goes on
// after failed transactions, which are counted, and fails when the ledger does
// not hold what it acknowledged.
func measure(ctx context.Context, t *target, settings Settings, watch observer) ([]Figures, error) {
	if err := settings.validate(); err != nil {
		return nil, err
	}
	watch.begin("warm-up", min(warmUp, settings.Duration))
	closedLoop(ctx, t.noopWrites(), slices.Max(settings.Concurrencies), min(warmUp, settings.Duration), unlimited)
	m := &measurement{target: t, settings: settings, watch: watch}
	steps := []func(context.Context) error{m.writes, m.applications, m.reads}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	relate(m.figures)
	return m.figures, errors.Join(m.wrong...)
}

type measurement struct {
	target   *target
	settings Settings
	watch    observer
	figures  []Figures
	wrong    []error
}

// writes measures the no-op, single entries and batches.
func (m *measurement) writes(ctx context.Context) error {
	for _, concurrency := range m.settings.Concurrencies {
		scenarios := []scenario{
			{scenarioNoopWrite, "no-op write", scenarioNoopWrite, m.target.noopWrites()},
			{scenarioEntry, "one catalogue entry per transaction", scenarioNoopWrite, m.target.entryBatches(1)},
		}
		for _, size := range m.settings.Batches {
			if size*concurrency > m.settings.UnderWay {
				continue
			}
			scenarios = append(scenarios, scenario{fmt.Sprintf("entries-%d", size),
				fmt.Sprintf("%d catalogue entries per transaction", size), scenarioNoopWrite, m.target.entryBatches(size)})
		}
		for _, s := range scenarios {
			if err := m.run(ctx, s, concurrency); err != nil {
				return err
			}
		}
	}
	return nil
}

// applications measures submissions, at the highest concurrency, and then one
// step of each submitted application. Each concurrency may use its share of those
// that are left; what it does not get done is left for the next.
func (m *measurement) applications(ctx context.Context) error {
	if m.settings.Applications == 0 {
		return nil
	}
	m.watch.begin("preparing applications", m.settings.Duration)
	prepared, err := m.target.prepareApplications(ctx, m.settings.Applications)
	if err != nil {
		return err
	}
	submission := scenario{scenarioSubmit, "application submitted", scenarioNoopWrite, prepared.submissions()}
	if err := m.runFor(ctx, submission, slices.Max(m.settings.Concurrencies), maxPreparation); err != nil {
		return err
	}
	for i, concurrency := range m.settings.Concurrencies {
		share := prepared.count() / (len(m.settings.Concurrencies) - i)
		step := scenario{scenarioTransition, "state transition (" + transitionAction + ")", scenarioNoopWrite, prepared.transitions(share)}
		if err := m.run(ctx, step, concurrency); err != nil {
			return err
		}
	}
	return nil
}

// maxPreparation bounds the submission of all applications.
const maxPreparation = 10 * time.Minute

// reads measures evaluated transactions.
func (m *measurement) reads(ctx context.Context) error {
	noopReads, err := m.target.noopReads(ctx)
	if err != nil {
		return err
	}
	entryReads, err := m.target.entryReads(ctx)
	if err != nil {
		return err
	}
	for _, concurrency := range m.settings.Concurrencies {
		for _, s := range []scenario{
			{scenarioNoopRead, "no-op read (evaluate)", scenarioNoopRead, noopReads},
			{scenarioEntryRead, "catalogue entry read (evaluate)", scenarioNoopRead, entryReads},
		} {
			if err := m.run(ctx, s, concurrency); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *measurement) run(ctx context.Context, s scenario, concurrency int) error {
	return m.runFor(ctx, s, concurrency, m.settings.Duration)
}

// runFor measures one scenario at one concurrency and reads back what it wrote.
func (m *measurement) runFor(ctx context.Context, s scenario, concurrency int, duration time.Duration) error {
	m.watch.begin(fmt.Sprintf("%s, concurrency %d", s.label, concurrency), duration)
	done := closedLoop(ctx, s.supply, concurrency, duration, unlimited)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	f := done.figures(s.name, s.label, concurrency)
	f.Baseline = s.baseline
	checked, wrong := done.verify(ctx)
	f.Checked, f.Wrong = checked, len(wrong)
	m.wrong = append(m.wrong, wrong...)
	m.figures = append(m.figures, f)
	m.watch.end(f)
	return nil
}
