// Package blobtest holds the conformance tests that every blob.Store must pass.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
)

// Run tests the stores that open makes. Each call of open must give an empty one.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	t.Helper()
	tests := map[string]func(*testing.T, blob.Store){
		"a committed blob is read back whole and from any offset": readsBack,
		"an empty blob is kept":                                   keepsEmpty,
		"nothing is seen of a blob before its commit":             hidesUncommitted,
		"nothing is left of an aborted blob":                      dropsAborted,
		"a commit replaces the blob of the same name as a whole":  replaces,
		"a blob that is not there is not found":                   reportsMissing,
		"removing twice is no error":                              removesTwice,
		"a list visits the blobs under its prefix and no others":  lists,
		"a list ends with the visitor's error":                    stopsListing,
		"names that could leave their place are refused":          refusesNames,
		"a blob larger than the limit of ReadAll is refused":      limitsReading,
		"many writers at once do not disturb each other":          writesAtOnce,
		"a sweep removes no committed blob":                       sweepsNothingCommitted,
		"a store that can be reached passes its check":            passesCheck,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func readsBack(t *testing.T, store blob.Store) {
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(i * 7 >> 3)
	}
	writer, err := store.Create(t.Context(), "data/abc")
	require.NoError(t, err)
	for piece := range bytes.Lines(content) { // pieces of many lengths
		_, err := writer.Write(piece)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Commit(t.Context()))

	for _, offset := range []int{0, 1, 65_536, len(content) - 1, len(content)} {
		reader, err := store.Open(t.Context(), "data/abc", int64(offset))
		require.NoError(t, err)
		got, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.NoError(t, reader.Close())
		require.True(t, bytes.Equal(content[offset:], got), "from offset %d", offset)
	}
	info, err := store.Stat(t.Context(), "data/abc")
	require.NoError(t, err)
	require.Equal(t, int64(len(content)), info.Size)
	require.Equal(t, "data/abc", info.Name)
	require.WithinDuration(t, time.Now(), info.Modified, time.Minute)
}

func keepsEmpty(t *testing.T, store blob.Store) {
	require.NoError(t, blob.WriteAll(t.Context(), store, "owners/a/b-0", nil))
	content, err := blob.ReadAll(t.Context(), store, "owners/a/b-0", 10)
	require.NoError(t, err)
	require.Empty(t, content)
}

func hidesUncommitted(t *testing.T, store blob.Store) {
	writer, err := store.Create(t.Context(), "data/abc")
	require.NoError(t, err)
	_, err = writer.Write([]byte("half"))
	require.NoError(t, err)
	_, err = store.Stat(t.Context(), "data/abc")
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.Empty(t, names(t, store, "data/"))
	require.NoError(t, writer.Abort())
}

func dropsAborted(t *testing.T, store blob.Store) {
	writer, err := store.Create(t.Context(), "data/abc")
	require.NoError(t, err)
	_, err = writer.Write([]byte("half"))
	require.NoError(t, err)
	require.NoError(t, writer.Abort())
	_, err = store.Open(t.Context(), "data/abc", 0)
	require.ErrorIs(t, err, blob.ErrNotFound)
	removed, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, removed, "an abort leaves nothing to sweep")
}

func replaces(t *testing.T, store blob.Store) {
	for _, content := range []string{"the first, and longer", "second"} {
		require.NoError(t, blob.WriteAll(t.Context(), store, "heads/abc", []byte(content)))
		got, err := blob.ReadAll(t.Context(), store, "heads/abc", 100)
		require.NoError(t, err)
		require.Equal(t, content, string(got))
	}
	require.Equal(t, []string{"heads/abc"}, names(t, store, "heads/"))
}

func reportsMissing(t *testing.T, store blob.Store) {
	_, err := store.Stat(t.Context(), "data/none")
	require.ErrorIs(t, err, blob.ErrNotFound)
	_, err = blob.ReadAll(t.Context(), store, "data/none", 1)
	require.ErrorIs(t, err, blob.ErrNotFound)
	require.Empty(t, names(t, store, "data/"))
}

