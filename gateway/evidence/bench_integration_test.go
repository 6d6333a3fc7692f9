//go:build integration

package evidence

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/kubotest"
)

// BenchmarkIngestBesideIPFSAdd stores one file and adds it to a kubo, in one run.
// kubo neither seals it nor computes an SM3 digest.
func BenchmarkIngestBesideIPFSAdd(b *testing.B) {
	path := filepath.Join(b.TempDir(), "file")
	file, err := os.Create(path)
	require.NoError(b, err)
	_, err = io.CopyN(file, &counting{}, benchSize)
	require.NoError(b, err)
	require.NoError(b, file.Close())

	b.Run("store", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			source, err := os.Open(path)
			require.NoError(b, err)
			store := openOnSystem(b, durable.System, filepath.Join(b.TempDir(), "evidence"), keyA)
			_, err = store.Put(b.Context(), Upload{Owner: owner, Content: source})
			require.NoError(b, err)
			require.NoError(b, source.Close())
		}
	})
	b.Run("ipfs add", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			b.StopTimer()
			repository := kubotest.New(b)
			b.StartTimer()
			repository.Run(b, nil, "add", "-Q", "--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024", path)
		}
	})
}
