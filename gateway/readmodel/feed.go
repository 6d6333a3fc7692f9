package readmodel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/rows"
	"dengji/gateway/readmodel/store"
)

// MaxDatabaseFailures is how often in a row the database may fail before the feed
// gives up.
const MaxDatabaseFailures = 10

// Reasons for which the feed stops for good.
const (
	ReasonChain     = "chain"     // fork, gap, or another version's tables: a *store.ChainError is in the chain
	ReasonBlock     = "block"     // a *blocks.Error is in the chain
	ReasonRecord    = "record"    // a *rows.Error is in the chain
	ReasonDatabase  = "database"  // it failed MaxDatabaseFailures times in a row
	ReasonNoSources = "no-source" // Run was given none
)

// FeedError says why the feed has stopped. Nothing of the block named has been
// written, and none behind it.
type FeedError struct {
	Reason string
	Number int64 // of the block
	Err    error
}

// Error gives a line for logs.
func (e *FeedError) Error() string {
	return fmt.Sprintf("read model: the feed stopped at block %d (%s): %v", e.Number, e.Reason, e.Err)
}

// Unwrap gives the cause.
func (e *FeedError) Unwrap() error { return e.Err }

// What ends one stream and is mended by the next one.
var (
	errLost    = errors.New("the peer has ended the stream")
	errStalled = errors.New("the peer is behind the others and sends no block")
	errRewound = errors.New("the model has been emptied meanwhile")
	errAgain   = errors.New("the peer sends a block that it has sent before")
)

// databaseError marks a failure of the database.
type databaseError struct{ error }

func (e databaseError) Unwrap() error { return e.error }

// Run applies block after block until the context ends; it then returns nil. Each
// time a peer is lost, or stays behind the others, it goes on with the next of the
// sources from the block behind the checkpoint. Its error is a *FeedError: the
// feed has stopped, and the cause must be looked into.
func (m *Model) Run(ctx context.Context, sources ...Source) error {
	m.note(func(health *Health) { health.Running, health.Failure = true, nil })
	err := m.feed(ctx, sources, math.MaxInt64)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil
	}
	m.note(func(health *Health) { health.Running, health.Failure = false, err })
	var stopped *FeedError
	if errors.As(err, &stopped) {
		m.metrics.failures.WithLabelValues(stopped.Reason).Inc()
		m.log.Error("read model feed stopped", "reason", stopped.Reason, "block", stopped.Number, "error", err)
	}
	return err
}

// feed applies blocks up to a last one.
func (m *Model) feed(ctx context.Context, sources []Source, last int64) error {
	if len(sources) == 0 {
		return &FeedError{Reason: ReasonNoSources, Number: m.Health().Applied + 1, Err: errors.New("no peer to take blocks from")}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go m.watch(ctx, sources)
	pace := backoff.NewExponentialBackOff()
	pace.InitialInterval, pace.MaxInterval = m.pace.FirstPause, m.pace.MaxPause
	failures := 0
	for turn := 0; ; turn++ {
		before := m.Health().Applied
		err := m.follow(ctx, sources[turn%len(sources)], last)
		if err == nil {
			return nil
		}
		if m.Health().Applied > before {
			pace.Reset()
			failures = 0
		}
		if err := m.judge(ctx, err, &failures); err != nil {
			return err
		}
		m.metrics.reconnects.Inc()
		m.log.Warn("read model takes the stream of blocks up again", "block", m.Health().Applied+1, "error", err)
		if !wait(ctx, pace.NextBackOff()) {
			return ctx.Err()
		}
	}
}

// judge gives the error with which the feed stops; nil when another attempt may
// mend it.
func (m *Model) judge(ctx context.Context, err error, failures *int) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	stopped := &FeedError{Number: m.Health().Applied + 1, Err: err}
	var chain *store.ChainError
	var record *rows.Error
	var database databaseError
	switch {
	case errors.As(err, &chain):
		stopped.Reason = ReasonChain
	case errors.Is(err, blocks.ErrMalformed):
		stopped.Reason = ReasonBlock
	case errors.As(err, &record):
		stopped.Reason = ReasonRecord
	case errors.As(err, &database):
		*failures++
		if *failures < MaxDatabaseFailures {
			return nil
		}
		stopped.Reason = ReasonDatabase
	default:
		return nil
	}
	return stopped
}

