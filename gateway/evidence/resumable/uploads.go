package resumable

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/sealing"
)

// Limits of an upload.
const (
	// DefaultMaxOpen is how many unfinished uploads an owner may have.
	DefaultMaxOpen = 16
	// PartSize is what a process that dies loses at most of a request, in bytes.
	PartSize = 64 << 20
	// MaxParts is in how many parts an upload may arrive: a request counts as one for
	// each PartSize begun. Clients should send at least 8 MiB at a time.
	MaxParts = 600
	// MaxMetadata bounds names and values of an upload's metadata together, in bytes.
	MaxMetadata = 4 << 10
)

// Options say what Uploads are made of.
type Options struct {
	// Blobs keeps what has arrived. Required. It may be the evidence store's.
	Blobs blob.Store
	// Sealer seals it. Required.
	Sealer sealing.Sealer
	// Usage gives an owner's stored bytes and quota, as evidence.Store.Usage does.
	// Required. Unfinished uploads count with their announced size.
	Usage func(ctx context.Context, owner string) (used, quota int64, err error)
	// MaxSize of a file in bytes. Required.
	MaxSize int64
	// MaxOpen unfinished uploads of one owner; DefaultMaxOpen when zero.
	MaxOpen int
}

// Uploads keeps unfinished uploads. It is safe for concurrent use within one
// process; several processes must not share the same blobs.
type Uploads struct {
	options Options
	locks   *memorylocker.MemoryLocker
}

// New makes Uploads.
func New(options Options) (*Uploads, error) {
	if options.Blobs == nil || options.Sealer == nil || options.Usage == nil || options.MaxSize <= 0 {
		return nil, errors.New("resumable: blobs, a sealer, usage and a maximal size are required")
	}
	if options.MaxOpen == 0 {
		options.MaxOpen = DefaultMaxOpen
	}
	return &Uploads{options: options, locks: memorylocker.New()}, nil
}

// Finished is a file that has arrived whole.
type Finished struct {
	Size     int64
	Metadata map[string]string
	// Content is read once. It fails with fault.EvidenceDamaged where what was kept is
	// not what arrived.
	Content io.Reader
}

// Complete hands a whole file to use and, if use succeeds, forgets the upload. If
// it does not, the upload stays and Complete may be called again. It fails with
// fault.NotFound, fault.UploadIncomplete, or as use does.
func (u *Uploads) Complete(ctx context.Context, owner, id string, use func(Finished) error) error {
	at := place{owner, id}
	unlock, err := u.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := u.load(ctx, at)
	if err != nil {
		return err
	}
	if offset := s.offset(); offset != s.Size {
		return fault.New(fault.UploadIncomplete, fault.Field("upload"),
			fault.Value("offset", strconv.FormatInt(offset, 10)), fault.Value("size", strconv.FormatInt(s.Size, 10)))
	}
	content := &partsReader{ctx: ctx, uploads: u, at: at, key: s.Key, left: s.Parts}
	err = use(Finished{Size: s.Size, Metadata: s.Metadata, Content: content})
	if err = errors.Join(err, content.close()); err != nil {
		return err
	}
	return u.remove(ctx, at)
}

// Keep takes a file of at most limit bytes from one request, whole or not at all,
// and gives its id for Complete. It fails with fault.FileTooLarge,
// fault.InvalidValue (an empty file), fault.UploadIncomplete (the request was cut
// short), as a new upload is refused, or wraps the error of the content's reader.
func (u *Uploads) Keep(ctx context.Context, owner string, content io.Reader, limit int64) (string, int64, error) {
	limit = min(limit, u.options.MaxSize)
	at, s, err := u.create(ctx, owner, handler.FileInfo{Size: limit}) // counts in full until its size is known
	if err != nil {
		return "", 0, err
	}
	watched := &watchedReader{source: content, left: limit}
	_, err = u.appendParts(ctx, at, &s, watched)
	if err = errors.Join(err, watched.failure(limit)); err == nil && s.offset() == 0 {
		err = fault.New(fault.InvalidValue, fault.Field("file"))
	}
	if err == nil {
		s.Size = s.offset()
		err = u.save(ctx, at, s)
	}
	if err != nil {
		return "", 0, errors.Join(err, u.remove(context.WithoutCancel(ctx), at))
	}
	return at.id, s.Size, nil
}

// Discard forgets an upload, finished or not; one that does not exist is no failure.
func (u *Uploads) Discard(ctx context.Context, owner, id string) error {
	unlock, err := u.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	return u.remove(ctx, place{owner, id})
}

// watchedReader ends at a limit and remembers why reading ended.
type watchedReader struct {
	source io.Reader
	left   int64
	over   bool
	broke  error
}

// Read implements io.Reader.
func (r *watchedReader) Read(into []byte) (int, error) {
	if int64(len(into)) > r.left+1 {
		into = into[:r.left+1]
	}
	n, err := r.source.Read(into)
	if r.left -= int64(n); r.left < 0 {
		r.over = true
		return 0, io.EOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.broke = err
	}
	return n, err
}

func (r *watchedReader) failure(limit int64) error {
	switch {
	case r.over:
		return fault.New(fault.FileTooLarge, fault.Value("limit", strconv.FormatInt(limit, 10)))
	case errors.Is(r.broke, io.ErrUnexpectedEOF):
		return fault.New(fault.UploadIncomplete, fault.Cause(r.broke))
	case r.broke != nil:
		return fmt.Errorf("resumable: read upload: %w", r.broke)
	}
	return nil
}