func removesTwice(t *testing.T, store blob.Store) {
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
	require.NoError(t, store.Remove(t.Context(), "data/abc"))
	require.NoError(t, store.Remove(t.Context(), "data/abc"))
	_, err := store.Stat(t.Context(), "data/abc")
	require.ErrorIs(t, err, blob.ErrNotFound)
}

func lists(t *testing.T, store blob.Store) {
	for _, name := range []string{"owners/a/x-1", "owners/a/y-2", "owners/ab/z-3", "data/a"} {
		require.NoError(t, blob.WriteAll(t.Context(), store, name, []byte(name)))
	}
	require.ElementsMatch(t, []string{"owners/a/x-1", "owners/a/y-2"}, names(t, store, "owners/a/"))
	require.ElementsMatch(t, []string{"owners/a/x-1", "owners/a/y-2", "owners/ab/z-3"}, names(t, store, "owners/"))
	require.NoError(t, store.List(t.Context(), "owners/", func(info blob.Info) error {
		require.Equal(t, int64(len(info.Name)), info.Size)
		require.WithinDuration(t, time.Now(), info.Modified, time.Minute)
		return nil
	}))
}

func stopsListing(t *testing.T, store blob.Store) {
	for i := range 3 {
		require.NoError(t, blob.WriteAll(t.Context(), store, fmt.Sprintf("data/n%d", i), nil))
	}
	enough := errors.New("enough")
	visited := 0
	err := store.List(t.Context(), "data/", func(blob.Info) error { visited++; return enough })
	require.ErrorIs(t, err, enough)
	require.Equal(t, 1, visited)
}

func refusesNames(t *testing.T, store blob.Store) {
	for _, name := range []string{"", "a", "/a/b", "a/../b", "a/./b", "a//b", "a/b/", "A/b", "a/b.c", "a/\x00", "a/" + strings.Repeat("b", 300), `a\b/c`} {
		_, err := store.Create(t.Context(), name)
		require.Error(t, err, "create %q", name)
		_, err = store.Open(t.Context(), name, 0)
		require.Error(t, err, "open %q", name)
		require.NotErrorIs(t, err, blob.ErrNotFound, "open %q", name)
		_, err = store.Stat(t.Context(), name)
		require.Error(t, err, "stat %q", name)
		require.Error(t, store.Remove(t.Context(), name), "remove %q", name)
	}
	require.Error(t, store.List(t.Context(), "../", func(blob.Info) error { return nil }))
	require.Error(t, store.List(t.Context(), "data", func(blob.Info) error { return nil }))
}

func limitsReading(t *testing.T, store blob.Store) {
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("12345")))
	_, err := blob.ReadAll(t.Context(), store, "data/abc", 5)
	require.NoError(t, err)
	_, err = blob.ReadAll(t.Context(), store, "data/abc", 4)
	require.Error(t, err)
}

func writesAtOnce(t *testing.T, store blob.Store) {
	const writers = 8
	var all sync.WaitGroup
	failures := make(chan error, 2*writers)
	for i := range writers {
		all.Go(func() {
			own := bytes.Repeat([]byte{byte('a' + i)}, 10_000)
			failures <- blob.WriteAll(context.Background(), store, fmt.Sprintf("data/own-%d", i), own)
			failures <- blob.WriteAll(context.Background(), store, "data/shared", own)
		})
	}
	all.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	shared, err := blob.ReadAll(t.Context(), store, "data/shared", 20_000)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat(shared[:1], 10_000), shared, "one writer's content, whole")
	require.Len(t, names(t, store, "data/"), writers+1)
}

func sweepsNothingCommitted(t *testing.T, store blob.Store) {
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
	_, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	_, err = store.Stat(t.Context(), "data/abc")
	require.NoError(t, err)
}

func passesCheck(t *testing.T, store blob.Store) {
	require.NoError(t, store.Check(t.Context()))
}

func names(t *testing.T, store blob.Store, prefix string) []string {
	t.Helper()
	var all []string
	require.NoError(t, store.List(t.Context(), prefix, func(info blob.Info) error {
		all = append(all, info.Name)
		return nil
	}))
	return all
}
