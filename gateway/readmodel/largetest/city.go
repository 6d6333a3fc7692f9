package largetest

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/store"
)

// Variables of the environment.
const (
	SizeVariable     = "DENGJI_BENCH_SIZE"     // number of records
	KeepVariable     = "DENGJI_BENCH_KEEP"     // a folder in which the SQLite file of a city is kept
	PostgresVariable = "DENGJI_BENCH_POSTGRES" // connection string of the PostgreSQL database in which a city is kept
)

const defaultSize = 100_000

// Size is the number of records that a benchmark fills a model with.
func Size(b testing.TB) int {
	b.Helper()
	text := os.Getenv(SizeVariable)
	if text == "" {
		return defaultSize
	}
	size, err := strconv.Atoi(text)
	require.NoError(b, err)
	return size
}

// Cities runs a benchmark on the model of a city's catalogue of Size entries in every
// database. As a million entries are long in filling, they can be kept: a model that
// holds something is taken as it is.
func Cities(b *testing.B, benchmark func(b *testing.B, model *store.Store)) {
	b.Helper()
	b.Run("SQLite", func(b *testing.B) {
		dsn := enginetest.SQLite(b)
		if folder := os.Getenv(KeepVariable); folder != "" {
			dsn = filepath.Join(folder, "readmodel.db")
		}
		benchmark(b, city(b, dsn))
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		dsn := os.Getenv(PostgresVariable)
		if dsn == "" {
			dsn = enginetest.PostgreSQL(b)
		}
		benchmark(b, city(b, dsn))
	})
}

func city(b *testing.B, dsn string) *store.Store {
	b.Helper()
	opened, err := store.Open(b.Context(), dsn)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, opened.Close()) })
	kept, err := opened.Checkpoint(b.Context())
	require.NoError(b, err)
	if kept.Number >= 0 {
		return opened
	}
	begun := time.Now()
	FillEntries(b, opened, Size(b))
	b.Logf("%.0f entries a second", float64(Size(b))/time.Since(begun).Seconds())
	analyse(b, dsn)
	return opened
}

// analyse does what a PostgreSQL server does by itself some minutes later.
func analyse(b *testing.B, dsn string) {
	b.Helper()
	if !strings.HasPrefix(dsn, "postgres") {
		return
	}
	database, err := sql.Open("pgx", dsn)
	require.NoError(b, err)
	defer func() { require.NoError(b, database.Close()) }()
	_, err = database.ExecContext(b.Context(), "VACUUM ANALYZE")
	require.NoError(b, err)
}
