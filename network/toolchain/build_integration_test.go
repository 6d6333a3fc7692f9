//go:build integration

package toolchain

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheBinariesAreBuiltOnceWhoeverAsks(t *testing.T) {
	t.Setenv(CacheVariable, t.TempDir())
	t.Setenv(PrebuiltVariable, "")
	var builds atomic.Int32
	var group sync.WaitGroup
	results := make([]Tools, 3)
	for i := range results {
		group.Go(func() {
			tools, err := Ensure(context.Background(), func(string) { builds.Add(1) })
			if err != nil {
				t.Error(err)
			}
			results[i] = tools
		})
	}
	group.Wait()
	require.EqualValues(t, 1, builds.Load())
	require.Equal(t, results[0], results[2])
	output, err := exec.Command(results[0].Binary(Peer), "version").CombinedOutput()
	require.NoError(t, err, "%s", output)
	cache, err := CacheFolder()
	require.NoError(t, err)
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the result and its lock, no leftovers")
	for _, name := range stockFiles {
		_, err := results[0].Stock(name)
		require.NoError(t, err)
	}
}
