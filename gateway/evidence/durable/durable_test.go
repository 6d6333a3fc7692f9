package durable_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/durable/durabletest"
)

func onlyFile(t *testing.T, path, content string) {
	t.Helper()
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, content, string(got))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}

func TestANewFileIsCreatedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, durable.CreateFile(path, []byte("first")))
	require.ErrorIs(t, durable.CreateFile(path, []byte("second")), fs.ErrExist)
	onlyFile(t, path, "first")
}

func TestAFileIsReplacedWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, durable.ReplaceFile(path, []byte("a first and longer one")))
	require.NoError(t, durable.ReplaceFile(path, []byte("second")))
	onlyFile(t, path, "second")
}

func TestAFileInAMissingFolderFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "file")
	require.ErrorIs(t, durable.CreateFile(path, nil), fs.ErrNotExist)
	require.ErrorIs(t, durable.ReplaceFile(path, nil), fs.ErrNotExist)
}

func TestWriteNewFailsWithAnyOfItsCalls(t *testing.T) {
	for at, call := range []string{1: "create", 2: "write", 3: "sync", 4: "close"} {
		if call == "" {
			continue
		}
		t.Run(call, func(t *testing.T) {
			err := durable.WriteNew(durabletest.FailAt(at), filepath.Join(t.TempDir(), "file"), []byte("content"))
			require.ErrorIs(t, err, syscall.EIO)
		})
	}
	require.NoError(t, durable.WriteNew(durabletest.FailAt(5), filepath.Join(t.TempDir(), "file"), []byte("content")))
}
