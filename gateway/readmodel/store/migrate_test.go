package store

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/rows"
)

const beforeNarrowRows = 5 // version of the schema

// placesOf gives the resources that hold words, by PostgreSQL's index of words.
func placesOf(t *testing.T, model *Store, words string) (places []int64) {
	t.Helper()
	err := model.snapshot(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(t.Context(), "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		found, err := tx.QueryContext(t.Context(), "SELECT seq FROM resource_words WHERE words_of_resource(ordinal, seq) @@ CAST($1 AS tsquery) ORDER BY seq", words)
		if err != nil {
			return err
		}
		return each(found, func(row *sql.Rows) error {
			places = append(places, 0)
			return row.Scan(&places[len(places)-1])
		})
	})
	require.NoError(t, err)
	return places
}

func TestWordsThatWereIndexedInWideRowsAreFoundInNarrowOnes(t *testing.T) {
	chain := blocktest.NewHistory(19).Chain(300)
	connected, err := connect(enginetest.PostgreSQL(t))
	require.NoError(t, err)
	provider, err := connected.migrations()
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), beforeNarrowRows)
	require.NoError(t, err)
	migrated := newStore(connected)
	defer func() { require.NoError(t, migrated.Close()) }()
	_, err = connected.write.ExecContext(t.Context(), "UPDATE checkpoint SET mapping = $1", rows.Version)
	require.NoError(t, err)
	applyAll(t, migrated, chain)

	require.NoError(t, migrated.prepare(t.Context()))
	fresh := open(t, enginetest.PostgreSQL(t))
	applyAll(t, fresh, chain)
	for _, words := range []string{"'§zactive'", "'§z撤回' | '§1_0'", "'¶数' & '§7_0'", "'1':*"} {
		found := placesOf(t, migrated, words)
		require.NotEmpty(t, found, words)
		require.Equal(t, placesOf(t, fresh, words), found, words)
	}
}
