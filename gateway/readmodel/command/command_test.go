package command_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/command"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/store"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

type peer struct{ chain *blocktest.Chain }

func (p peer) Height(context.Context) (uint64, error) { return uint64(len(p.chain.Blocks)), nil }

func (p peer) Blocks(ctx context.Context, from uint64) (<-chan *common.Block, error) {
	stream := make(chan *common.Block)
	go func() {
		defer close(stream)
		for _, block := range p.chain.Blocks[from:] {
			select {
			case stream <- block:
			case <-ctx.Done():
				return
			}
		}
		<-ctx.Done()
	}()
	return stream, nil
}

// run runs the command on the model of a connection string.
func run(t *testing.T, dsn string, arguments ...string) (string, error) {
	t.Helper()
	t.Setenv(readmodel.DSNVariable, dsn)
	chain := blocktest.NewHistory(50).Chain(30)
	made := command.New(func() (string, error) { return t.TempDir(), nil }, func(context.Context) ([]readmodel.Source, func() error, error) {
		return []readmodel.Source{peer{chain}}, func() error { return nil }, nil
	})
	var out bytes.Buffer
	made.SetOut(&out)
	made.SetErr(&bytes.Buffer{})
	made.SetArgs(arguments)
	err := made.ExecuteContext(t.Context())
	return out.String(), err
}

func TestARebuiltModelIsWhatTheLedgerSaysAndAForgedOneIsNot(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, dsn string) {
		out, err := run(t, dsn, "rebuild")
		require.NoError(t, err)
		require.Equal(t, "the read model holds the blocks 0 to 29\n", out)
		out, err = run(t, dsn, "compare")
		require.NoError(t, err)
		require.Equal(t, "the read model is what the ledger says\n", out)

		forge(t, dsn)
		out, err = run(t, dsn, "compare")
		require.ErrorIs(t, err, command.ErrDifferent)
		require.Equal(t, "blocks 3: missing\n", out)
		out, err = run(t, dsn, "compare", "--json")
		require.ErrorIs(t, err, command.ErrDifferent)
		var found []store.Difference
		require.NoError(t, json.Unmarshal([]byte(out), &found))
		require.Equal(t, []store.Difference{{Table: "blocks", Key: []string{"3"}, Kind: store.DifferenceMissing}}, found)

		_, err = run(t, dsn, "rebuild")
		require.NoError(t, err)
		_, err = run(t, dsn, "compare")
		require.NoError(t, err)
	})
}

func forge(t *testing.T, dsn string) {
	t.Helper()
	driver := "pgx"
	if dsn[0] == '/' {
		driver = "sqlite"
	}
	database, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	result, err := database.ExecContext(t.Context(), "DELETE FROM blocks WHERE number = 3")
	require.NoError(t, err)
	removed, err := result.RowsAffected()
	require.NoError(t, err)
	require.Equal(t, int64(1), removed)
	require.NoError(t, database.Close())
}

func TestWithoutPeersTheModelStaysAsItIs(t *testing.T) {
	errNoNetwork := errors.New("no network")
	t.Setenv(readmodel.DSNVariable, enginetest.SQLite(t))
	made := command.New(func() (string, error) { return t.TempDir(), nil }, func(context.Context) ([]readmodel.Source, func() error, error) {
		return nil, nil, errNoNetwork
	})
	made.SetArgs([]string{"rebuild"})
	made.SetOut(&bytes.Buffer{})
	made.SetErr(&bytes.Buffer{})
	require.ErrorIs(t, made.ExecuteContext(t.Context()), errNoNetwork)
}

func TestALimitBelowOneIsRefused(t *testing.T) {
	_, err := run(t, enginetest.SQLite(t), "compare", "--limit", "0")
	require.Error(t, err)
}

func TestTheModelLiesInTheGatewaysFolderUnlessTheEnvironmentSaysOtherwise(t *testing.T) {
	t.Setenv(readmodel.DSNVariable, "")
	require.Equal(t, "/home/x/readmodel.db", readmodel.DSN("/home/x"))
	t.Setenv(readmodel.DSNVariable, "postgres://somewhere")
	require.Equal(t, "postgres://somewhere", readmodel.DSN("/home/x"))
}
