package contentid

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	ipld "github.com/ipfs/go-ipld-format"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
)

func TestContentIDsOfKnownContent(t *testing.T) {
	cases := map[string]struct {
		content string
		cid     string
		sm3     string
	}{
		"an empty file has the CID of no bytes and GB/T 32905's digest of no bytes": {
			"",
			"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
			"sm3:1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
		},
		"abc has the digest of the standard's first example": {
			"abc",
			"bafkreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu",
			"sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		},
		"abcd sixteen times has the digest of the standard's second example": {
			strings.Repeat("abcd", 16),
			"bafkreidclnausc4ihcizipc7uvfnixl4safzw3ur4fmtgtrsbmpvefncbe",
			"sm3:debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			id, err := Compute(t.Context(), strings.NewReader(c.content))
			require.NoError(t, err)
			require.Equal(t, ContentID{CID: c.cid, SM3: c.sm3, Size: int64(len(c.content))}, id)
		})
	}
}

func TestContentIDsEqualAGraphBuiltByHand(t *testing.T) {
	sizes := map[string]int64{
		"no bytes":                      0,
		"one byte":                      1,
		"one byte less than a chunk":    ChunkSize - 1,
		"exactly one chunk":             ChunkSize,
		"one byte more than a chunk":    ChunkSize + 1,
		"three chunks but for a byte":   3*ChunkSize - 1,
		"more chunks than a node links": LinksPerNode*ChunkSize + 1,
	}
	for name, size := range sizes {
		t.Run(name, func(t *testing.T) {
			id, err := Compute(t.Context(), io.LimitReader(&pattern{}, size))
			require.NoError(t, err)
			require.Equal(t, size, id.Size)
			require.Equal(t, cidByHand(t, io.LimitReader(&pattern{}, size), shape{ChunkSize, LinksPerNode}), id.CID)
		})
	}
}

func TestGraphsOfManyLevelsEqualThoseBuiltByHand(t *testing.T) {
	small := shape{chunkSize: 3, linksPerNode: 4} // so that four levels of nodes take kilobytes, not petabytes
	for chunks := range 4*4*4*4 + 2 {
		size := int64(chunks) * small.chunkSize
		for _, size := range []int64{size, size + 1} {
			id, err := small.compute(t.Context(), io.LimitReader(&pattern{}, size), Discard)
			require.NoError(t, err)
			require.Equal(t, cidByHand(t, io.LimitReader(&pattern{}, size), small), id.CID, "%d bytes", size)
		}
	}
}

func TestContentIDDoesNotDependOnHowTheReaderDeliversIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		content := make([]byte, rapid.IntRange(0, 3*ChunkSize).Draw(t, "size"))
		_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(content)
		whole, err := Compute(context.Background(), bytes.NewReader(content))
		require.NoError(t, err)
		for _, slow := range []func(io.Reader) io.Reader{iotest.HalfReader, iotest.DataErrReader} {
			piecewise, err := Compute(context.Background(), slow(bytes.NewReader(content)))
			require.NoError(t, err)
			require.Equal(t, whole, piecewise)
		}
		require.Equal(t, canonical.DigestOf(content), whole.SM3)
		require.True(t, IsCID(whole.CID))
	})
}

func TestComputeFailsWhenTheSourceFails(t *testing.T) {
	lost := errors.New("connection lost")
	cases := map[string]error{
		"an arbitrary error": lost,
		"an unexpected end, as of a request that is cut short": io.ErrUnexpectedEOF,
	}
	for name, failure := range cases {
		for _, size := range []int{0, 10, ChunkSize, ChunkSize + 10} {
			t.Run(name, func(t *testing.T) {
				source := io.MultiReader(bytes.NewReader(make([]byte, size)), iotest.ErrReader(failure))
				id, err := Compute(t.Context(), source)
				require.ErrorIs(t, err, failure)
				require.Zero(t, id)
			})
		}
	}
}

func TestComputeStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sink := func(context.Context, ipld.Node) error { cancel(); return nil }
	_, err := ComputeInto(ctx, &pattern{}, sink)
	require.ErrorIs(t, err, context.Canceled)
}