// follow applies the blocks of one stream. It returns nil when the last one is
// applied.
func (m *Model) follow(ctx context.Context, source Source, last int64) error {
	checkpoint, err := m.store.Checkpoint(ctx)
	if err != nil {
		return databaseError{err}
	}
	m.note(func(health *Health) { health.Applied = checkpoint.Number })
	if checkpoint.Number >= last {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	stream, err := source.Blocks(ctx, uint64(checkpoint.Number+1))
	if err != nil {
		cancel()
		return err
	}
	defer drain(stream)
	defer cancel()
	return m.consume(ctx, stream, checkpoint.Number+1, last)
}

// drain lets the sender of an abandoned stream come to its end.
func drain(stream <-chan *common.Block) {
	go func() {
		for range stream {
			continue
		}
	}()
}

func (m *Model) consume(ctx context.Context, stream <-chan *common.Block, next, last int64) error {
	stall := time.NewTimer(m.pace.Stall)
	defer stall.Stop()
	for ; next <= last; next++ {
		block, err := m.receive(ctx, stream, stall)
		if err != nil {
			return err
		}
		if err := m.apply(ctx, block, next); err != nil {
			return err
		}
		stall.Reset(m.pace.Stall)
	}
	return nil
}

// receive waits for a block. A silence is no stall while no peer has more blocks.
func (m *Model) receive(ctx context.Context, stream <-chan *common.Block, stall *time.Timer) (*common.Block, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case block, open := <-stream:
			if !open {
				return nil, errLost
			}
			return block, nil
		case <-stall.C:
			if m.Health().Lag() > 0 {
				return nil, errStalled
			}
			stall.Reset(m.pace.Stall)
		}
	}
}

// apply decodes and writes the block that must be the next one.
func (m *Model) apply(ctx context.Context, received *common.Block, next int64) error {
	begun := time.Now()
	block, err := blocks.Decode(received, ledger.ChaincodeName)
	if err != nil {
		return err
	}
	applied, err := m.store.Apply(ctx, block)
	if err != nil {
		return m.failed(err, block, next)
	}
	if int64(block.Number) != next {
		return errAgain
	}
	m.note(func(health *Health) {
		health.Applied = next
		health.Height = max(health.Height, uint64(next)+1)
	})
	if applied {
		m.count(block)
		m.metrics.seconds.Observe(time.Since(begun).Seconds())
	}
	return nil
}

// failed tells the failures that are for good from those of the database.
func (m *Model) failed(err error, block blocks.Block, next int64) error {
	var chain *store.ChainError
	var record *rows.Error
	switch {
	case errors.As(err, &chain) && errors.Is(err, store.ErrGap) && int64(block.Number) == next:
		return errRewound
	case errors.As(err, &chain), errors.As(err, &record):
		return err
	default:
		return databaseError{err}
	}
}

func (m *Model) count(block blocks.Block) {
	m.metrics.transactions.Add(float64(len(block.Transactions)))
	for _, transaction := range block.Transactions {
		for _, write := range transaction.Writes {
			if !rows.Known(write.Key.Kind) {
				m.metrics.unknown.Inc()
			}
		}
	}
}

// watch keeps the height of the ledger up to date.
func (m *Model) watch(ctx context.Context, sources []Source) {
	for {
		height, err := highest(ctx, sources)
		if err == nil {
			m.note(func(health *Health) { health.Height = max(health.Height, height) })
		} else if ctx.Err() == nil {
			m.log.Warn("read model cannot learn the ledger's height", "error", err)
		}
		if !wait(ctx, m.pace.Watch) {
			return
		}
	}
}

// wait sleeps, and reports false when the context ended first.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
