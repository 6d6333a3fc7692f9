package backup

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/durable"
)

// Names in a place.
const (
	snapshotFolder = "snapshots" // <time>.age
	contentFolder  = "contents"  // data/: sealed contents; digests/: their SHA-256
	placeLock      = "lock"
	unfinishedMark = ".unfinished-"
	snapshotEnd    = ".age"
)

const (
	dataPrefix   = "data/"
	digestPrefix = "digests/"
)

// Errors of a place.
var (
	// ErrNoPlace says that a folder holds no backups: it may not be mounted.
	ErrNoPlace = errors.New("backup: the folder holds no backups; if it is mounted and the right one, begin with: dengji backup create --init")
	// ErrBusy says that another process writes into the place.
	ErrBusy = errors.New("backup: another backup or prune is working on this folder")
	// ErrNoSnapshot says that there is none of that name.
	ErrNoSnapshot = errors.New("backup: no such snapshot")
	// ErrContent says that a content beside the snapshots is missing or damaged.
	ErrContent = errors.New("backup: content missing or damaged")
)

// Place is a folder of backups.
type Place struct {
	root     string
	system   durable.FileSystem
	contents blob.Store
}

// OpenPlace opens a folder that holds backups.
func OpenPlace(root string) (*Place, error) { return openPlace(durable.System, root) }

// InitPlace makes a folder, which must exist, one that holds backups. One that does so
// already is left as it is.
func InitPlace(root string) (*Place, error) {
	for _, name := range []string{contentFolder, snapshotFolder} { // in this order: OpenPlace asks for the latter
		if err := durable.System.Mkdir(filepath.Join(root, name)); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
	}
	if err := durable.System.SyncFolder(root); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return OpenPlace(root)
}

func openPlace(system durable.FileSystem, root string) (*Place, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if info, err := os.Stat(filepath.Join(root, snapshotFolder)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w (%s)", ErrNoPlace, root)
	}
	contents, err := folder.NewOn(system, filepath.Join(root, contentFolder))
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return &Place{root: root, system: system, contents: contents}, nil
}