func TestComputeIntoHandsOutEveryBlockAndTheRootLast(t *testing.T) {
	var leaves int
	var last ipld.Node
	id, err := ComputeInto(t.Context(), io.LimitReader(&pattern{}, 3*ChunkSize+1), func(_ context.Context, node ipld.Node) error {
		if len(node.Links()) == 0 {
			leaves++
		}
		last = node
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 4, leaves)
	require.Equal(t, id.CID, last.Cid().String())
}

func TestComputeIntoFailsWhenTheSinkFails(t *testing.T) {
	full := errors.New("disk full")
	_, err := ComputeInto(t.Context(), strings.NewReader("x"), func(context.Context, ipld.Node) error { return full })
	require.ErrorIs(t, err, full)
}

func TestDigestCIDIsTheDigestUnderTheMulticodecOfSM3(t *testing.T) {
	id, err := Compute(t.Context(), strings.NewReader("abc"))
	require.NoError(t, err)
	text, err := id.DigestCID()
	require.NoError(t, err)
	// version 1, codec raw, then the multihash prefix that multicodec assigns to sm3-256.
	bytes, err := hex.DecodeString("0155" + "cda60120" + strings.TrimPrefix(id.SM3, canonical.DigestPrefix))
	require.NoError(t, err)
	require.Equal(t, "b"+lowerBase32.EncodeToString(bytes), text)

	_, err = ContentID{SM3: "sha256:00"}.DigestCID()
	require.Error(t, err)
}

func TestIsCIDAcceptsOnlyTheFormOfThisPackage(t *testing.T) {
	cases := map[string]struct {
		text string
		want bool
	}{
		"a raw leaf":                 {"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", true},
		"nothing":                    {"", false},
		"version 0":                  {"QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", false},
		"upper case":                 {"BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU", false},
		"a path that climbs":         {"../bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", false},
		"an SM3 digest's CID":        {mustDigestCID(t), false},
		"a character too many":       {"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykua", false},
		"a directory's path to file": {"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/a", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, IsCID(c.text)) })
	}
}

func mustDigestCID(t *testing.T) string {
	t.Helper()
	text, err := ContentID{SM3: canonical.DigestOf(nil)}.DigestCID()
	require.NoError(t, err)
	return text
}

// pattern is an endless reader that differs from chunk to chunk.
type pattern struct{ at int }

func (p *pattern) Read(into []byte) (int, error) {
	n := copy(into, patternBlock[p.at:])
	p.at = (p.at + n) % len(patternBlock)
	return n, nil
}

// patternBlock is longer than a chunk by a prime number of bytes.
var patternBlock = func() []byte {
	block := make([]byte, ChunkSize+7)
	_, _ = rand.NewChaCha8([32]byte{}).Read(block)
	return block
}()

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// branch is a subtree as its parent sees it.
type branch struct {
	cid       []byte
	fileSize  uint64 // bytes of the file under it
	totalSize uint64 // bytes of all blocks under it
}

// cidByHand builds the graph from the specifications of dag-pb and UnixFS alone,
// level by level, without the importer.
func cidByHand(t *testing.T, source io.Reader, form shape) string {
	t.Helper()
	var level []branch
	chunk := make([]byte, form.chunkSize)
	for {
		n, err := io.ReadFull(source, chunk)
		if n > 0 || len(level) == 0 {
			sum := sha256.Sum256(chunk[:n])
			level = append(level, branch{append([]byte{1, 0x55, 0x12, 32}, sum[:]...), uint64(n), uint64(n)})
		}
		if err != nil {
			break
		}
	}
	for len(level) > 1 {
		var parents []branch
		for start := 0; start < len(level); start += form.linksPerNode {
			parents = append(parents, nodeByHand(level[start:min(start+form.linksPerNode, len(level))]))
		}
		level = parents
	}
	return "b" + lowerBase32.EncodeToString(level[0].cid)
}

func nodeByHand(children []branch) branch {
	var node branch
	var links, sizes []byte
	for _, child := range children {
		var link []byte
		link = protowire.AppendBytes(protowire.AppendTag(link, 1, protowire.BytesType), child.cid)
		link = protowire.AppendString(protowire.AppendTag(link, 2, protowire.BytesType), "")
		link = protowire.AppendVarint(protowire.AppendTag(link, 3, protowire.VarintType), child.totalSize)
		links = protowire.AppendBytes(protowire.AppendTag(links, 2, protowire.BytesType), link)
		sizes = protowire.AppendVarint(protowire.AppendTag(sizes, 4, protowire.VarintType), child.fileSize)
		node.fileSize += child.fileSize
		node.totalSize += child.totalSize
	}
	unixfs := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 2) // a file
	unixfs = protowire.AppendVarint(protowire.AppendTag(unixfs, 3, protowire.VarintType), node.fileSize)
	unixfs = append(unixfs, sizes...)
	block := protowire.AppendBytes(protowire.AppendTag(links, 1, protowire.BytesType), unixfs)
	sum := sha256.Sum256(block)
	node.cid = append([]byte{1, 0x70, 0x12, 32}, sum[:]...)
	node.totalSize += uint64(len(block))
	return node
}
