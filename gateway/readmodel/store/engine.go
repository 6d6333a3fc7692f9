package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver "sqlite", without cgo
)

// Connections to the database that one gateway opens at most.
const (
	maxReaders         = 16
	maxPostgresWriters = 2
)

// What is lost with the machine's power is applied again from the checkpoint that
// is left, so the log is synced at checkpoints only (NORMAL). Readers see a
// snapshot and do not wait for the writer (WAL). Keys arrive in no order, so the
// writer keeps 64 MiB of pages and writes them back after 64 MiB of changes. The
// journal by which it takes back a single statement needs no file.
const (
	sqliteWriter = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=cache_size(-65536)&_pragma=temp_store(memory)&_pragma=wal_autocheckpoint(16384)&_txlock=immediate"
	sqliteReader = "?_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-16384)"
)

//go:embed migrations/*.sql
var migrations embed.FS

// engine is a database with what differs between the two kinds.
type engine struct {
	write   *sql.DB
	read    *sql.DB // cannot write
	dialect goose.Dialect
	text    string // type of a column that compares by bytes
	marker  string // of the migrations' lines that are its own
	options []goose.ProviderOption
}

// connect opens the database that a connection string names: postgres:// or
// postgresql:// is PostgreSQL, anything else is the path of a SQLite file.
func connect(dsn string) (engine, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return connectPostgres(dsn)
	}
	return connectSQLite(dsn)
}

func connectSQLite(path string) (engine, error) {
	if path == "" || strings.ContainsAny(path, "?#%") {
		return engine{}, fmt.Errorf("read model: %q is no path of a database file", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return engine{}, fmt.Errorf("read model: folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return engine{}, fmt.Errorf("read model: create: %w", err)
	}
	if err := file.Close(); err != nil {
		return engine{}, fmt.Errorf("read model: create: %w", err)
	}
	write, err := sql.Open("sqlite", "file:"+path+sqliteWriter)
	if err != nil {
		return engine{}, fmt.Errorf("read model: open: %w", err)
	}
	read, err := sql.Open("sqlite", "file:"+path+sqliteReader)
	if err != nil {
		return engine{}, errors.Join(fmt.Errorf("read model: open: %w", err), write.Close())
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(maxReaders)
	read.SetMaxIdleConns(maxReaders)
	return engine{write: write, read: read, dialect: goose.DialectSQLite3, text: " TEXT", marker: "-- [sqlite] "}, nil
}

func connectPostgres(dsn string) (engine, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return engine{}, fmt.Errorf("read model: connection string: %w", err) // pgx leaves the password out
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return engine{}, fmt.Errorf("read model: migration lock: %w", err)
	}
	reader := config.Copy()
	reader.RuntimeParams["default_transaction_read_only"] = "on"
	reader.RuntimeParams["jit"] = "off" // compiling a statement takes longer than any of ours
	opened := engine{write: stdlib.OpenDB(*config), read: stdlib.OpenDB(*reader), dialect: goose.DialectPostgres,
		text: ` TEXT COLLATE "C"`, marker: "-- [postgres] ", options: []goose.ProviderOption{goose.WithSessionLocker(locker)}}
	opened.write.SetMaxOpenConns(maxPostgresWriters)
	opened.read.SetMaxOpenConns(maxReaders)
	opened.read.SetMaxIdleConns(maxReaders)
	return opened, nil
}

func (e engine) close() error { return errors.Join(e.read.Close(), e.write.Close()) }

// migrate brings the schema up to date.
func (e engine) migrate(ctx context.Context) error {
	provider, err := e.migrations()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("read model: migrate: %w", err)
	}
	return nil
}

func (e engine) migrations() (*goose.Provider, error) {
	files, err := e.rendered()
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(e.dialect, e.write, files, e.options...)
	if err != nil {
		return nil, fmt.Errorf("read model: migrations: %w", err)
	}
	return provider, nil
}

// render leaves out the lines that are another engine's.
func (e engine) render(content string) string {
	var lines []string
	for line := range strings.Lines(content) {
		if own, found := strings.CutPrefix(line, e.marker); found || !strings.HasPrefix(line, "-- [") {
			lines = append(lines, own)
		}
	}
	return strings.ReplaceAll(strings.Join(lines, ""), " TEXT", e.text)
}

// rendered gives the one schema in the engine's own words.
func (e engine) rendered() (fs.FS, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read model: migrations: %w", err)
	}
	files := fstest.MapFS{}
	for _, name := range names {
		content, err := migrations.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read model: migrations: %w", err)
		}
		files[filepath.Base(name)] = &fstest.MapFile{Data: []byte(e.render(string(content)))}
	}
	return files, nil
}
