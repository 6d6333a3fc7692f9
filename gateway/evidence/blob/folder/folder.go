package folder

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/durable"
)

const unfinished = "unfinished"

// Folder is a blob.Store in a folder.
type Folder struct {
	root   string
	system durable.FileSystem
	made   sync.Map // folders known to exist durably
}

var _ blob.Store = (*Folder)(nil)

// New uses a folder, which it makes, for its owner alone, when it is missing. Its
// parent must exist.
func New(root string) (*Folder, error) { return NewOn(durable.System, root) }

// NewOn is New with all writing done by a file system of the caller's, such as one
// that fails.
func NewOn(system durable.FileSystem, root string) (*Folder, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	folder := &Folder{root: root, system: system}
	if err := folder.makeDurable(filepath.Join(root, unfinished)); err != nil {
		return nil, fmt.Errorf("folder: make %s: %w", root, err)
	}
	return folder, nil
}

// Create implements blob.Store.
func (f *Folder) Create(_ context.Context, name string) (blob.Writer, error) {
	target, err := f.place(name)
	if err != nil {
		return nil, err
	}
	temporary := filepath.Join(f.root, unfinished, rand.Text())
	file, err := f.system.Create(temporary)
	if err != nil {
		return nil, fmt.Errorf("folder: create %s: %w", name, err)
	}
	return &writer{folder: f, file: file, temporary: temporary, target: target}, nil
}

// Open implements blob.Store.
func (f *Folder) Open(_ context.Context, name string, offset int64) (io.ReadCloser, error) {
	target, err := f.place(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(target)
	if err != nil {
		return nil, found(name, err)
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("folder: open %s: %w", name, err), file.Close())
	}
	return file, nil
}

// Stat implements blob.Store.
func (f *Folder) Stat(_ context.Context, name string) (blob.Info, error) {
	target, err := f.place(name)
	if err != nil {
		return blob.Info{}, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return blob.Info{}, found(name, err)
	}
	return blob.Info{Name: name, Size: info.Size(), Modified: info.ModTime()}, nil
}

// Remove implements blob.Store.
func (f *Folder) Remove(_ context.Context, name string) error {
	target, err := f.place(name)
	if err != nil {
		return err
	}
	err = f.system.Remove(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.system.SyncFolder(filepath.Dir(target))
	}
	if err != nil {
		return fmt.Errorf("folder: remove %s: %w", name, err)
	}
	return nil
}

// List implements blob.Store.
func (f *Folder) List(ctx context.Context, prefix string, visit func(blob.Info) error) error {
	if err := blob.CheckPrefix(prefix); err != nil {
		return err
	}
	start := filepath.Join(f.root, filepath.FromSlash(prefix))
	return filepath.WalkDir(start, func(place string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile, or nothing has the prefix
		}
		if err != nil {
			return fmt.Errorf("folder: list %s: %w", prefix, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if entry.IsDir() {
			return nil
		}
		return f.visitFile(place, entry, visit)
	})
}

func (f *Folder) visitFile(place string, entry fs.DirEntry, visit func(blob.Info) error) error {
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("folder: list: %w", err)
	}
	name, ok := f.nameOf(place)
	if !ok {
		return nil // not a file of ours
	}
	return visit(blob.Info{Name: name, Size: info.Size(), Modified: info.ModTime()})
}

// Sweep implements blob.Store.
func (f *Folder) Sweep(ctx context.Context, before time.Time) (int, error) {
	entries, err := os.ReadDir(filepath.Join(f.root, unfinished))
	if err != nil {
		return 0, fmt.Errorf("folder: sweep: %w", err)
	}
	removed := 0
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		info, err := entry.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // gone meanwhile, or still being written
		}
		if err := f.system.Remove(filepath.Join(f.root, unfinished, entry.Name())); err != nil {
			return removed, fmt.Errorf("folder: sweep: %w", err)
		}
		removed++
	}
	return removed, nil
}

// Check implements blob.Store.
func (f *Folder) Check(context.Context) error {
	if _, err := os.Stat(filepath.Join(f.root, unfinished)); err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	return nil
}

// place gives the file of a blob.
func (f *Folder) place(name string) (string, error) {
	if err := blob.CheckName(name); err != nil {
		return "", err
	}
	return filepath.Join(f.root, filepath.FromSlash(path.Dir(name)), shard(path.Base(name)), path.Base(name)), nil
}

// nameOf is the inverse of place.
func (f *Folder) nameOf(place string) (string, bool) {
	relative, err := filepath.Rel(f.root, place)
	if err != nil {
		return "", false
	}
	parts := strings.Split(filepath.ToSlash(relative), "/")
	if len(parts) < 3 {
		return "", false
	}
	name := path.Join(path.Join(parts[:len(parts)-2]...), parts[len(parts)-1])
	expected, err := f.place(name)
	return name, err == nil && expected == place
}

func shard(base string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(base)) // never fails
	return fmt.Sprintf("%02x", hash.Sum32()&0xff)
}

// makeDurable makes a folder and those above it, down from the root's parent.
func (f *Folder) makeDurable(place string) error {
	if _, known := f.made.Load(place); known {
		return nil
	}
	if place != f.root {
		if err := f.makeDurable(filepath.Dir(place)); err != nil {
			return err
		}
	}
	if err := f.system.Mkdir(place); err != nil {
		return err
	}
	if err := f.system.SyncFolder(filepath.Dir(place)); err != nil {
		return err
	}
	f.made.Store(place, true)
	return nil
}

func found(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s", blob.ErrNotFound, name)
	}
	return fmt.Errorf("folder: %s: %w", name, err)
}

// writer writes a temporary file and moves it to its place.
type writer struct {
	folder    *Folder
	file      durable.File
	temporary string
	target    string
}

// Write implements blob.Writer.
func (w *writer) Write(content []byte) (int, error) { return w.file.Write(content) }

// Commit implements blob.Writer.
func (w *writer) Commit(context.Context) error {
	err := errors.Join(w.file.Sync(), w.file.Close())
	if err == nil {
		err = w.folder.makeDurable(filepath.Dir(w.target))
	}
	if err == nil {
		err = w.folder.system.Rename(w.temporary, w.target)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("folder: commit %s: %w", filepath.Base(w.target), err), w.folder.system.Remove(w.temporary))
	}
	if err := w.folder.system.SyncFolder(filepath.Dir(w.target)); err != nil {
		return fmt.Errorf("folder: commit %s: %w", filepath.Base(w.target), err)
	}
	return nil
}

// Abort implements blob.Writer.
func (w *writer) Abort() error {
	if err := errors.Join(w.file.Close(), w.folder.system.Remove(w.temporary)); err != nil {
		return fmt.Errorf("folder: abort: %w", err)
	}
	return nil
}
