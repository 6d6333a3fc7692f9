package store

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/rows"
)

func open(t *testing.T, dsn string) *Store {
	t.Helper()
	opened, err := Open(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}

func decode(t testing.TB, block *common.Block) blocks.Block {
	t.Helper()
	decoded, err := blocks.Decode(block, ledger.ChaincodeName)
	require.NoError(t, err)
	return decoded
}

// fill applies every block of a chain to a fresh SQLite model: what every other
// model of the chain must equal.
func fill(t *testing.T, chain *blocktest.Chain) *Store {
	t.Helper()
	model := open(t, enginetest.SQLite(t))
	applyAll(t, model, chain)
	return model
}

func applyAll(t *testing.T, model *Store, chain *blocktest.Chain) {
	t.Helper()
	for _, block := range chain.Blocks {
		applied, err := model.Apply(t.Context(), decode(t, block))
		require.NoError(t, err)
		require.True(t, applied)
	}
}

func against(right *Store) func(Checkpoint) (*Store, error) {
	return func(Checkpoint) (*Store, error) { return right, nil }
}

func requireEqual(t *testing.T, model, right *Store) {
	t.Helper()
	different, err := model.Compare(t.Context(), 10, against(right))
	require.NoError(t, err)
	require.Empty(t, different)
}

func TestAnEmptyModelHasAppliedNothing(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		for range 2 {
			found, err := open(t, dsn).Checkpoint(t.Context())
			require.NoError(t, err)
			require.Equal(t, Checkpoint{Number: -1, mapping: rows.Version}, found)
		}
	})
}

func TestBothEnginesHoldTheSameRowsOfTheSameChain(t *testing.T) {
	chain := blocktest.NewHistory(1).Chain(200)
	right := fill(t, chain)
	for _, table := range rows.Tables {
		require.NotZero(t, count(t, right, table.Name), "the history writes no row to %s", table.Name)
	}
	enginetest.Each(t, func(t *testing.T, dsn string) {
		model := open(t, dsn)
		applyAll(t, model, chain)
		requireEqual(t, model, right)
	})
}

func count(t *testing.T, model *Store, table string) (number int) {
	t.Helper()
	require.NoError(t, model.engine.read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&number))
	return number
}

func TestABlockThatComesAgainChangesNothing(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		chain := blocktest.NewHistory(2).Chain(20)
		model := open(t, dsn)
		applyAll(t, model, chain)
		for _, block := range chain.Blocks {
			applied, err := model.Apply(t.Context(), decode(t, block))
			require.NoError(t, err)
			require.False(t, applied)
		}
		requireEqual(t, model, fill(t, chain))
	})
}

func TestABlockOutOfTheChainIsRefusedAndWritesNothing(t *testing.T) {
	const applied = 5
	chain, other := blocktest.NewHistory(3).Chain(10), blocktest.NewHistory(4).Chain(10)
	cases := map[string]struct {
		block *common.Block
		want  error
	}{
		"a block that names another one before it":     {other.Blocks[applied], ErrFork},
		"another block under a number already applied": {other.Blocks[2], ErrFork},
		"a block behind a gap":                         {chain.Blocks[applied+1], ErrGap},
	}
	enginetest.Each(t, func(t *testing.T, dsn string) {
		part := &blocktest.Chain{Blocks: chain.Blocks[:applied]}
		model := open(t, dsn)
		applyAll(t, model, part)
		for name, test := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := model.Apply(t.Context(), decode(t, test.block))
				require.ErrorIs(t, err, test.want)
				var evidence *ChainError
				require.ErrorAs(t, err, &evidence)
				require.Equal(t, test.block.GetHeader().GetNumber(), evidence.Number)
				require.Equal(t, int64(applied-1), evidence.Checkpoint.Number)
				requireEqual(t, model, fill(t, part))
			})
		}
	})
}

func TestARecordThatCannotBeReadStopsItsWholeBlock(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		history := blocktest.NewHistory(5)
		chain := history.Chain(5)
		model := open(t, dsn)
		applyAll(t, model, chain)
		before := &blocktest.Chain{Blocks: chain.Blocks[:5]}
		bad := history.Submit()
		bad.Writes = append(bad.Writes, memoryledger.Write{Key: ledger.RegistrationKey("R").String(), Value: []byte(`{"version":"one"}`)})
		_, err := model.Apply(t.Context(), decode(t, chain.Append(history.Submit(), bad)))
		var where *rows.Error
		require.ErrorAs(t, err, &where)
		require.Equal(t, bad.TxID, where.TxID)
		require.Equal(t, ledger.KindRegistration, where.Key.Kind)
		requireEqual(t, model, fill(t, before))
	})
}

