package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
)

func open(t *testing.T, dsn string) *Store {
	t.Helper()
	opened, err := Open(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}

func TestAnEmptyModelHasAppliedNothing(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		found, err := open(t, dsn).Checkpoint(t.Context())
		require.NoError(t, err)
		require.Equal(t, int64(-1), found.Number)
		again, err := open(t, dsn).Checkpoint(t.Context())
		require.NoError(t, err)
		require.Equal(t, found, again)
	})
}

func TestABlockIsAppliedOnce(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		model := open(t, dsn)
		chain := &blocktest.Chain{}
		block, err := blocks.Decode(chain.Append(), ledger.ChaincodeName)
		require.NoError(t, err)
		applied, err := model.Apply(t.Context(), block)
		require.NoError(t, err)
		require.True(t, applied)
		applied, err = model.Apply(t.Context(), block)
		require.NoError(t, err)
		require.False(t, applied)
	})
}
