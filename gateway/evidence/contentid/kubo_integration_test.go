//go:build integration

package contentid

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/gateway/evidence/kubotest"
)

// kuboProfile are the options by which a stock kubo adds in the profile.
var kuboProfile = []string{"add", "--only-hash", "--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024"}

// awkwardSizes are those around every place where the graph changes its form, and
// some without any reason.
func awkwardSizes() []int64 {
	sizes := []int64{LinksPerNode * ChunkSize, LinksPerNode*ChunkSize + 1}
	for size := range int64(40) {
		sizes = append(sizes, size)
	}
	for power := 6; power < 22; power++ {
		sizes = append(sizes, 1<<power-1, 1<<power, 1<<power+1)
	}
	for chunks := int64(1); chunks <= 8; chunks++ {
		sizes = append(sizes, chunks*ChunkSize-1, chunks*ChunkSize, chunks*ChunkSize+1)
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same sizes every time
	for i := range 140 {
		sizes = append(sizes, random.Int64N(1<<(10+i%12)))
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

func TestCIDsEqualThoseOfAStockKubo(t *testing.T) {
	folder := t.TempDir()
	ours := map[string]string{}
	arguments := kuboProfile
	for i, size := range awkwardSizes() {
		name := fmt.Sprintf("%03d-%d", i, size)
		path := filepath.Join(folder, name)
		id, err := Compute(t.Context(), writeFile(t, path, size))
		require.NoError(t, err)
		require.Equal(t, size, id.Size)
		ours[name] = id.CID
		arguments = append(arguments, path)
	}
	require.GreaterOrEqual(t, len(ours), 200)

	theirs := map[string]string{}
	for line := range strings.Lines(kubotest.New(t).Run(t, nil, arguments...)) {
		words := strings.Fields(line) // added <cid> <name>
		require.Len(t, words, 3, line)
		theirs[words[2]] = words[1]
	}
	require.Equal(t, theirs, ours)
}

func TestTheDocumentedCommandsNameAFileAsWeDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "FILE")
	id, err := Compute(t.Context(), writeFile(t, path, 3*ChunkSize+1))
	require.NoError(t, err)
	manual, err := os.ReadFile("../../../docs/evidence.md")
	require.NoError(t, err)
	commands := map[string][]string{}
	for line := range strings.Lines(string(manual)) {
		words := strings.Fields(line)
		if len(words) > 2 && words[len(words)-1] == "FILE" {
			words[len(words)-1] = path
			commands[words[0]] = words[1:]
		}
	}
	require.Equal(t, id.CID, kubotest.New(t).Run(t, nil, commands["ipfs"]...))
	digest, err := exec.CommandContext(t.Context(), "openssl", commands["openssl"]...).Output() //nolint:gosec // as documented
	require.NoError(t, err)
	require.Contains(t, string(digest), strings.TrimPrefix(id.SM3, canonical.DigestPrefix))
}

// writeFile writes a file, a sparse one where it is long, and gives its content. No
// two of its chunks are equal.
func writeFile(t *testing.T, path string, size int64) io.Reader {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	if size > 100*ChunkSize {
		require.NoError(t, file.Truncate(size))
		for at := int64(0); at < size-8; at += ChunkSize {
			_, err = file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(at)), at)
			require.NoError(t, err)
		}
	} else {
		_, err = io.CopyN(file, &pattern{at: int(size % 1000)}, size)
		require.NoError(t, err)
	}
	_, err = file.Seek(0, io.SeekStart)
	require.NoError(t, err)
	return file
}
