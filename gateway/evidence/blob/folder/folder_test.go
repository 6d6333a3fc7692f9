package folder

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/blobtest"
)

func TestFolderIsABlobStore(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store {
		store, err := New(filepath.Join(t.TempDir(), "blobs"))
		require.NoError(t, err)
		return store
	})
}

func TestFolderIsForItsOwnerAlone(t *testing.T) {
	root := filepath.Join(t.TempDir(), "blobs")
	store, err := New(root)
	require.NoError(t, err)
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
	files := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		if !entry.IsDir() {
			files++
		}
		return nil
	}))
	require.Equal(t, 1, files)
}

func TestSweepRemovesOnlyOldLeftovers(t *testing.T) {
	root := t.TempDir()
	store, err := New(root)
	require.NoError(t, err)
	for _, name := range []string{"data/old", "data/new"} { // writers whose process dies
		writer, err := store.Create(t.Context(), name)
		require.NoError(t, err)
		_, err = writer.Write([]byte("half"))
		require.NoError(t, err)
	}
	leftovers, err := os.ReadDir(filepath.Join(root, unfinished))
	require.NoError(t, err)
	require.Len(t, leftovers, 2)
	yesterday := time.Now().Add(-24 * time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(root, unfinished, leftovers[0].Name()), yesterday, yesterday))

	removed, err := store.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	leftovers, err = os.ReadDir(filepath.Join(root, unfinished))
	require.NoError(t, err)
	require.Len(t, leftovers, 1)
}

func TestFilesThatAreNotBlobsAreNotListed(t *testing.T) {
	root := t.TempDir()
	store, err := New(root)
	require.NoError(t, err)
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/abc", nil))
	require.NoError(t, os.WriteFile(filepath.Join(root, "data", "lost+found"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(root, "data", "zz"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "data", "zz", "abc"), nil, 0o600))
	var names []string
	require.NoError(t, store.List(t.Context(), "data/", func(info blob.Info) error {
		names = append(names, info.Name)
		return nil
	}))
	require.Equal(t, []string{"data/abc"}, names)
}

func TestANewFolderNeedsItsParent(t *testing.T) {
	_, err := New(filepath.Join(t.TempDir(), "missing", "blobs"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}
