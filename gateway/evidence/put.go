package evidence

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/sealing"
)

// sniffed is how many bytes tell the media type, as mimetype needs by default.
const sniffed = 3072

// Upload is a file to store.
type Upload struct {
	// Owner holds the file: the USCC or actor key that the ledger will name.
	Owner string
	// Content is read to its end, once. The memory that this takes does not grow
	// with its length.
	Content io.Reader
	// MaxSize in bytes, for this file; the store's when zero or larger than it.
	MaxSize int64
}

// Put stores a file. When it returns, the file is stored durably, or nothing of it
// can be seen. A file that is stored already is kept once; if what is stored turns
// out to be damaged, the new one takes its place. It fails with fault.FileTooLarge,
// fault.QuotaExceeded, fault.MalwareFound, fault.ScannerUnavailable,
// fault.StoreUnavailable, fault.UploadIncomplete (the request was cut short), or
// wraps the error of the content's reader.
func (s *Store) Put(ctx context.Context, upload Upload) (Object, error) {
	if upload.Owner == "" {
		return Object{}, errors.New("evidence: an upload needs an owner")
	}
	sealed, err := s.seal(ctx, upload)
	if err != nil {
		return Object{}, err
	}
	unlock := s.changes.lock(sealed.object.CID)
	defer unlock()
	end, err := turns{s.options.Turns}.commit()
	if err != nil {
		return Object{}, errors.Join(unavailable(err), sealed.writer.Abort())
	}
	defer end()
	if err := s.commit(ctx, upload.Owner, sealed); err != nil {
		return Object{}, err
	}
	return sealed.object, nil
}

// sealedUpload is a file that is written but not committed.
type sealedUpload struct {
	object Object
	key    sealing.DataKey
	blob   string
	writer blob.Writer
}

// seal writes the sealed content. After an error nothing is left of it.
func (s *Store) seal(ctx context.Context, upload Upload) (sealedUpload, error) {
	sealed := sealedUpload{blob: strings.ToLower(rand.Text())}
	key, err := sealing.NewDataKey()
	if err != nil {
		return sealed, err
	}
	sealed.key = key
	sealed.writer, err = s.options.Blobs.Create(ctx, dataPrefix+sealed.blob)
	if err != nil {
		return sealed, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	sealed.object, err = s.stream(ctx, upload, key, sealed.writer)
	if err != nil {
		return sealed, errors.Join(err, sealed.writer.Abort())
	}
	return sealed, nil
}

// stream passes the content once through everything that must see it.
func (s *Store) stream(ctx context.Context, upload Upload, key sealing.DataKey, sink io.Writer) (Object, error) {
	limit := s.options.MaxSize
	if upload.MaxSize > 0 {
		limit = min(limit, upload.MaxSize)
	}
	content := bufio.NewReaderSize(&limitedReader{source: upload.Content, left: limit, limit: limit}, sniffed)
	start, err := content.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return Object{}, fmt.Errorf("evidence: read upload: %w", err)
	}
	mediaType := mimetype.Detect(start).String()
	consumers := []consumer{func(content io.Reader) error { return encrypt(key, content, storeWriter{sink}) }}
	if s.options.Scanner != nil {
		consumers = append(consumers, func(content io.Reader) error { return s.options.Scanner.Scan(ctx, content) })
	}
	id, err := identify(ctx, content, consumers)
	if err != nil {
		return Object{}, fmt.Errorf("evidence: read upload: %w", err)
	}
	return Object{ContentID: id, MediaType: mediaType}, nil
}

// pieceSize is how much of a content waits for the encrypter, in bytes.
const pieceSize = 256 << 10

func encrypt(key sealing.DataKey, content io.Reader, sink io.Writer) error {
	encrypter, err := sealing.NewEncrypter(key, sink)
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(encrypter, content, make([]byte, pieceSize)); err != nil {
		return err
	}
	return encrypter.Close()
}

// consumer does something with a content. One that ends early without an error does
// not want the rest.
type consumer func(content io.Reader) error

// identify computes the content id while consumers, each in a goroutine of its own,
// get the same bytes. The slowest sets the pace; any error ends all.
func identify(ctx context.Context, content io.Reader, consumers []consumer) (contentid.ContentID, error) {
	results := make(chan error, len(consumers))
	sinks := make([]io.Writer, len(consumers))
	for i, consume := range consumers {
		out, in := io.Pipe()
		sinks[i] = in
		go func() {
			err := consume(out)
			if err == nil {
				_, err = io.Copy(io.Discard, out)
			}
			_ = out.CloseWithError(err) // ends the upload at once if it failed; never fails
			results <- err
		}()
	}
	id, err := contentid.Compute(ctx, io.TeeReader(content, io.MultiWriter(sinks...)))
	for _, sink := range sinks {
		_ = sink.(*io.PipeWriter).CloseWithError(err) // nil is the end of the content; never fails
	}
	for range consumers {
		if failed := <-results; err == nil {
			err = failed
		}
	}
	return id, err
}

