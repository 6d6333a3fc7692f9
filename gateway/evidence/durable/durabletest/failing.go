package durabletest

import (
	"sync"
	"syscall"

	"dengji/gateway/evidence/durable"
)

// Failing passes calls on to the operating system but for a chosen one, which it
// does not do. Syncs it only counts, for what it simulates leaves the system's
// memory as it is. It is safe for concurrent use.
type Failing struct {
	mutex sync.Mutex
	calls int
	at    int
	fail  func() error
}

var _ durable.FileSystem = (*Failing)(nil)

// FailAt gives a file system whose call number at (from 1) fails with EIO, and all
// others succeed. With 0 none fails.
func FailAt(at int) *Failing {
	return &Failing{at: at, fail: func() error { return syscall.EIO }}
}

// DieAt gives a file system that ends the process with SIGKILL instead of doing
// call number at.
func DieAt(at int) *Failing {
	return &Failing{at: at, fail: func() error {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {} // until the signal arrives
	}}
}

// Reached reports whether the chosen call was made.
func (f *Failing) Reached() bool {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.calls >= f.at
}

func (f *Failing) do(call func() error) error {
	f.mutex.Lock()
	f.calls++
	failing := f.calls == f.at
	f.mutex.Unlock()
	if failing {
		return f.fail()
	}
	return call()
}

// Create implements durable.FileSystem.
func (f *Failing) Create(path string) (file durable.File, err error) {
	err = f.do(func() error {
		opened, err := durable.System.Create(path)
		file = failingFile{opened, f}
		return err
	})
	return file, err
}

// Mkdir implements durable.FileSystem.
func (f *Failing) Mkdir(path string) error {
	return f.do(func() error { return durable.System.Mkdir(path) })
}

// Link implements durable.FileSystem.
func (f *Failing) Link(from, to string) error {
	return f.do(func() error { return durable.System.Link(from, to) })
}

// Rename implements durable.FileSystem.
func (f *Failing) Rename(from, to string) error {
	return f.do(func() error { return durable.System.Rename(from, to) })
}

// Remove implements durable.FileSystem.
func (f *Failing) Remove(path string) error {
	return f.do(func() error { return durable.System.Remove(path) })
}

// SyncFolder implements durable.FileSystem.
func (f *Failing) SyncFolder(string) error {
	return f.do(func() error { return nil })
}

type failingFile struct {
	file  durable.File
	calls *Failing
}

// Write writes a part of the content before it fails, as a full disk does.
func (f failingFile) Write(content []byte) (int, error) {
	written := 0
	err := f.calls.do(func() (err error) {
		written, err = f.file.Write(content)
		return err
	})
	if err != nil && written == 0 {
		written, _ = f.file.Write(content[:len(content)/2])
	}
	return written, err
}

func (f failingFile) Sync() error { return f.calls.do(func() error { return nil }) }

// Close closes in any case: a descriptor is gone even when close reports an error.
func (f failingFile) Close() error {
	closed := f.file.Close()
	return f.calls.do(func() error { return closed })
}
