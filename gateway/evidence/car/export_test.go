package car

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/go-cid"
	"github.com/ipld/go-car/v2"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/contentid"
)

func content(size int) []byte {
	all := make([]byte, size)
	for i := range all {
		all[i] = byte(uint32(i) * 2654435761 >> 24)
	}
	return all
}

func export(t testing.TB, whole []byte) (root string, archive []byte) {
	t.Helper()
	id, err := contentid.Compute(t.Context(), bytes.NewReader(whole))
	require.NoError(t, err)
	var sink bytes.Buffer
	require.NoError(t, Export(t.Context(), id.CID, bytes.NewReader(whole), &sink))
	return id.CID, sink.Bytes()
}

// blocksOf reads an archive with every block checked against its CID.
func blocksOf(t testing.TB, archive []byte) (roots []cid.Cid, blocks map[cid.Cid][]byte) {
	t.Helper()
	reader, err := car.NewBlockReader(bytes.NewReader(archive), car.WithTrustedCAR(false))
	require.NoError(t, err)
	require.Equal(t, uint64(1), reader.Version)
	blocks = map[cid.Cid][]byte{}
	for {
		block, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return reader.Roots, blocks
		}
		require.NoError(t, err)
		require.NotContains(t, blocks, block.Cid(), "each block once")
		blocks[block.Cid()] = block.RawData()
	}
}

// assemble follows a root down to the file's bytes.
func assemble(t testing.TB, root cid.Cid, blocks map[cid.Cid][]byte) []byte {
	t.Helper()
	data, there := blocks[root]
	require.True(t, there, "block %s is in the archive", root)
	if root.Prefix().Codec == cid.Raw {
		return data
	}
	node, err := merkledag.DecodeProtobuf(data)
	require.NoError(t, err)
	file, err := unixfs.FSNodeFromBytes(node.Data())
	require.NoError(t, err)
	var whole []byte
	for _, link := range node.Links() {
		whole = append(whole, assemble(t, link.Cid, blocks)...)
	}
	require.Equal(t, file.FileSize(), uint64(len(whole)))
	return whole
}

func TestAnArchiveHoldsTheWholeFileUnderItsCID(t *testing.T) {
	for name, size := range map[string]int{"empty": 0, "a byte": 1, "one chunk": contentid.ChunkSize, "three chunks and a byte": 3*contentid.ChunkSize + 1} {
		t.Run(name, func(t *testing.T) {
			whole := content(size)
			root, archive := export(t, whole)
			roots, blocks := blocksOf(t, archive)
			require.Len(t, roots, 1)
			require.Equal(t, root, roots[0].String())
			require.True(t, bytes.Equal(whole, assemble(t, roots[0], blocks)))
		})
	}
}

func TestEqualChunksStandInTheArchiveOnce(t *testing.T) {
	_, archive := export(t, make([]byte, 20*contentid.ChunkSize))
	_, blocks := blocksOf(t, archive)
	require.Len(t, blocks, 2, "one leaf and the root")
}

func TestContentOfAnotherCIDIsDamage(t *testing.T) {
	root, _ := export(t, content(100))
	err := Export(t.Context(), root, bytes.NewReader(content(101)), io.Discard)
	require.Equal(t, fault.EvidenceDamaged, fault.CodeOf(err))
}

func TestAnExportFailsWithItsReaderAndItsWriter(t *testing.T) {
	root, _ := export(t, content(100))
	require.Equal(t, fault.InvalidValue, fault.CodeOf(Export(t.Context(), "none", bytes.NewReader(nil), io.Discard)))
	out, in := io.Pipe()
	gone := errors.New("client gone")
	require.NoError(t, out.CloseWithError(gone))
	require.ErrorIs(t, Export(t.Context(), root, bytes.NewReader(content(100)), in), gone)
	require.ErrorIs(t, Export(t.Context(), root, failing{gone}, io.Discard), gone)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
