package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/sealing"
)

// Limits of a store that Options leave at zero.
const (
	DefaultMaxSize = 4 << 30   // bytes of one file
	DefaultQuota   = 100 << 30 // bytes of all files of one owner
)

// Options say what a Store is made of.
type Options struct {
	// Blobs keeps the sealed files. Required.
	Blobs blob.Store
	// Sealer seals the data key of each file. Required.
	Sealer sealing.Sealer
	// Scanner looks for malware before a file is stored. None by default; with one,
	// nothing is stored that it could not look at.
	Scanner Scanner
	// MaxSize of one file in bytes; DefaultMaxSize when zero.
	MaxSize int64
	// Quota of one owner in bytes; DefaultQuota when zero. A file that two owners
	// hold is stored once and counts for both.
	Quota int64
	// Turns is a file by which several processes of one host that share the backend
	// take turns at changing headers. Empty: this process is the only one.
	Turns string
}

// Scanner looks for malware. Implementations MUST be safe for concurrent use.
type Scanner interface {
	// Scan reads content to its end. It fails with fault.MalwareFound when it finds
	// malware and with fault.ScannerUnavailable when it cannot tell.
	Scan(ctx context.Context, content io.Reader) error
}

// Store keeps files by their content. It is safe for concurrent use.
type Store struct {
	options Options
	usage   usage
	changes fileLocks
}

// New makes a Store.
func New(options Options) (*Store, error) {
	if options.Blobs == nil || options.Sealer == nil {
		return nil, errors.New("evidence: a store needs blobs and a sealer")
	}
	if options.MaxSize == 0 {
		options.MaxSize = DefaultMaxSize
	}
	if options.Quota == 0 {
		options.Quota = DefaultQuota
	}
	return &Store{options: options, usage: newUsage(options.Blobs, options.Quota), changes: fileLocks{files: map[string]*fileLock{}}}, nil
}

// Names of the blobs that a store writes.
const (
	headPrefix  = "heads/"  // heads/<cid>: the header; its commit is the object's
	dataPrefix  = "data/"   // data/<random>: the sealed content
	ownerPrefix = "owners/" // owners/<hash of owner>/<cid>-<size>: who holds it
)

// Stat describes a stored file by its CID. It fails with fault.NotFound,
// fault.EvidenceDamaged (the header is not what was written, or the content is gone
// or of another length) or fault.StoreUnavailable.
func (s *Store) Stat(ctx context.Context, cid string) (Object, error) {
	h, _, err := s.load(ctx, cid)
	return h.Object, err
}

// Content is a stored file being read. Reads fail with fault.EvidenceDamaged at
// the first byte of a damaged segment, never giving a wrong one; a reader that has
// answered with the first bytes already must then break its connection off. It is
// not safe for concurrent use.
type Content struct {
	Object
	decrypter *sealing.Decrypter
}

var _ io.ReadSeekCloser = (*Content)(nil)

// Open reads a stored file by its CID. It fails as Stat does. The context bounds
// the reading too.
func (s *Store) Open(ctx context.Context, cid string) (*Content, error) {
	h, key, err := s.load(ctx, cid)
	if err != nil {
		return nil, err
	}
	decrypter, err := sealing.NewDecrypter(key, h.Object.Size, func(offset int64) (io.ReadCloser, error) {
		return s.options.Blobs.Open(ctx, dataPrefix+h.Blob, offset)
	})
	if err != nil {
		return nil, readFault(cid, err)
	}
	return &Content{Object: h.Object, decrypter: decrypter}, nil
}

// Read implements io.Reader.
func (c *Content) Read(into []byte) (int, error) {
	n, err := c.decrypter.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		err = readFault(c.CID, err)
	}
	return n, err
}

// Seek implements io.Seeker.
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	return c.decrypter.Seek(offset, whence)
}

// Close ends the reading.
func (c *Content) Close() error { return c.decrypter.Close() }

// Check fails with fault.StoreUnavailable when the store cannot be reached.
func (s *Store) Check(ctx context.Context) error {
	if err := s.options.Blobs.Check(ctx); err != nil {
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return nil
}

// load reads and authenticates a header and looks that its content is there.
func (s *Store) load(ctx context.Context, cid string) (header, sealing.DataKey, error) {
	if !contentid.IsCID(cid) {
		return header{}, nil, fault.New(fault.NotFound, fault.Field("cid"))
	}
	h, key, err := s.loadHeader(ctx, cid)
	if err != nil {
		return header{}, nil, err
	}
	info, err := s.options.Blobs.Stat(ctx, dataPrefix+h.Blob)
	if errors.Is(err, blob.ErrNotFound) {
		return header{}, nil, damaged(cid, err)
	}
	if err != nil {
		return header{}, nil, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	if info.Size != sealing.SealedSize(h.Object.Size) {
		return header{}, nil, damaged(cid, fmt.Errorf("content of %d bytes, not %d", info.Size, sealing.SealedSize(h.Object.Size)))
	}
	return h, key, nil
}

func (s *Store) loadHeader(ctx context.Context, cid string) (header, sealing.DataKey, error) {
	content, err := blob.ReadAll(ctx, s.options.Blobs, headPrefix+cid, maxHeader)
	if errors.Is(err, blob.ErrNotFound) {
		return header{}, nil, fault.New(fault.NotFound, fault.Field("cid"), fault.Value("cid", cid))
	}
	if err != nil {
		return header{}, nil, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	h, err := parseHeader(content)
	if err != nil {
		return header{}, nil, damaged(cid, err)
	}
	if h.Object.CID != cid {
		return header{}, nil, damaged(cid, fmt.Errorf("header of %s", h.Object.CID))
	}
	key, err := s.dataKey(ctx, h)
	return h, key, err
}

func (s *Store) dataKey(ctx context.Context, h header) (sealing.DataKey, error) {
	keyContext, err := h.keyContext()
	if err != nil {
		return nil, err
	}
	key, err := s.options.Sealer.Open(ctx, h.Key, keyContext)
	if err != nil {
		return nil, readFault(h.Object.CID, err)
	}
	return key, nil
}

// readFault tells damage from a store that cannot be asked.
func readFault(cid string, err error) error {
	if errors.Is(err, sealing.ErrDamaged) || errors.Is(err, blob.ErrNotFound) {
		return damaged(cid, err)
	}
	return fault.New(fault.StoreUnavailable, fault.Value("cid", cid), fault.Cause(err))
}

func damaged(cid string, cause error) error {
	return fault.New(fault.EvidenceDamaged, fault.Value("cid", cid), fault.Cause(cause))
}
