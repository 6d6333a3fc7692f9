//go:build integration

package test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/launcher"
)

// memoryLimit is what all processes of the platform may hold together, in bytes.
const memoryLimit = 1500 << 20

func TestAllProcessesTogetherStayUnderTheMemoryLimit(t *testing.T) {
	var total int64
	for name, pid := range sandbox.pids(t) {
		held := residentBytes(t, pid)
		t.Logf("%-30s %4d MB", name, held>>20)
		total += held
	}
	t.Logf("together %d MB", total>>20)
	require.Less(t, total, int64(memoryLimit))
}

// residentBytes reads a process's resident set.
func residentBytes(t *testing.T, pid int) int64 {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	require.NoError(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(content))[1], 10, 64)
	require.NoError(t, err)
	return pages * int64(os.Getpagesize())
}

// serving lists the nodes that serve.
func serving(all []launcher.NodeStatus) []string {
	var names []string
	for _, node := range all {
		if node.Health == launcher.HealthServing {
			names = append(names, node.Node)
		}
	}
	return names
}
