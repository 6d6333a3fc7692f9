package durabletest

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"

	"dengji/gateway/evidence/durable"
)

// PowerCut does every call but syncs and remembers what of it would outlive a power cut: of
// a file, the content it had at its last Sync; of a folder, the names it had at its
// last SyncFolder. It is safe for concurrent use.
type PowerCut struct {
	mutex   sync.Mutex
	names   map[string]*node // now
	durable map[string]*node // after a power cut
}

var _ durable.FileSystem = (*PowerCut)(nil)

// node is a file or folder, whatever its names.
type node struct {
	folder  bool
	content []byte
	synced  []byte
}

// NewPowerCut starts on a folder that exists.
func NewPowerCut() *PowerCut {
	return &PowerCut{names: map[string]*node{}, durable: map[string]*node{}}
}

// Restore writes below to what of the folder from outlives a power cut now. With
// eager it keeps all names, synced or not, but of each file's content still only
// what was synced, as a file system may that writes names first.
func (p *PowerCut) Restore(from, to string, eager bool) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	names := p.durable
	if eager {
		names = p.names
	}
	for path, node := range names {
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if !p.reachable(names, from, path) {
			continue // its folder's own name was lost
		}
		if node.folder {
			err = os.MkdirAll(target, 0o700)
		} else if err = os.MkdirAll(filepath.Dir(target), 0o700); err == nil {
			err = os.WriteFile(target, node.synced, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *PowerCut) reachable(names map[string]*node, from, path string) bool {
	for folder := filepath.Dir(path); len(folder) >= len(from); folder = filepath.Dir(folder) {
		if _, there := names[folder]; !there {
			return false
		}
	}
	return true
}

func (p *PowerCut) change(call func() error, remember func()) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	err := call()
	if err == nil {
		remember()
	}
	return err
}

// Create implements durable.FileSystem.
func (p *PowerCut) Create(path string) (file durable.File, err error) {
	err = p.change(func() error {
		file, err = durable.System.Create(path)
		return err
	}, func() {
		created := &node{}
		p.names[path] = created
		file = cutFile{file, p, created}
	})
	return file, err
}

// Mkdir implements durable.FileSystem.
func (p *PowerCut) Mkdir(path string) error {
	return p.change(func() error { return durable.System.Mkdir(path) }, func() {
		if p.names[path] == nil {
			p.names[path] = &node{folder: true}
		}
	})
}

// Link implements durable.FileSystem.
func (p *PowerCut) Link(from, to string) error {
	return p.change(func() error { return durable.System.Link(from, to) }, func() { p.names[to] = p.names[from] })
}

// Rename implements durable.FileSystem.
func (p *PowerCut) Rename(from, to string) error {
	return p.change(func() error { return durable.System.Rename(from, to) }, func() {
		p.names[to] = p.names[from]
		delete(p.names, from)
	})
}

// Remove implements durable.FileSystem.
func (p *PowerCut) Remove(path string) error {
	return p.change(func() error { return durable.System.Remove(path) }, func() { delete(p.names, path) })
}

// SyncFolder implements durable.FileSystem.
func (p *PowerCut) SyncFolder(path string) error {
	return p.change(func() error { return nil }, func() {
		for name := range p.durable {
			if filepath.Dir(name) == path {
				delete(p.durable, name)
			}
		}
		for name, node := range p.names {
			if filepath.Dir(name) == path {
				p.durable[name] = node
			}
		}
	})
}

type cutFile struct {
	file durable.File
	cut  *PowerCut
	node *node
}

func (f cutFile) Write(content []byte) (written int, err error) {
	err = f.cut.change(func() error {
		written, err = f.file.Write(content)
		return err
	}, func() { f.node.content = append(f.node.content, content...) })
	return written, err
}

func (f cutFile) Sync() error {
	return f.cut.change(func() error { return nil }, func() { f.node.synced = bytes.Clone(f.node.content) })
}

func (f cutFile) Close() error { return f.file.Close() }
