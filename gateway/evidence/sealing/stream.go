package sealing

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"
	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle/noncebased"
)

// StreamForm names the form of sealed contents: SM4-GCM in the STREAM construction
// (Hoang, Reyhanitabar, Rogaway, Vizár 2015). Each segment's nonce is seven zero
// bytes, the segment's number (4 bytes, big-endian) and 1 for the last segment or
// 0, so that segments cannot be dropped, swapped or cut off unseen.
const StreamForm = "sm4-gcm-stream-v1"

const (
	// SegmentSize is the plaintext of a segment in bytes; only the last is shorter.
	SegmentSize = 64 << 10

	tagSize       = 16
	sealedSegment = SegmentSize + tagSize
	nonceSize     = 12
	noncePrefix   = 7
)

// DataKey encrypts one content and never another: nonces repeat from content to
// content.
type DataKey []byte

// NewDataKey draws a fresh key.
func NewDataKey() (DataKey, error) {
	key := make(DataKey, KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("sealing: random data key: %w", err)
	}
	return key, nil
}

// Derive gives the key of one of several contents that belong together. The label
// MUST be unlike every other label used with this key (HKDF, RFC 5869, over SM3).
func (k DataKey) Derive(label string) (DataKey, error) {
	key, err := hkdf.Key(sm3.New, k, nil, label, KeySize)
	if err != nil {
		return nil, fmt.Errorf("sealing: derive data key: %w", err)
	}
	return key, nil
}

// SealedSize gives the bytes that a content of size bytes takes when sealed.
func SealedSize(size int64) int64 {
	return size + segments(size)*tagSize
}

// segments gives how many segments a content has; an empty one has one.
func segments(size int64) int64 {
	return max(1, (size+SegmentSize-1)/SegmentSize)
}

// NewEncrypter gives a writer that seals what is written and passes it to sink.
// Close writes the last segment; without it nothing can be opened. It does not
// close sink, and is not safe for concurrent use.
func NewEncrypter(key DataKey, sink io.Writer) (io.WriteCloser, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	writer, err := noncebased.NewWriter(noncebased.WriterParams{
		W:                    sink,
		SegmentEncrypter:     segmentEncrypter{aead},
		NonceSize:            nonceSize,
		NoncePrefix:          make([]byte, noncePrefix),
		PlaintextSegmentSize: SegmentSize,
	})
	if err != nil {
		return nil, fmt.Errorf("sealing: encrypter: %w", err)
	}
	return writer, nil
}

type segmentEncrypter struct{ aead cipher.AEAD }

// EncryptSegment implements noncebased.SegmentEncrypter.
func (e segmentEncrypter) EncryptSegment(segment, nonce []byte) ([]byte, error) {
	return e.aead.Seal(nil, nonce, segment, nil), nil
}

// EncryptSegmentWithDst is what noncebased prefers, for it reuses the buffer.
func (e segmentEncrypter) EncryptSegmentWithDst(buffer, segment, nonce []byte) ([]byte, error) {
	return e.aead.Seal(buffer, nonce, segment, nil), nil
}

// OpenAt gives the sealed bytes from an offset on.
type OpenAt func(offset int64) (io.ReadCloser, error)

// Decrypter reads a sealed content. It gives no byte of a segment before the whole
// segment is authenticated, and fails with ErrDamaged at one that is not what was
// sealed. It reads ahead at most a segment, so that ranges cost what they hold. It
// is not safe for concurrent use.
type Decrypter struct {
	aead   cipher.AEAD
	open   OpenAt
	size   int64
	offset int64 // of the next byte to give

	source  io.ReadCloser // stands at segment next; nil before the first read and after a jump
	next    int64
	plain   []byte // segment number held, if any
	held    int64
	sealed  []byte
	decoded []byte
}

var _ io.ReadSeekCloser = (*Decrypter)(nil)

// NewDecrypter reads a content of size bytes that key sealed. The size must come
// from an authenticated place; a sealed content of another length is damaged.
func NewDecrypter(key DataKey, size int64, open OpenAt) (*Decrypter, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	if size < 0 {
		return nil, fmt.Errorf("sealing: a content of %d bytes", size)
	}
	return &Decrypter{aead: aead, open: open, size: size, held: -1}, nil
}

// Read implements io.Reader. An empty content's only segment is authenticated too
// before io.EOF is given.
func (d *Decrypter) Read(into []byte) (int, error) {
	if d.offset >= d.size && (d.size > 0 || d.held == 0) {
		return 0, io.EOF
	}
	if len(into) == 0 {
		return 0, nil
	}
	segment := d.offset / SegmentSize
	if d.held != segment {
		if err := d.load(segment); err != nil {
			return 0, err
		}
	}
	n := copy(into, d.plain[d.offset-segment*SegmentSize:])
	d.offset += int64(n)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Seek implements io.Seeker.
func (d *Decrypter) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += d.offset
	case io.SeekEnd:
		offset += d.size
	case io.SeekStart:
	default:
		return 0, errors.New("sealing: unknown whence")
	}
	if offset < 0 {
		return 0, errors.New("sealing: seek before the start")
	}
	d.offset = offset
	return offset, nil
}

// Close lets go of the source.
func (d *Decrypter) Close() error {
	if d.source == nil {
		return nil
	}
	err := d.source.Close()
	d.source = nil
	return err
}

// load reads and authenticates a segment.
func (d *Decrypter) load(segment int64) error {
	d.held = -1
	if err := d.moveTo(segment); err != nil {
		return err
	}
	last := segment == segments(d.size)-1
	length := int64(sealedSegment)
	if last {
		length = d.size - segment*SegmentSize + tagSize
	}
	if d.sealed == nil {
		d.sealed = make([]byte, sealedSegment)
		d.decoded = make([]byte, 0, SegmentSize)
	}
	sealed := d.sealed[:length]
	if err := readFull(d.source, sealed); err != nil {
		return d.readError(segment, err)
	}
	plain, err := d.aead.Open(d.decoded, segmentNonce(segment, last), sealed, nil)
	if err != nil {
		return fmt.Errorf("%w: segment %d", ErrDamaged, segment)
	}
	d.plain, d.held, d.next = plain, segment, segment+1
	return nil
}

func (d *Decrypter) readError(segment int64, err error) error {
	_ = d.Close() // where the source stands is unknown now; err is the one to report
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends in segment %d", ErrDamaged, segment)
	}
	return fmt.Errorf("sealing: read segment %d: %w", segment, err)
}

// readFull is io.ReadFull that gives the source's own error: io.EOF is a content that
// is too short, io.ErrUnexpectedEOF a connection that broke.
func readFull(source io.Reader, into []byte) error {
	for len(into) > 0 {
		n, err := source.Read(into)
		into = into[n:]
		if err != nil && len(into) > 0 {
			return err
		}
	}
	return nil
}

func (d *Decrypter) moveTo(segment int64) error {
	if d.source != nil && d.next == segment {
		return nil
	}
	if err := d.Close(); err != nil {
		return fmt.Errorf("sealing: close source: %w", err)
	}
	source, err := d.open(segment * sealedSegment)
	if err != nil {
		return fmt.Errorf("sealing: open segment %d: %w", segment, err)
	}
	d.source, d.next = source, segment
	return nil
}

func segmentNonce(segment int64, last bool) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint32(nonce[noncePrefix:], uint32(segment)) //nolint:gosec // the writer refuses more than 2^32 segments
	if last {
		nonce[nonceSize-1] = 1
	}
	return nonce
}