// lock keeps requests off an upload, as tusd's handler does.
func (u *Uploads) lock(ctx context.Context, id string) (func(), error) {
	lock, err := u.locks.NewLock(id)
	if err == nil {
		err = lock.Lock(ctx, func() {})
	}
	if err != nil {
		return nil, fault.New(fault.ConcurrentChange, fault.Field("upload"), fault.Cause(err))
	}
	return func() { _ = lock.Unlock() }, nil // never fails
}

// create begins an upload.
func (u *Uploads) create(ctx context.Context, owner string, info handler.FileInfo) (place, state, error) {
	at := place{owner, strings.ToLower(rand.Text())}
	if err := u.admit(ctx, owner, info); err != nil {
		return at, state{}, err
	}
	key, err := sealing.NewDataKey()
	if err != nil {
		return at, state{}, err
	}
	s := state{Schema: stateSchema, Size: info.Size, Metadata: info.MetaData, Key: key, Parts: []part{}}
	return at, s, u.save(ctx, at, s)
}

// admit holds a new upload to the limits.
func (u *Uploads) admit(ctx context.Context, owner string, info handler.FileInfo) error {
	if info.Size > u.options.MaxSize {
		return fault.New(fault.FileTooLarge, fault.Value("limit", strconv.FormatInt(u.options.MaxSize, 10)))
	}
	described := 0
	for name, value := range info.MetaData {
		described += len(name) + len(value)
	}
	if described > MaxMetadata {
		return fault.New(fault.FieldTooLong, fault.Field("Upload-Metadata"), fault.Value("limit", strconv.Itoa(MaxMetadata)))
	}
	open, announced, err := u.openOf(ctx, owner)
	if err != nil {
		return err
	}
	if open >= u.options.MaxOpen {
		return fault.New(fault.TooManyUploads, fault.Value("limit", strconv.Itoa(u.options.MaxOpen)))
	}
	used, quota, err := u.options.Usage(ctx, owner)
	if err != nil {
		return err
	}
	if used+announced+info.Size > quota {
		return fault.New(fault.QuotaExceeded, fault.Value("quota", strconv.FormatInt(quota, 10)), fault.Value("used", strconv.FormatInt(used+announced, 10)))
	}
	return nil
}

// openOf counts an owner's unfinished uploads and their announced sizes.
func (u *Uploads) openOf(ctx context.Context, owner string) (open int, announced int64, err error) {
	prefix := uploadsPrefix + blob.HideName(owner) + "/"
	err = u.options.Blobs.List(ctx, prefix, func(info blob.Info) error {
		id, isState := strings.CutSuffix(strings.TrimPrefix(info.Name, prefix), "/"+stateName)
		if !isState {
			return nil
		}
		s, err := u.load(ctx, place{owner, id})
		if fault.CodeOf(err) == fault.NotFound { // removed meanwhile
			return nil
		}
		open++ // a damaged one counts too: it takes space until it is swept
		announced += s.Size
		if fault.CodeOf(err) == fault.EvidenceDamaged {
			return nil
		}
		return err
	})
	if err != nil {
		return 0, 0, readFault(err)
	}
	return open, announced, nil
}

// remove forgets an upload: its state first, so that it is gone at once.
func (u *Uploads) remove(ctx context.Context, at place) error {
	return u.removeUnder(ctx, at.prefix())
}

func (u *Uploads) removeUnder(ctx context.Context, prefix string) error {
	err := u.options.Blobs.Remove(ctx, prefix+stateName)
	if err == nil {
		err = u.options.Blobs.List(ctx, prefix, func(info blob.Info) error { return u.options.Blobs.Remove(ctx, info.Name) })
	}
	if err != nil {
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return nil
}

// Sweep forgets uploads to which nothing has been added since a time, and says how
// many.
func (u *Uploads) Sweep(ctx context.Context, before time.Time) (int, error) {
	latest := map[string]time.Time{} // by prefix
	err := u.options.Blobs.List(ctx, uploadsPrefix, func(info blob.Info) error {
		prefix := info.Name[:strings.LastIndexByte(info.Name, '/')+1]
		if info.Modified.After(latest[prefix]) {
			latest[prefix] = info.Modified
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("resumable: sweep: %w", readFault(err))
	}
	removed := 0
	for prefix, modified := range latest {
		if !modified.Before(before) {
			continue
		}
		if err := u.removeUnder(ctx, prefix); err != nil {
			return removed, fmt.Errorf("resumable: sweep: %w", err)
		}
		removed++
	}
	return removed, nil
}

// UnderOlderKeys counts unfinished uploads whose state is sealed under an older
// master key. The next part, the end of the upload or Sweep takes each out of it.
func (u *Uploads) UnderOlderKeys(ctx context.Context) (int, error) {
	older := 0
	err := u.options.Blobs.List(ctx, uploadsPrefix, func(info blob.Info) error {
		if !strings.HasSuffix(info.Name, "/"+stateName) {
			return nil
		}
		sealed, err := blob.ReadAll(ctx, u.options.Blobs, info.Name, maxState)
		if errors.Is(err, blob.ErrNotFound) { // ended meanwhile
			return nil
		}
		if err == nil && !u.options.Sealer.IsCurrent(string(sealed)) {
			older++
		}
		return err
	})
	if err != nil {
		return older, fmt.Errorf("resumable: %w", readFault(err))
	}
	return older, nil
}
