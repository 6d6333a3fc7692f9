package sealing

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
)

// KeyFile is a Sealer over a key file to which keys may be added while it is in
// use: it reads the file again when the file has been replaced. While the new file
// cannot be read, it goes on with the keys that it has. It is safe for concurrent
// use.
type KeyFile struct {
	path  string
	mutex sync.Mutex
	ring  *KeyRing
	read  fs.FileInfo // of what ring was read from
}

var _ Sealer = (*KeyFile)(nil)

// OpenKeyFile reads the master keys of a file, as LoadKeyFile does, and follows it.
func OpenKeyFile(path string) (*KeyFile, error) {
	info, err := os.Stat(path) // before the content: a file replaced in between is read again
	if err != nil {
		info = nil // LoadKeyFile says what is wrong
	}
	ring, err := LoadKeyFile(path)
	if err != nil {
		return nil, err
	}
	return &KeyFile{path: path, ring: ring, read: info}, nil
}

// newest gives the keys of the file as it is now.
func (f *KeyFile) newest() *KeyRing {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	info, err := os.Stat(f.path)
	if err != nil || f.isRead(info) {
		return f.ring
	}
	if ring, err := LoadKeyFile(f.path); err == nil {
		f.ring, f.read = ring, info
	}
	return f.ring
}

func (f *KeyFile) isRead(info fs.FileInfo) bool {
	return f.read != nil && os.SameFile(info, f.read) && info.Size() == f.read.Size() && info.ModTime().Equal(f.read.ModTime())
}

// Seal implements Sealer.
func (f *KeyFile) Seal(ctx context.Context, secret []byte, context string) (string, error) {
	return f.newest().Seal(ctx, secret, context)
}

// Open implements Sealer.
func (f *KeyFile) Open(ctx context.Context, sealed, context string) ([]byte, error) {
	f.mutex.Lock()
	ring := f.ring
	f.mutex.Unlock()
	secret, err := ring.Open(ctx, sealed, context)
	if errors.Is(err, ErrUnknownKey) {
		return f.newest().Open(ctx, sealed, context)
	}
	return secret, err
}

// IsCurrent implements Sealer.
func (f *KeyFile) IsCurrent(sealed string) bool { return f.newest().IsCurrent(sealed) }
