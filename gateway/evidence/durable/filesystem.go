package durable

import (
	"errors"
	"io"
	"os"
)

// Modes of everything that is written: for the owner alone.
const (
	fileMode   os.FileMode = 0o600
	folderMode os.FileMode = 0o700
)

// FileSystem is the part of the operating system's file calls that durable writing
// needs. Tests put one in its place that fails at a chosen call. Implementations
// MUST be safe for concurrent use.
type FileSystem interface {
	// Create makes a new file for writing and fails with fs.ErrExist when there is one.
	Create(path string) (File, error)
	// Mkdir makes one folder and succeeds when it exists.
	Mkdir(path string) error
	// Link gives a file a second name and fails with fs.ErrExist when it is taken.
	Link(from, to string) error
	// Rename moves a file over another.
	Rename(from, to string) error
	// Remove removes a file or an empty folder.
	Remove(path string) error
	// SyncFolder makes the names in a folder durable.
	SyncFolder(path string) error
}

// File is a file being written.
type File interface {
	io.WriteCloser
	// Sync makes the content durable.
	Sync() error
}

// System is the operating system's file system.
var System FileSystem = system{}

type system struct{}

func (system) Create(path string) (File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

func (system) Mkdir(path string) error {
	err := os.Mkdir(path, folderMode)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

func (system) Link(from, to string) error   { return os.Link(from, to) }
func (system) Rename(from, to string) error { return os.Rename(from, to) }
func (system) Remove(path string) error     { return os.Remove(path) }

func (system) SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