// commit makes a sealed upload the stored file of its CID, or drops it when there
// is a sound one. It needs the file's lock.
func (s *Store) commit(ctx context.Context, owner string, sealed sealedUpload) error {
	held, err := s.Holds(ctx, owner, sealed.object)
	release := func() {}
	if err == nil && !held {
		release, err = s.usage.claim(ctx, owner, sealed.object.Size)
	}
	if err != nil {
		return errors.Join(err, sealed.writer.Abort())
	}
	if err := s.commitObject(ctx, sealed); err != nil {
		release()
		return err
	}
	if held {
		return nil
	}
	if err := blob.WriteAll(ctx, s.options.Blobs, ownerName(owner, sealed.object), nil); err != nil {
		release()
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return nil
}

func (s *Store) commitObject(ctx context.Context, sealed sealedUpload) error {
	previous, sound, err := s.inspect(ctx, sealed.object.CID)
	if err != nil || sound {
		return errors.Join(err, sealed.writer.Abort())
	}
	head, err := s.newHeader(ctx, sealed)
	if err != nil {
		return errors.Join(err, sealed.writer.Abort())
	}
	if err := sealed.writer.Commit(ctx); err != nil {
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	// From here on a crash leaves a sealed content that no header names; Sweep removes it.
	if err := blob.WriteAll(ctx, s.options.Blobs, headPrefix+sealed.object.CID, head); err != nil {
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	if previous != "" {
		_ = s.options.Blobs.Remove(ctx, dataPrefix+previous) // Sweep removes what this leaves
	}
	return nil
}

// inspect reads the stored file of a CID whole, to see whether it is sound. A
// damaged one's blob is named so that it can be removed.
func (s *Store) inspect(ctx context.Context, cid string) (previous string, sound bool, err error) {
	err = s.verify(ctx, cid)
	switch fault.CodeOf(err) {
	case "":
		return "", true, nil
	case fault.NotFound:
		return "", false, nil
	case fault.EvidenceDamaged:
		h, _, _ := s.loadHeader(ctx, cid) // a header that does not load names no blob
		return h.Blob, false, nil
	default:
		return "", false, err
	}
}

// verify reads a stored file to its end and computes its id anew.
func (s *Store) verify(ctx context.Context, cid string) error {
	content, err := s.Open(ctx, cid)
	if err != nil {
		return err
	}
	id, err := contentid.Compute(ctx, content)
	if err = errors.Join(err, content.Close()); err != nil {
		return fmt.Errorf("evidence: verify: %w", err)
	}
	if id != content.ContentID {
		return damaged(cid, fmt.Errorf("the content is that of %s, %s", id.CID, id.SM3))
	}
	return nil
}

func (s *Store) newHeader(ctx context.Context, sealed sealedUpload) ([]byte, error) {
	h := header{Schema: headerSchema, Form: sealing.StreamForm, Object: sealed.object, Blob: sealed.blob}
	return s.sealHeader(ctx, h, sealed.key)
}

// sealHeader writes a header with its data key sealed under the current master key.
func (s *Store) sealHeader(ctx context.Context, h header, key sealing.DataKey) ([]byte, error) {
	keyContext, err := h.keyContext()
	if err != nil {
		return nil, err
	}
	h.Key, err = s.options.Sealer.Seal(ctx, key, keyContext)
	if err != nil {
		return nil, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return h.format()
}

func isThere(err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, blob.ErrNotFound):
		return false, nil
	default:
		return false, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
}

// storeWriter turns the backend's errors into faults, so that they are told from
// those of the uploader's connection.
type storeWriter struct{ sink io.Writer }

func (w storeWriter) Write(content []byte) (int, error) {
	n, err := w.sink.Write(content)
	if err != nil {
		err = fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return n, err
}

// limitedReader fails, where io.LimitedReader would end, at a content over a limit. It
// names a request that was cut short what it is.
type limitedReader struct {
	source io.Reader
	left   int64
	limit  int64
}

func (r *limitedReader) Read(into []byte) (int, error) {
	if int64(len(into)) > r.left+1 {
		into = into[:r.left+1]
	}
	n, err := r.source.Read(into)
	r.left -= int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return n, fault.New(fault.UploadIncomplete, fault.Cause(err))
	}
	if r.left < 0 {
		return 0, fault.New(fault.FileTooLarge, fault.Value("limit", strconv.FormatInt(r.limit, 10)))
	}
	return n, err
}
