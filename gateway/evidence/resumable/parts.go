package resumable

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/sealing"
)

// appendParts keeps what source gives, a part at a time, and says how many bytes
// count now, also when it fails in the middle.
func (u *Uploads) appendParts(ctx context.Context, at place, s *state, source io.Reader) (int64, error) {
	var kept int64
	for {
		if len(s.Parts) == MaxParts {
			return kept, fault.New(fault.TooManyItems, fault.Field("upload"))
		}
		written, more, err := u.writePart(ctx, at, *s, source)
		if err != nil || written.Size == 0 {
			return kept, err
		}
		next := *s
		next.Parts = append(next.Parts, written)
		if err := u.save(ctx, at, next); err != nil {
			return kept, err
		}
		*s = next
		kept += written.Size
		if !more {
			return kept, nil
		}
	}
}

// writePart keeps the next part of source and reports whether source may have more.
// A source that fails ends the part: what it gave before has arrived.
func (u *Uploads) writePart(ctx context.Context, at place, s state, source io.Reader) (part, bool, error) {
	p := part{Blob: strings.ToLower(rand.Text())}
	key, err := partKey(s.Key, p)
	if err != nil {
		return p, false, err
	}
	writer, err := u.options.Blobs.Create(ctx, at.prefix()+partPrefix+p.Blob)
	if err != nil {
		return p, false, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	sink := &sinkError{sink: writer}
	var sourceFailure error
	p.Size, sourceFailure, err = sealPart(key, sink, source)
	if err != nil || p.Size == 0 {
		return part{}, false, errors.Join(storeFault(err), writer.Abort())
	}
	if err := writer.Commit(ctx); err != nil {
		return part{}, false, fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return p, sourceFailure == nil && p.Size == PartSize, nil
}

// sealPart seals at most PartSize bytes. It tells a source that fails from a sink
// that does.
func sealPart(key sealing.DataKey, sink *sinkError, source io.Reader) (size int64, sourceFailure, err error) {
	encrypter, err := sealing.NewEncrypter(key, sink)
	if err != nil {
		return 0, nil, err
	}
	size, sourceFailure = io.Copy(encrypter, io.LimitReader(source, PartSize))
	if sink.err != nil {
		return 0, nil, sink.err
	}
	return size, sourceFailure, encrypter.Close()
}

// sinkError remembers why a sink failed.
type sinkError struct {
	sink io.Writer
	err  error
}

func (s *sinkError) Write(content []byte) (int, error) {
	n, err := s.sink.Write(content)
	if err != nil {
		s.err = err
	}
	return n, err
}

func storeFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.StoreUnavailable, fault.Cause(err))
}

func partKey(key sealing.DataKey, p part) (sealing.DataKey, error) {
	return key.Derive("part " + p.Blob)
}

// partsReader reads the parts of an upload one after the other.
type partsReader struct {
	ctx     context.Context //nolint:containedctx // bounds the reads, which have none of their own
	uploads *Uploads
	at      place
	key     sealing.DataKey
	left    []part
	current *sealing.Decrypter
}

// Read implements io.Reader.
func (r *partsReader) Read(into []byte) (int, error) {
	for {
		if r.current == nil {
			if len(r.left) == 0 {
				return 0, io.EOF
			}
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.current.Read(into)
		switch {
		case n > 0 || err == nil:
			return n, nil
		case !errors.Is(err, io.EOF):
			return 0, partFault(err)
		}
		if err := r.close(); err != nil {
			return 0, partFault(err)
		}
	}
}

func (r *partsReader) next() error {
	p := r.left[0]
	r.left = r.left[1:]
	key, err := partKey(r.key, p)
	if err != nil {
		return err
	}
	r.current, err = sealing.NewDecrypter(key, p.Size, func(offset int64) (io.ReadCloser, error) {
		return r.uploads.options.Blobs.Open(r.ctx, r.at.prefix()+partPrefix+p.Blob, offset)
	})
	return err
}

func (r *partsReader) close() error {
	if r.current == nil {
		return nil
	}
	err := r.current.Close()
	r.current = nil
	return err
}

// partFault is readFault for a part, which its state says exists.
func partFault(err error) error {
	if found := readFault(err); fault.CodeOf(found) != fault.NotFound {
		return found
	}
	return fault.New(fault.EvidenceDamaged, fault.Cause(err))
}