func TestAnEmptiedModelCanBeFilledAgain(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		chain := blocktest.NewHistory(6).Chain(20)
		model := open(t, dsn)
		applyAll(t, model, chain)
		require.NoError(t, model.Empty(t.Context()))
		requireEqual(t, model, open(t, enginetest.SQLite(t)))
		applyAll(t, model, chain)
		requireEqual(t, model, fill(t, chain))
	})
}

func TestTablesOfAnotherMappingAreEmptiedAndTheOldGatewayIsStopped(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		chain := blocktest.NewHistory(7).Chain(10)
		model := open(t, dsn)
		applyAll(t, model, &blocktest.Chain{Blocks: chain.Blocks[:5]})
		_, err := model.engine.write.ExecContext(t.Context(), "UPDATE checkpoint SET mapping = mapping + 1")
		require.NoError(t, err)
		_, err = model.Apply(t.Context(), decode(t, chain.Blocks[5]))
		require.ErrorIs(t, err, ErrMapping)
		again := open(t, dsn)
		requireEqual(t, again, open(t, enginetest.SQLite(t)))
		applyAll(t, again, chain)
		requireEqual(t, again, fill(t, chain))
	})
}

func TestTextThatADatabaseCannotHoldIsReplaced(t *testing.T) {
	chain := &blocktest.Chain{}
	record, err := json.Marshal(ledger.CatalogEntry{Content: ledger.EntryContent{Name: "a\x00b'; DROP TABLE events; --"}})
	require.NoError(t, err)
	chain.Append(blocktest.Transaction{TxID: "t", Writes: []memoryledger.Write{
		{Key: ledger.CatalogKey("P", "I").String(), Value: record},
		{Key: ledger.RulePackKey("p", 1).String(), Value: []byte("\"\xff\"")},
	}})
	right := fill(t, chain)
	enginetest.Each(t, func(t *testing.T, dsn string) {
		model := open(t, dsn)
		applyAll(t, model, chain)
		requireEqual(t, model, right)
		var name string
		require.NoError(t, model.engine.read.QueryRowContext(t.Context(), "SELECT name FROM catalog_entries").Scan(&name))
		require.Equal(t, "a\uFFFDb'; DROP TABLE events; --", name)
	})
}

func TestComparisonNamesEveryDifference(t *testing.T) {
	chain := blocktest.NewHistory(8).Chain(50)
	right := fill(t, chain)
	enginetest.Each(t, func(t *testing.T, dsn string) {
		model := open(t, dsn)
		applyAll(t, model, chain)
		for _, statement := range []string{
			"UPDATE applications SET state = 'forged' WHERE id = 'A0000001'",
			"DELETE FROM steps WHERE subject = 'application' AND id = 'A0000002' AND seq = 1",
			"INSERT INTO documents (kind, id, record) VALUES ('a', 'b', 'c')",
		} {
			_, err := model.engine.write.ExecContext(t.Context(), statement)
			require.NoError(t, err)
		}
		different, err := model.Compare(t.Context(), 10, against(right))
		require.NoError(t, err)
		require.Equal(t, []Difference{
			{Table: "applications", Key: []string{"A0000001"}, Kind: DifferenceChanged, Columns: []string{"state"}},
			{Table: "steps", Key: []string{"application", "A0000002", "1"}, Kind: DifferenceMissing},
			{Table: "documents", Key: []string{"a", "b"}, Kind: DifferenceExtra},
		}, different)
		first, err := model.Compare(t.Context(), 1, against(right))
		require.NoError(t, err)
		require.Len(t, first, 1)
	})
}

func TestReadersCannotWrite(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		_, err := open(t, dsn).engine.read.ExecContext(t.Context(), "DELETE FROM checkpoint")
		require.Error(t, err)
	})
}

func TestADatabaseFileIsItsOwnersAlone(t *testing.T) {
	path := enginetest.SQLite(t)
	open(t, path)
	for _, name := range []string{path, path + "-wal"} {
		found, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), found.Mode().Perm(), name)
	}
}

func TestAConnectionStringThatCannotBeReadDoesNotShowItsPassword(t *testing.T) {
	_, err := Open(t.Context(), "postgres://user:s3cret@host:port/name")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "s3cret")
	_, err = Open(t.Context(), "file.db?mode=memory")
	require.Error(t, err)
}
