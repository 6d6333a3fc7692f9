package contentid

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"
	"github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"dengji/chaincode/canonical"
)

// The profile unixfs-v1-2025 of IPIP-499. A stock kubo names a file the same with
// ipfs add --cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024.
const (
	Profile      = "unixfs-v1-2025"
	ChunkSize    = 1 << 20 // bytes in a leaf
	LinksPerNode = 1024    // children of an inner node
)

// sm3Multihash is the multicodec of sm3-256.
const sm3Multihash = 0x534d

// ContentID is what names a file's content.
type ContentID struct {
	CID  string `json:"cid"`  // profile unixfs-v1-2025, base32
	SM3  string `json:"sm3"`  // "sm3:" and 64 lower-case hex digits
	Size int64  `json:"size"` // bytes
}

// Compute reads source to its end, once, and names what it read. It holds a few
// chunks in memory whatever the length. Errors of source are wrapped; a cancelled
// context ends the reading at the next chunk.
func Compute(ctx context.Context, source io.Reader) (ContentID, error) {
	return ComputeInto(ctx, source, Discard)
}

// ComputeInto is Compute that also hands every block of the file's graph to sink,
// children before parents.
func ComputeInto(ctx context.Context, source io.Reader, sink BlockSink) (ContentID, error) {
	return shape{ChunkSize, LinksPerNode}.compute(ctx, source, sink)
}

// shape is that of a file's graph.
type shape struct {
	chunkSize    int64
	linksPerNode int
}

func (s shape) compute(ctx context.Context, source io.Reader, sink BlockSink) (ContentID, error) {
	digest := sm3.New()
	counter := &counter{source: source}
	params := helpers.DagBuilderParams{
		Maxlinks:   s.linksPerNode,
		RawLeaves:  true,
		CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256},
		Dagserv:    &importService{ctx: ctx, sink: sink},
	}
	builder, err := params.New(chunk.NewSizeSplitter(io.TeeReader(counter, digest), s.chunkSize))
	if err != nil {
		return ContentID{}, fmt.Errorf("contentid: prepare importer: %w", err)
	}
	root, err := balanced.Layout(builder)
	if counter.failure != nil { // first, for the splitter takes io.ErrUnexpectedEOF for the end
		err = counter.failure
	}
	if err != nil {
		return ContentID{}, fmt.Errorf("contentid: read content: %w", err)
	}
	return ContentID{
		CID:  root.Cid().String(),
		SM3:  canonical.DigestPrefix + hex.EncodeToString(digest.Sum(nil)),
		Size: counter.count,
	}, nil
}

// DigestCID gives the SM3 digest as a CID (version 1, codec raw, multihash
// sm3-256), for tools that take digests as CIDs.
func (id ContentID) DigestCID() (string, error) {
	if !canonical.IsDigest(id.SM3) {
		return "", fmt.Errorf("contentid: %q is not a digest", id.SM3)
	}
	sum, err := hex.DecodeString(id.SM3[len(canonical.DigestPrefix):])
	if err != nil {
		return "", fmt.Errorf("contentid: decode digest: %w", err)
	}
	hash, err := multihash.Encode(sum, sm3Multihash)
	if err != nil {
		return "", fmt.Errorf("contentid: encode multihash: %w", err)
	}
	return cid.NewCidV1(cid.Raw, hash).String(), nil
}

// IsCID reports whether text is a CID as this package writes them: version 1,
// base32, SHA-256, of a file.
func IsCID(text string) bool {
	parsed, err := cid.Decode(text)
	if err != nil || parsed.String() != text {
		return false
	}
	prefix := parsed.Prefix()
	ofFile := prefix.Codec == cid.Raw || prefix.Codec == cid.DagProtobuf
	return prefix.Version == 1 && ofFile && prefix.MhType == multihash.SHA2_256 && prefix.MhLength == 32
}

// counter counts what it passes on and remembers why the source failed.
type counter struct {
	source  io.Reader
	count   int64
	failure error
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.source.Read(into)
	c.count += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failure = err
	}
	return n, err
}

// BlockSink takes the blocks of a file's graph. It MUST NOT keep the node's data
// after it returns unless it owns the memory that this costs.
type BlockSink func(ctx context.Context, node ipld.Node) error

// Discard is the BlockSink that keeps nothing.
func Discard(context.Context, ipld.Node) error { return nil }

// importService is the DAG service that the importer writes to. The importer only
// adds; nothing can be read back.
type importService struct {
	ctx  context.Context //nolint:containedctx // the importer passes a context of its own, the caller's must reach the sink
	sink BlockSink
}

var _ ipld.DAGService = (*importService)(nil)

// Add hands one node on.
func (s *importService) Add(_ context.Context, node ipld.Node) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	return s.sink(s.ctx, node)
}

// AddMany hands nodes on in order.
func (s *importService) AddMany(ctx context.Context, nodes []ipld.Node) error {
	for _, node := range nodes {
		if err := s.Add(ctx, node); err != nil {
			return err
		}
	}
	return nil
}

// Get finds nothing.
func (*importService) Get(_ context.Context, id cid.Cid) (ipld.Node, error) {
	return nil, ipld.ErrNotFound{Cid: id}
}

// GetMany finds nothing.
func (*importService) GetMany(context.Context, []cid.Cid) <-chan *ipld.NodeOption {
	nothing := make(chan *ipld.NodeOption)
	close(nothing)
	return nothing
}

// Remove has nothing to remove.
func (*importService) Remove(context.Context, cid.Cid) error { return nil }

// RemoveMany has nothing to remove.
func (*importService) RemoveMany(context.Context, []cid.Cid) error { return nil }