// alone keeps other writers away, and removes what those that died have left.
func (p *Place) alone(ctx context.Context) (end func() error, err error) {
	lock := flock.New(filepath.Join(p.root, placeLock), flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if !taken {
		return nil, ErrBusy
	}
	if err := p.sweep(ctx); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock.Close, nil
}

func (p *Place) sweep(ctx context.Context) error {
	if _, err := p.contents.Sweep(ctx, time.Now().Add(time.Second)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(p.root, snapshotFolder, unfinishedMark+"*"))
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for _, path := range left {
		if err := p.system.Remove(path); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
	return nil
}

// Snapshot is a snapshot as a listing shows it, without opening it.
type Snapshot struct {
	ID     string    `json:"id"`
	Taken  time.Time `json:"taken"`
	Bytes  int64     `json:"bytes"` // without the contents that it counts on
	Ledger bool      `json:"ledger"`
}

const (
	idTime   = "20060102T150405Z"
	idLedger = "-ledger"
)

var idPattern = regexp.MustCompile(`^\d{8}T\d{6}Z(-ledger)?$`)

func snapshotID(taken time.Time, ledger bool) string {
	id := taken.UTC().Format(idTime)
	if ledger {
		id += idLedger
	}
	return id
}

// next gives the second by which a new snapshot is named: later than those of all
// there are, so that the newest is the one made last, also where a clock was set back.
func (p *Place) next(now time.Time) (time.Time, error) {
	second := now.UTC().Truncate(time.Second)
	all, err := p.List()
	if err != nil || len(all) == 0 {
		return second, err
	}
	if newest := all[len(all)-1].Taken; !second.After(newest) {
		second = newest.Add(time.Second)
	}
	return second, nil
}

func (p *Place) folder() string { return filepath.Join(p.root, snapshotFolder) }

func (p *Place) path(id string) string { return filepath.Join(p.folder(), id+snapshotEnd) }

// List gives the snapshots, the oldest first.
func (p *Place) List() ([]Snapshot, error) {
	entries, err := os.ReadDir(filepath.Join(p.root, snapshotFolder))
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	found := []Snapshot{}
	for _, entry := range entries {
		id, ours := strings.CutSuffix(entry.Name(), snapshotEnd)
		if !ours || !idPattern.MatchString(id) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		taken, timeErr := time.Parse(idTime, strings.TrimSuffix(id, idLedger))
		if err := errors.Join(err, timeErr); err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		found = append(found, Snapshot{ID: id, Taken: taken, Bytes: info.Size(), Ledger: strings.HasSuffix(id, idLedger)})
	}
	slices.SortFunc(found, func(a, b Snapshot) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

// Find gives a snapshot by its id; the newest where id is empty.
func (p *Place) Find(id string) (Snapshot, error) {
	all, err := p.List()
	if err != nil {
		return Snapshot{}, err
	}
	for _, snapshot := range slices.Backward(all) {
		if id == "" || snapshot.ID == id {
			return snapshot, nil
		}
	}
	return Snapshot{}, fmt.Errorf("%w: %q", ErrNoSnapshot, id)
}

// publish writes a snapshot whole or not at all, and gives its size and SHA-256.
func (p *Place) publish(id string, write func(io.Writer) error) (size int64, digest string, err error) {
	if _, err := os.Lstat(p.path(id)); err == nil {
		return 0, "", fmt.Errorf("backup: snapshot %s: %w", id, fs.ErrExist)
	}
	temporary := filepath.Join(p.root, snapshotFolder, unfinishedMark+rand.Text())
	file, err := p.system.Create(temporary)
	if err != nil {
		return 0, "", fmt.Errorf("backup: %w", err)
	}
	sum := sha256.New()
	counted := &counter{to: io.MultiWriter(file, sum)}
	err = write(counted)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = p.system.Rename(temporary, p.path(id))
	}
	if err != nil {
		return 0, "", errors.Join(fmt.Errorf("backup: snapshot: %w", err), p.system.Remove(temporary))
	}
	if err := p.system.SyncFolder(filepath.Join(p.root, snapshotFolder)); err != nil {
		return 0, "", fmt.Errorf("backup: snapshot: %w", err)
	}
	return counted.count, hex.EncodeToString(sum.Sum(nil)), nil
}

type counter struct {
	to    io.Writer
	count int64
}

func (c *counter) Write(content []byte) (int, error) {
	n, err := c.to.Write(content)
	c.count += int64(n)
	return n, err
}

// content is what is known of a content beside the snapshots.
type content struct {
	size   int64
	digest string // SHA-256, hex
}

// has says what is known of a content; false where it is not wholly there.
func (p *Place) has(ctx context.Context, name string) (content, bool, error) {
	info, err := p.contents.Stat(ctx, dataPrefix+name)
	var digest []byte
	if err == nil {
		digest, err = blob.ReadAll(ctx, p.contents, digestPrefix+name, sha256.Size*2)
	}
	if errors.Is(err, blob.ErrNotFound) {
		return content{}, false, nil
	}
	if err != nil {
		return content{}, false, fmt.Errorf("backup: %w", err)
	}
	return content{info.Size, string(digest)}, true, nil
}

// keep copies a content to beside the snapshots; its digest, written last, says that
// it is there.
func (p *Place) keep(ctx context.Context, name string, from io.Reader) (content, error) {
	writer, err := p.contents.Create(ctx, dataPrefix+name)
	if err != nil {
		return content{}, fmt.Errorf("backup: %w", err)
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(writer, sum), from)
	if err != nil {
		return content{}, errors.Join(fmt.Errorf("backup: copy %s: %w", name, err), writer.Abort())
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	err = writer.Commit(ctx)
	if err == nil {
		err = blob.WriteAll(ctx, p.contents, digestPrefix+name, []byte(digest))
	}
	if err != nil {
		return content{}, fmt.Errorf("backup: %w", err)
	}
	return content{size, digest}, nil
}

// check reads a content to its end, into to as well, and fails with ErrContent where
// it is not what it was.
func (p *Place) check(ctx context.Context, name string, wanted content, to io.Writer) error {
	reader, err := p.contents.Open(ctx, dataPrefix+name, 0)
	if errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("%w: %s is not there", ErrContent, name)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(sum, to), io.LimitReader(reader, wanted.size+1))
	if err = errors.Join(err, reader.Close()); err != nil {
		return fmt.Errorf("backup: %s: %w", name, err)
	}
	if size != wanted.size || hex.EncodeToString(sum.Sum(nil)) != wanted.digest {
		return fmt.Errorf("%w: %s is another than was copied", ErrContent, name)
	}
	return nil
}
