package store

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
)

// openFaulty opens a model whose writing connection fails on demand.
func openFaulty(t *testing.T, dsn string, injected *faults) *Store {
	t.Helper()
	connected, err := connect(dsn)
	require.NoError(t, err)
	path := dsn
	if !strings.HasPrefix(dsn, "postgres") {
		path = "file:" + dsn + sqliteWriter
	}
	injectable := injected.through(connected.write, path)
	require.NoError(t, connected.write.Close())
	connected.write = injectable
	return newStore(connected)
}

// A hundred times something fails at any operation, before or after it was done,
// and the same block is handed over again, to the same store or to a new one. The
// model must end as one that was filled without a fault.
func TestNoFaultLosesOrRepeatsABlock(t *testing.T) {
	const wanted = 100
	chain := blocktest.NewHistory(9).Chain(200)
	right := fill(t, chain)
	enginetest.Each(t, func(t *testing.T, dsn string) {
		random := rand.New(rand.NewPCG(10, 10))
		open(t, dsn)
		injected := &faults{}
		model := openFaulty(t, dsn, injected)
		happened, failed := 0, 0
		for next := 0; next < len(chain.Blocks); {
			ctx, cancel := context.WithCancel(t.Context())
			within := 12
			if random.IntN(2) == 0 {
				within = 1 << 20 // beyond any block: let it pass
			}
			injected.arm(1+random.IntN(within), random.IntN(manners), cancel)
			_, err := model.Apply(ctx, decode(t, chain.Blocks[next]))
			cancel()
			if injected.fired() {
				happened++
			}
			if err == nil {
				next++
				continue
			}
			failed++
			require.LessOrEqual(t, failed, happened, "%v", err)
			var refused *ChainError
			require.NotErrorAs(t, err, &refused)
			if random.IntN(3) == 0 {
				require.NoError(t, model.Close())
				model = openFaulty(t, dsn, injected)
			}
			found, err := right.Checkpoint(t.Context())
			require.NoError(t, err)
			require.LessOrEqual(t, int64(next), found.Number)
		}
		require.NoError(t, model.Close())
		require.GreaterOrEqual(t, happened, wanted)
		requireEqual(t, open(t, dsn), right)
	})
}

// Two gateways feed one database at once. Together they apply every block once.
func TestTwoGatewaysShareADatabase(t *testing.T) {
	chain := blocktest.NewHistory(11).Chain(100)
	enginetest.Each(t, func(t *testing.T, dsn string) {
		applied := make(chan int, 2)
		for range 2 {
			model := open(t, dsn)
			go func() {
				own := 0
				for _, block := range chain.Blocks {
					did, err := model.Apply(t.Context(), decode(t, block))
					if err != nil {
						t.Errorf("block %d: %v", block.GetHeader().GetNumber(), err)
						break
					}
					if did {
						own++
					}
				}
				applied <- own
			}()
		}
		require.Equal(t, len(chain.Blocks), <-applied+<-applied)
		requireEqual(t, open(t, dsn), fill(t, chain))
	})
}
