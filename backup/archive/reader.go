package archive

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Limits of what is read.
const (
	// MaxEntries is how many files an archive may have.
	MaxEntries = 1 << 20
	// MaxName is the longest name in bytes.
	MaxName = 1024
	// window is how far back compression looks, in bytes; it bounds the memory of reading.
	window = 8 << 20
)

// Errors of reading.
var (
	// ErrKey says that none of the identities opens the archive.
	ErrKey = errors.New("archive: none of the identities opens it")
	// ErrDamaged says that the archive is cut off or was changed.
	ErrDamaged = errors.New("archive: damaged")
	// ErrForbidden says that it holds what no archive of ours holds: a name that leads
	// elsewhere, a link, more than the limits allow.
	ErrForbidden = errors.New("archive: forbidden entry")
)

// Read visits every file of an archive, in order, to its end. limit gives the bytes
// that a file with a name may have. visit may leave content unread; Read reads and
// digests it all and then calls the function that visit has returned, where there is
// one, with what was read. Nothing that is visited may be relied upon before Read has
// returned nil: only then is the archive known to be whole.
func Read(ctx context.Context, from io.Reader, identities []age.Identity, limit func(name string) int64,
	visit func(entry Entry, content io.Reader) (func(Entry) error, error)) error {
	opened, err := age.Decrypt(from, identities...)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return ErrKey
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	plain, err := zstd.NewReader(opened, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(4*window))
	if err != nil {
		return fmt.Errorf("archive: decompress: %w", err)
	}
	defer plain.Close()
	r := reading{files: tar.NewReader(plain), limit: limit, visit: visit, seen: map[string]bool{}}
	for more := true; more && err == nil; {
		if err = ctx.Err(); err == nil {
			more, err = r.next()
		}
	}
	if err != nil {
		return err
	}
	return atEnd(plain, opened)
}

// atEnd sees to it that nothing stands behind the archive: the end of the encrypted
// stream proves that nothing was cut off.
func atEnd(streams ...io.Reader) error {
	for _, stream := range streams {
		rest, err := io.Copy(io.Discard, io.LimitReader(stream, 1<<20))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if rest == 1<<20 {
			return fmt.Errorf("%w: something follows its end", ErrDamaged)
		}
	}
	return nil
}

type reading struct {
	files *tar.Reader
	limit func(string) int64
	visit func(Entry, io.Reader) (func(Entry) error, error)
	seen  map[string]bool
}

func (r *reading) next() (more bool, err error) {
	header, err := r.files.Next()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := r.check(header); err != nil {
		return false, err
	}
	entry := Entry{Name: header.Name, Size: header.Size, Mode: fs.FileMode(header.Mode).Perm()} //nolint:gosec // permission bits
	digest := sha256.New()
	content := io.TeeReader(sound{r.files}, digest)
	then, err := r.visit(entry, content)
	if err != nil {
		return false, err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return false, err
	}
	entry.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if then != nil {
		err = then(entry)
	}
	return true, err
}

func (r *reading) check(header *tar.Header) error {
	if header.Typeflag != tar.TypeReg {
		return fmt.Errorf("%w: %.200q is no file", ErrForbidden, header.Name)
	}
	if err := checkName(header.Name); err != nil {
		return err
	}
	if r.seen[header.Name] || len(r.seen) >= MaxEntries {
		return fmt.Errorf("%w: %.200q stands there twice, or is one too many", ErrForbidden, header.Name)
	}
	r.seen[header.Name] = true
	if limit := r.limit(header.Name); header.Size > limit {
		return fmt.Errorf("%w: %.200q has %d bytes, more than %d", ErrForbidden, header.Name, header.Size, limit)
	}
	return nil
}

// checkName demands a name that stays inside the folder that it is taken to.
func checkName(name string) error {
	if name == "" || len(name) > MaxName || name == "." || path.Clean(name) != name || path.IsAbs(name) ||
		name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(name, "\\\x00") {
		return fmt.Errorf("%w: name %.200q", ErrForbidden, name)
	}
	return nil
}

// sound tells damage of the archive from other errors.
type sound struct{ io.Reader }

func (s sound) Read(into []byte) (int, error) {
	n, err := s.Reader.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return n, err
}
