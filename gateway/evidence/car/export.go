package car

import (
	"context"
	"fmt"
	"io"

	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	carv2 "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/storage"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/contentid"
)

// MediaType of an archive.
const MediaType = "application/vnd.ipld.car; version=1"

// Export writes the archive of a file to sink, the blocks of its content first and
// the root last, each block once. Its memory grows with the number of blocks, by
// about 100 bytes for each MiB. It fails with fault.EvidenceDamaged when the
// content is not the CID's; what sink has then must not be used.
func Export(ctx context.Context, root string, content io.Reader, sink io.Writer) error {
	parsed, err := cid.Decode(root)
	if err != nil {
		return fault.New(fault.InvalidValue, fault.Field("cid"), fault.Cause(err))
	}
	archive, err := storage.NewWritable(sink, []cid.Cid{parsed}, carv2.WriteAsCarV1(true))
	if err != nil {
		return fmt.Errorf("car: begin archive: %w", err)
	}
	id, err := contentid.ComputeInto(ctx, content, func(ctx context.Context, node ipld.Node) error {
		return archive.Put(ctx, node.Cid().KeyString(), node.RawData())
	})
	if err != nil {
		return fmt.Errorf("car: write archive: %w", err)
	}
	if id.CID != root {
		return fault.New(fault.EvidenceDamaged, fault.Value("cid", root), fault.Cause(fmt.Errorf("car: the content is that of %s", id.CID)))
	}
	if err := archive.Finalize(); err != nil {
		return fmt.Errorf("car: end archive: %w", err)
	}
	return nil
}
