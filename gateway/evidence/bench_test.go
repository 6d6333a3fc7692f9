package evidence

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/durable"
)

const benchSize = 256 << 20

func BenchmarkPut(b *testing.B) {
	b.SetBytes(benchSize)
	for b.Loop() {
		store := openOnSystem(b, durable.System, filepath.Join(b.TempDir(), "evidence"), keyA)
		_, err := store.Put(b.Context(), Upload{Owner: owner, Content: io.LimitReader(&counting{}, benchSize)})
		require.NoError(b, err)
	}
}

func BenchmarkContentIDAlone(b *testing.B) {
	b.SetBytes(benchSize)
	for b.Loop() {
		_, err := contentid.Compute(b.Context(), io.LimitReader(&counting{}, benchSize))
		require.NoError(b, err)
	}
}

func BenchmarkOpen(b *testing.B) {
	store := openOnSystem(b, durable.System, filepath.Join(b.TempDir(), "evidence"), keyA)
	object, err := store.Put(b.Context(), Upload{Owner: owner, Content: io.LimitReader(&counting{}, benchSize)})
	require.NoError(b, err)
	b.SetBytes(benchSize)
	for b.Loop() {
		content, err := store.Open(b.Context(), object.CID)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, content)
		require.NoError(b, err)
	}
}

// counting is an endless content of which no two chunks are equal, made without
// effort.
type counting struct{ at uint64 }

func (c *counting) Read(into []byte) (int, error) {
	for i := 0; i+8 <= len(into); i += 8 {
		into[i], into[i+1], into[i+2], into[i+3] = byte(c.at), byte(c.at>>8), byte(c.at>>16), byte(c.at>>24)
		c.at++
	}
	return len(into), nil
}
