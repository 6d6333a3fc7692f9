//go:build integration

package ipfs

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/blobtest"
	"dengji/gateway/evidence/kubotest"
)

func TestAnIPFSNodeIsABlobStore(t *testing.T) {
	address := kubotest.New(t).Serve(t)
	stores := 0
	blobtest.Run(t, func(t *testing.T) blob.Store {
		stores++
		store, err := New(Options{Address: address, Root: fmt.Sprintf("/test/store-%d", stores)})
		require.NoError(t, err)
		return store
	})
}

func TestBlobsOutliveTheNodesGarbageCollection(t *testing.T) {
	repository := kubotest.New(t)
	store, err := New(Options{Address: repository.Serve(t), Root: "/dengji"})
	require.NoError(t, err)
	pinned := repository.Run(t, nil, "pin", "ls", "--type=recursive")
	content := make([]byte, 3<<20)
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/kept", content))
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/removed", []byte("x")))
	require.NoError(t, store.Remove(t.Context(), "data/removed"))
	require.Equal(t, pinned, repository.Run(t, nil, "pin", "ls", "--type=recursive"), "no pin is left")
	require.NotEmpty(t, repository.Run(t, nil, "repo", "gc"))
	kept, err := blob.ReadAll(t.Context(), store, "data/kept", 4<<20)
	require.NoError(t, err)
	require.Equal(t, content, kept)
}

func TestSweepUnpinsWhatACrashLeft(t *testing.T) {
	repository := kubotest.New(t)
	store, err := New(Options{Address: repository.Serve(t), Root: "/dengji"})
	require.NoError(t, err)
	pinned := repository.Run(t, nil, "pin", "ls", "--type=recursive")
	started, err := store.Create(t.Context(), "data/abc")
	require.NoError(t, err)
	_, err = started.Write([]byte("sent whole, but never placed"))
	require.NoError(t, err)
	_, err = started.(*writer).sending.finish()
	require.NoError(t, err)

	removed, err := store.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, removed)
	removed, err = store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Equal(t, pinned, repository.Run(t, nil, "pin", "ls", "--type=recursive"))
}
