package gatewaytest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"dengji/chaincode/memoryledger"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/store"
)

// lists is the read model of a platform: a real one, opened when it is first asked,
// and given every transaction of the ledger in memory before it answers. A
// transaction of height n stands in block n; block 0 is empty.
type lists struct {
	t      testing.TB
	ledger *memoryledger.Ledger

	mutex sync.Mutex
	model *readmodel.Model
	chain blocktest.Chain
}

// current gives the model with all that has been committed.
func (l *lists) current() *readmodel.Model {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	ctx := context.Background()
	if l.model == nil {
		l.model = l.open(ctx)
	}
	for _, outcome := range l.ledger.Committed(uint64(len(l.chain.Blocks)) - 1) {
		if err := l.model.Take(ctx, l.chain.Append(blocktest.OfOutcome(outcome))); err != nil {
			l.t.Errorf("read model: %v", err)
		}
	}
	return l.model
}

func (l *lists) open(ctx context.Context) *readmodel.Model {
	model, err := readmodel.Open(ctx, filepath.Join(l.t.TempDir(), readmodel.File), readmodel.Options{})
	if err != nil {
		panic(err) // what the test asks for cannot be answered
	}
	l.t.Cleanup(func() { _ = model.Close() })
	if err := model.Take(ctx, l.chain.Append()); err != nil {
		panic(err)
	}
	return model
}

// Store implements api.ReadModel.
func (l *lists) Store() *store.Store { return l.current().Store() }

// Health implements api.ReadModel.
func (l *lists) Health() readmodel.Health { return l.current().Health() }

// WaitFor implements api.ReadModel. What is not committed now is not waited for.
func (l *lists) WaitFor(ctx context.Context, block int64) error {
	ctx, cancel := context.WithCancel(ctx)
	if l.current().Health().Applied < block {
		cancel()
	}
	defer cancel()
	return l.current().WaitFor(ctx, block)
}
