package readmodel_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/rows"
	"dengji/gateway/readmodel/store"
)

// patience is how long a test waits for what must happen; it decides nothing.
const patience = time.Minute

func open(t *testing.T, dsn string) *readmodel.Model {
	t.Helper()
	opened, err := readmodel.Open(t.Context(), dsn, readmodel.Options{Pace: pace})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}

// runUntil runs the feed until the model has applied a number of blocks.
func runUntil(t *testing.T, model *readmodel.Model, blocks int, sources ...readmodel.Source) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- model.Run(ctx, sources...) }()
	require.Eventually(t, func() bool { return model.Health().Applied == int64(blocks)-1 }, patience, time.Millisecond)
	require.True(t, model.Health().Running)
	cancel()
	require.NoError(t, <-ended)
	require.False(t, model.Health().Running)
}

func requireTrue(t *testing.T, model *readmodel.Model, chain *blocktest.Chain) {
	t.Helper()
	different, err := model.Compare(t.Context(), enginetest.SQLite(t), 10, &peer{chain: chain})
	require.NoError(t, err)
	require.Empty(t, different)
}

func TestTheFeedFillsAModelAndGoesOnWhereItStopped(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		chain := blocktest.NewHistory(20).Chain(40)
		first := &peer{chain: chain, height: 15}
		runUntil(t, open(t, dsn), 15, first)
		second := &peer{chain: chain}
		model := open(t, dsn)
		runUntil(t, model, 40, second)
		require.Equal(t, []uint64{0}, first.asked)
		require.Equal(t, []uint64{15}, second.asked)
		requireTrue(t, model, chain)
	})
}

func TestTheFeedMovesToAnotherPeerWhenOneIsLost(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		chain := blocktest.NewHistory(21).Chain(60)
		random := rand.New(rand.NewPCG(1, 1))
		dead := &peer{chain: chain, refuse: true}
		peers := []*peer{{chain: chain, alter: unsteady(random)}, dead, {chain: chain, alter: unsteady(random)}}
		model := open(t, dsn)
		runUntil(t, model, 60, peers[0], peers[1], peers[2])
		requireTrue(t, model, chain)
		require.Greater(t, len(dead.asked), 1)
		for _, source := range peers {
			require.Eventually(t, func() bool { return source.open() == 0 }, patience, time.Millisecond, "a stream was left open")
		}
	})
}

func TestTheFeedLeavesAPeerThatStaysBehindTheOthers(t *testing.T) {
	chain := blocktest.NewHistory(22).Chain(20)
	model := open(t, enginetest.SQLite(t))
	runUntil(t, model, 20, &peer{chain: chain, height: 7}, &peer{chain: chain})
	requireTrue(t, model, chain)
}

func TestTheFeedStopsLoudlyAndWritesNothingOfABlockItCannotTrust(t *testing.T) {
	const bad = 6
	chain := blocktest.NewHistory(23).Chain(10)
	other := blocktest.NewHistory(24).Chain(10)
	unreadable := &blocktest.Chain{Blocks: append([]*common.Block(nil), chain.Blocks[:bad]...)}
	unreadable.Append(blocktest.Transaction{TxID: "t", Writes: []memoryledger.Write{{Key: ledger.ApplicationKey("A").String(), Value: []byte("[]")}}})
	replace := func(with *common.Block) func(*common.Block) *common.Block {
		return func(block *common.Block) *common.Block {
			if block.GetHeader().GetNumber() == bad {
				return with
			}
			return block
		}
	}
	damaged := blocktest.Clone(chain.Blocks[bad])
	damaged.Header.DataHash[0] ^= 1
	cases := map[string]struct {
		with   *common.Block
		reason string
		kind   error
	}{
		"a block of another chain":  {other.Blocks[bad], readmodel.ReasonChain, store.ErrFork},
		"a block behind a gap":      {chain.Blocks[bad+1], readmodel.ReasonChain, store.ErrGap},
		"a block that was damaged":  {damaged, readmodel.ReasonBlock, blocks.ErrMalformed},
		"a record that is not read": {unreadable.Blocks[bad], readmodel.ReasonRecord, nil},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			enginetest.Each(t, func(t *testing.T, dsn string) {
				registry := prometheus.NewRegistry()
				model, err := readmodel.Open(t.Context(), dsn, readmodel.Options{Pace: pace, Metrics: registry})
				require.NoError(t, err)
				defer func() { require.NoError(t, model.Close()) }()
				err = model.Run(t.Context(), &peer{chain: chain, alter: replace(test.with)})
				var stopped *readmodel.FeedError
				require.ErrorAs(t, err, &stopped)
				require.Equal(t, test.reason, stopped.Reason)
				require.Equal(t, int64(bad), stopped.Number)
				if test.kind != nil {
					require.ErrorIs(t, err, test.kind)
				} else {
					var record *rows.Error
					require.ErrorAs(t, err, &record)
				}
				require.Equal(t, int64(bad-1), model.Health().Applied)
				require.ErrorIs(t, model.Health().Failure, err)
				require.Equal(t, 1.0, failures(t, registry, test.reason))
				requireTrue(t, model, chain)
			})
		})
	}
}

func failures(t *testing.T, registry *prometheus.Registry, reason string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if family.GetName() == "dengji_readmodel_failures_total" && label.GetValue() == reason {
					return metric.GetCounter().GetValue()
				}
			}
		}
	}
	return 0
}

func TestADatabaseThatStaysAwayStopsTheFeed(t *testing.T) {
	model, err := readmodel.Open(t.Context(), enginetest.SQLite(t), readmodel.Options{Pace: pace})
	require.NoError(t, err)
	require.NoError(t, model.Close())
	err = model.Run(t.Context(), &peer{chain: blocktest.NewHistory(25).Chain(3)})
	var stopped *readmodel.FeedError
	require.ErrorAs(t, err, &stopped)
	require.Equal(t, readmodel.ReasonDatabase, stopped.Reason)
}

func TestAModelThatIsRebuiltUnderARunningFeedIsFilledAgain(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		chain := blocktest.NewHistory(26).Chain(30)
		running := open(t, dsn)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		source := &peer{chain: chain, alter: unsteady(rand.New(rand.NewPCG(2, 2)))}
		go func() { ended <- running.Run(ctx, source) }()
		model := open(t, dsn)
		for range 5 {
			require.NoError(t, model.Rebuild(t.Context(), &peer{chain: chain}))
		}
		cancel()
		require.NoError(t, <-ended)
		require.Equal(t, int64(29), model.Health().Applied)
		requireTrue(t, model, chain)
	})
}

func TestARebuildWithoutAPeerEmptiesNothing(t *testing.T) {
	chain := blocktest.NewHistory(27).Chain(10)
	model := open(t, enginetest.SQLite(t))
	runUntil(t, model, 10, &peer{chain: chain})
	require.ErrorIs(t, model.Rebuild(t.Context(), &peer{chain: chain, refuse: true}), errNoPeer)
	requireTrue(t, model, chain)
	found, err := model.Store().Checkpoint(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(9), found.Number)
}

func TestHealthTellsHowFarTheModelIsBehind(t *testing.T) {
	require.Equal(t, uint64(5), readmodel.Health{Applied: -1, Height: 5}.Lag())
	require.Equal(t, uint64(1), readmodel.Health{Applied: 3, Height: 5}.Lag())
	require.Equal(t, uint64(0), readmodel.Health{Applied: 4, Height: 5}.Lag())
	require.Equal(t, uint64(0), readmodel.Health{Applied: 7, Height: 5}.Lag())
}
