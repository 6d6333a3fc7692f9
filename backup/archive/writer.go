package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Entry describes a file of an archive.
type Entry struct {
	Name   string      `json:"name"` // slashes, relative, clean
	Size   int64       `json:"size"` // bytes
	Mode   fs.FileMode `json:"mode"` // permission bits
	SHA256 string      `json:"sha256"`
}

// Writer writes an archive. It is not safe for concurrent use.
type Writer struct {
	sealed     io.WriteCloser
	compressed *zstd.Encoder
	files      *tar.Writer
	taken      time.Time
}

// NewWriter begins an archive that any of the recipients can read. taken is the time
// that its files carry. The caller MUST Close it, and may use the archive only where
// that succeeds.
func NewWriter(to io.Writer, taken time.Time, recipients ...age.Recipient) (*Writer, error) {
	sealed, err := age.Encrypt(to, recipients...)
	if err != nil {
		return nil, fmt.Errorf("archive: encrypt: %w", err)
	}
	compressed, err := zstd.NewWriter(sealed, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("archive: compress: %w", err)
	}
	return &Writer{sealed: sealed, compressed: compressed, files: tar.NewWriter(compressed), taken: taken}, nil
}

// Add writes a file of exactly size bytes, and says what it has written.
func (w *Writer) Add(name string, mode fs.FileMode, size int64, content io.Reader) (Entry, error) {
	if err := checkName(name); err != nil {
		return Entry{}, err
	}
	entry := Entry{Name: name, Size: size, Mode: mode.Perm()}
	err := w.files.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: int64(entry.Mode), ModTime: w.taken, Format: tar.FormatPAX})
	if err != nil {
		return Entry{}, fmt.Errorf("archive: %s: %w", name, err)
	}
	digest := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(w.files, digest), content, size); err != nil {
		return Entry{}, fmt.Errorf("archive: %s: %w", name, err)
	}
	entry.SHA256 = hex.EncodeToString(digest.Sum(nil))
	return entry, nil
}

// Close ends the archive. What it was written to is the caller's to sync and close.
func (w *Writer) Close() error {
	if err := errors.Join(w.files.Close(), w.compressed.Close(), w.sealed.Close()); err != nil {
		return fmt.Errorf("archive: end: %w", err)
	}
	return nil
}
