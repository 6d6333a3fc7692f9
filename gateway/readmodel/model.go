package readmodel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/prometheus/client_golang/prometheus"

	"dengji/gateway/readmodel/store"
)

// Options of a Model. The zero value is useful.
type Options struct {
	Metrics prometheus.Registerer // nil: no metrics
	Log     *slog.Logger          // nil: discards
	Pace    Pace                  // zero: DefaultPace
}

// Pace says how long the feed waits for what.
type Pace struct {
	FirstPause time.Duration // before the first attempt to connect again
	MaxPause   time.Duration // before any later one
	Watch      time.Duration // between two questions for the peers' heights
	Stall      time.Duration // without a block, while the peers have more: move to another peer
}

// DefaultPace suits peers on a network.
var DefaultPace = Pace{FirstPause: 100 * time.Millisecond, MaxPause: 10 * time.Second, Watch: 15 * time.Second, Stall: 45 * time.Second}

// Model is an open read model. It is safe for concurrent use, Run included, which
// one goroutine may be in at a time.
type Model struct {
	store   *store.Store
	log     *slog.Logger
	pace    Pace
	metrics *metrics

	mutex sync.Mutex
	state Health
	moved chan struct{} // closed when another block has been applied
}

// Open opens the database of a connection string - postgres://... or a SQLite
// file's path, created with mode 0600 - and brings its schema up to date.
func Open(ctx context.Context, dsn string, options Options) (*Model, error) {
	opened, err := store.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	found, err := opened.Checkpoint(ctx)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Pace == (Pace{}) {
		options.Pace = DefaultPace
	}
	model := &Model{store: opened, log: options.Log, pace: options.Pace, metrics: newMetrics(options.Metrics), state: Health{Applied: found.Number}, moved: make(chan struct{})}
	model.metrics.applied.Set(float64(found.Number))
	return model, nil
}

// Close ends all connections. Run must have returned.
func (m *Model) Close() error { return m.store.Close() }

// Store gives the tables, for queries.
func (m *Model) Store() *store.Store { return m.store }

// DegradedLag is how many blocks a model may be behind the ledger before lists and
// searches count as degraded.
const DegradedLag = 100

// Health is how far the model has come.
type Health struct {
	Applied int64  // number of the last block applied; -1: none
	Height  uint64 // most blocks that a peer has reported; 0: none has yet
	Running bool
	Failure error // for which Run has stopped; nil while it runs and before
}

// Lag gives how many blocks of the ledger are not applied yet.
func (h Health) Lag() uint64 {
	own := uint64(h.Applied + 1)
	if own >= h.Height {
		return 0
	}
	return h.Height - own
}

// Health tells how far the model has come, as far as this process knows.
func (m *Model) Health() Health {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.state
}

// note changes the health, and the metrics with it.
func (m *Model) note(change func(*Health)) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	before := m.state.Applied
	change(&m.state)
	if m.state.Applied != before {
		close(m.moved)
		m.moved = make(chan struct{})
	}
	m.metrics.applied.Set(float64(m.state.Applied))
	m.metrics.lag.Set(float64(m.state.Lag()))
}

// WaitFor returns once a block has been applied, or with the context's error.
func (m *Model) WaitFor(ctx context.Context, number int64) error {
	for {
		m.mutex.Lock()
		applied, moved := m.state.Applied, m.moved
		m.mutex.Unlock()
		if applied >= number {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// Take applies the next block from whoever has it, in place of Run.
func (m *Model) Take(ctx context.Context, block *common.Block) error {
	return m.apply(ctx, block, m.Health().Applied+1)
}

// Rebuild empties the model and fills it with every block that the first of the
// sources to answer has now. Other gateways may go on feeding it.
func (m *Model) Rebuild(ctx context.Context, sources ...Source) error {
	height, err := highest(ctx, sources)
	if err != nil {
		return err
	}
	if err := m.store.Empty(ctx); err != nil {
		return err
	}
	m.note(func(health *Health) { health.Applied = -1 })
	return m.feed(ctx, sources, int64(height)-1)
}

// Compare fills a scratch SQLite database at a path with the blocks that this
// model has applied, and lists up to limit rows in which the model differs. It
// asks the sources from the last one on, so that another peer than the one that
// the model is usually filled by is the judge.
func (m *Model) Compare(ctx context.Context, scratch string, limit int, sources ...Source) ([]store.Difference, error) {
	right, err := Open(ctx, scratch, Options{Log: m.log, Pace: m.pace})
	if err != nil {
		return nil, err
	}
	judges := slices.Clone(sources)
	slices.Reverse(judges)
	found, err := m.store.Compare(ctx, limit, func(checkpoint store.Checkpoint) (*store.Store, error) {
		return right.store, right.feed(ctx, judges, checkpoint.Number)
	})
	return found, errors.Join(err, right.Close())
}

// highest gives the greatest height that any source reports.
func highest(ctx context.Context, sources []Source) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, store.ReadTimeout)
	defer cancel()
	type answer struct {
		height uint64
		err    error
	}
	answers := make(chan answer, len(sources))
	for _, source := range sources {
		go func() {
			height, err := source.Height(ctx)
			answers <- answer{height, err}
		}()
	}
	var height uint64
	var failures []error
	for range sources {
		given := <-answers
		height = max(height, given.height)
		failures = append(failures, given.err)
	}
	if height == 0 {
		return 0, fmt.Errorf("read model: no peer tells its height: %w", errors.Join(failures...))
	}
	return height, nil
}
