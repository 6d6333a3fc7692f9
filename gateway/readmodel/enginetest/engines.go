package enginetest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Variables of the environment.
const (
	ServerVariable = "DENGJI_TEST_POSTGRES" // connection string, postgres://..., of a server to use
	CIVariable     = "CI"                   // set: a missing PostgreSQL fails the tests
)

const startTimeout = time.Minute

var server = sync.OnceValues(start)

// Main runs a package's tests and stops the server that they needed. It is the
// body of TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if stop != nil {
		stop()
	}
	os.Exit(code)
}

// Each runs a test once for every database, with the connection string of an
// empty one.
func Each(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, PostgreSQL(t)) })
}

// SQLite gives the path of a database that does not exist yet.
func SQLite(t testing.TB) string { return filepath.Join(t.TempDir(), "readmodel.db") }

var schemas atomic.Int64

// PostgreSQL gives the connection string of an empty schema, which is dropped with
// the test. Where there is no PostgreSQL the test is skipped, or fails under CI.
func PostgreSQL(t testing.TB) string {
	t.Helper()
	dsn, err := server()
	if err != nil && os.Getenv(CIVariable) == "" {
		t.Skipf("no PostgreSQL: %v", err)
	}
	if err != nil {
		t.Fatalf("no PostgreSQL: %v", err)
	}
	name := fmt.Sprintf("dengji_%d_%d", os.Getpid(), schemas.Add(1))
	execute(t, dsn, "CREATE SCHEMA "+name)
	t.Cleanup(func() { execute(t, dsn, "DROP SCHEMA "+name+" CASCADE") })
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	values := address.Query()
	values.Set("search_path", name)
	address.RawQuery = values.Encode()
	return address.String()
}

func execute(t testing.TB, dsn, statement string) {
	t.Helper()
	database, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close() }()
	if _, err := database.ExecContext(context.Background(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
