package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite", without cgo
)

//go:embed migrations/*.sql
var migrations embed.FS

// File is the name of the database inside the gateway's folder.
const File = "gateway.db"

// An acknowledged write has been fsynced (synchronous FULL); readers do not block
// the writer (WAL); a second writer waits up to five seconds.
const pragmas = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"

// Open opens the database of a folder, creating both (0700, 0600), and applies
// the migrations that are missing.
func Open(ctx context.Context, folder string) (*sql.DB, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("database: folder: %w", err)
	}
	path := filepath.Join(folder, File)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("database: create: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("database: create: %w", err)
	}
	opened, err := sql.Open("sqlite", "file:"+path+pragmas)
	if err != nil {
		return nil, fmt.Errorf("database: open: %w", err)
	}
	if err := migrate(ctx, opened); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

func migrate(ctx context.Context, opened *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("database: migrations: %w", err)
	}
	// Tables do not build on each other: one that another release brought first is no obstacle.
	provider, err := goose.NewProvider(goose.DialectSQLite3, opened, files, goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("database: migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("database: migrate: %w", err)
	}
	return nil
}

// Stamp is how the database writes a time: RFC 3339 in UTC, whole seconds.
func Stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
