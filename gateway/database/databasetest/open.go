package databasetest

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/database"
)

// migrated is the file of an empty database.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "dengji-test-database-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	opened, err := database.Open(context.Background(), folder)
	if err != nil {
		return nil, err
	}
	if err := opened.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, database.File))
})

// Open opens the database of a folder until the test ends, and makes both where
// there are none.
func Open(t testing.TB, folder string) *sql.DB {
	t.Helper()
	path := filepath.Join(folder, database.File)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		content, err := migrated()
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.WriteFile(path, content, 0o600))
	}
	opened, err := database.Open(context.Background(), folder)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}
