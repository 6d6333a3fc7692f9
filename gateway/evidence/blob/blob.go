package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"dengji/chaincode/canonical"
)

// ErrNotFound says that no blob has the name. Any other error of a Store means that
// the backend could not be asked or did not do as asked.
var ErrNotFound = errors.New("blob: not found")

// Info describes a blob.
type Info struct {
	Name     string
	Size     int64 // bytes
	Modified time.Time
}

// Store keeps blobs. Names are as CheckName demands. Implementations MUST be safe
// for concurrent use, also by several processes on one backend.
type Store interface {
	// Create starts a blob. Nothing can be seen of it before Commit.
	Create(ctx context.Context, name string) (Writer, error)
	// Open reads a blob from an offset on. It fails with ErrNotFound.
	Open(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
	// Stat describes a blob. It fails with ErrNotFound.
	Stat(ctx context.Context, name string) (Info, error)
	// Remove removes a blob; one that is not there is no error.
	Remove(ctx context.Context, name string) error
	// List visits every blob whose name starts with prefix, which ends in "/", in
	// no particular order, until visit fails, and gives that error. Blobs created
	// or removed meanwhile may or may not be visited.
	List(ctx context.Context, prefix string, visit func(Info) error) error
	// Sweep removes what writers that were never committed or aborted (their process
	// died) left behind before a time, and says how many of them it removed.
	Sweep(ctx context.Context, before time.Time) (int, error)
	// Check fails when the backend cannot be reached.
	Check(ctx context.Context) error
}

// Writer writes one blob. It is not safe for concurrent use. Exactly one of Commit
// and Abort ends it.
type Writer interface {
	io.Writer
	// Commit makes the blob visible under its name as a whole, in place of one that
	// has the name already. When it returns nil, the blob survives a power cut.
	Commit(ctx context.Context) error
	// Abort drops what was written.
	Abort() error
}

// WriteAll creates or replaces a small blob.
func WriteAll(ctx context.Context, store Store, name string, content []byte) error {
	writer, err := store.Create(ctx, name)
	if err != nil {
		return err
	}
	if _, err := writer.Write(content); err != nil {
		return errors.Join(err, writer.Abort())
	}
	return writer.Commit(ctx)
}

// ReadAll reads a small blob whole. One that is larger than limit bytes is an
// error.
func ReadAll(ctx context.Context, store Store, name string, limit int64) ([]byte, error) {
	reader, err := store.Open(ctx, name, 0)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err = errors.Join(err, reader.Close()); err != nil {
		return nil, fmt.Errorf("blob: read %s: %w", name, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("blob: %s is larger than %d bytes", name, limit)
	}
	return content, nil
}

// MaxName is the longest name in bytes.
const MaxName = 200

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)+$`)

// CheckName demands a folder and a name in it, of lower-case letters, digits and
// hyphens, so that no name can leave its place on any backend.
func CheckName(name string) error {
	if len(name) > MaxName || !namePattern.MatchString(name) {
		return fmt.Errorf("blob: %.200q is no blob name", name)
	}
	return nil
}

// CheckPrefix demands the folder part of a name and its closing slash.
func CheckPrefix(prefix string) error {
	if !strings.HasSuffix(prefix, "/") || CheckName(prefix+"x") != nil {
		return fmt.Errorf("blob: %.200q is no blob prefix", prefix)
	}
	return nil
}

// HideName gives a part of a blob name that stands for a name without telling it in
// a listing: 32 hex digits. Who knows the name can recognise it.
func HideName(name string) string {
	return strings.TrimPrefix(canonical.DigestOf([]byte("dengji blob name "+name)), canonical.DigestPrefix)[:32]
}
