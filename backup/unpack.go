package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"golang.org/x/sys/unix"

	"dengji/backup/archive"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/durable"
)

// Reading says which snapshot is read, and how.
type Reading struct {
	Place      *Place
	ID         string // empty: the newest
	Identities []age.Identity
	SHA256     string            // of the snapshot's file as it was noted elsewhere; empty: not compared
	Checked    func(bytes int64) // counts contents beside the snapshot that were read; never nil
	Damaged    func(error) error // told of each content that is missing or damaged, wrapping ErrContent; what it returns ends the reading
}

// ErrAnother says that a snapshot is not the one that was noted: anybody who knows the
// public key and may write into the folder can put a snapshot there.
var ErrAnother = errors.New("backup: the snapshot is another than was noted")

// unpacking is a snapshot being read. Nothing that it has written counts before it
// has come to its end.
type unpacking struct {
	Reading
	target   string     // folder that becomes a home; empty: nothing is written
	copying  bool       // contents are copied to the target, instead of checked where they are
	store    blob.Store // evidence of the target
	read     []archive.Entry
	manifest *Manifest
	files    int64
	bytes    int64
}

// unpack reads a snapshot to its end and checks it against its manifest.
func (u *unpacking) unpack(ctx context.Context) (snapshot Snapshot, manifest Manifest, err error) {
	if snapshot, err = u.Place.Find(u.ID); err != nil {
		return snapshot, manifest, err
	}
	if err := u.compare(snapshot); err != nil {
		return snapshot, manifest, err
	}
	file, err := os.Open(u.Place.path(snapshot.ID))
	if err != nil {
		return snapshot, manifest, fmt.Errorf("backup: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	err = archive.Read(ctx, file, u.Identities, u.limit, func(entry archive.Entry, content io.Reader) (func(archive.Entry) error, error) {
		return u.visit(ctx, entry, content)
	})
	if err == nil {
		err = u.whole()
	}
	if err != nil {
		return snapshot, manifest, fmt.Errorf("snapshot %s: %w", snapshot.ID, err)
	}
	return snapshot, *u.manifest, u.shared(ctx)
}

// whole holds what was read against the manifest.
func (u *unpacking) whole() error {
	if u.manifest == nil {
		return fmt.Errorf("%w: it has none", ErrManifest)
	}
	if u.manifest.EvidenceFiles != u.files || u.manifest.EvidenceBytes != u.bytes {
		return fmt.Errorf("%w: %d files of evidence instead of %d", ErrManifest, u.files, u.manifest.EvidenceFiles)
	}
	return u.manifest.holds(u.read)
}

func (u *unpacking) compare(snapshot Snapshot) error {
	if u.SHA256 == "" {
		return nil
	}
	file, err := os.Open(u.Place.path(snapshot.ID))
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if digest := hex.EncodeToString(sum.Sum(nil)); digest != strings.ToLower(u.SHA256) {
		return fmt.Errorf("%w: %s has SHA-256 %s", ErrAnother, snapshot.ID, digest)
	}
	return nil
}

// unlimited is the largest file where nothing is written, in bytes.
const unlimited = 1 << 50

// limit keeps what is unpacked within the room that there is.
func (u *unpacking) limit(name string) int64 {
	if name == manifestName {
		return maxManifest
	}
	var system unix.Statfs_t
	if u.target == "" || unix.Statfs(u.target, &system) != nil {
		return unlimited
	}
	return int64(system.Bavail) * system.Bsize //nolint:gosec // far from overflowing
}

func (u *unpacking) visit(ctx context.Context, entry archive.Entry, content io.Reader) (func(archive.Entry) error, error) {
	if u.manifest != nil {
		return nil, fmt.Errorf("%w: %s follows the manifest", ErrManifest, entry.Name)
	}
	if entry.Name == manifestName {
		manifest, err := parseManifest(content)
		u.manifest = &manifest
		return nil, err
	}
	note := func(read archive.Entry) error {
		u.read = append(u.read, read)
		return nil
	}
	if entry.Name == evidenceList {
		return note, readList(content, func(line evidenceLine) error { return u.line(ctx, line) })
	}
	name, ok := inHome(entry.Name)
	if !ok {
		return nil, fmt.Errorf("%w: %s is no file of a home", ErrManifest, entry.Name)
	}
	return note, u.write(name, entry.Mode, content)
}

func inHome(name string) (string, bool) { return strings.CutPrefix(name, homePrefix) }

// write puts a file into the target.
func (u *unpacking) write(name string, mode fs.FileMode, content io.Reader) error {
	if u.target == "" {
		return nil
	}
	path := filepath.Join(u.target, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600|mode&0o100)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// line takes one line of the list of evidence.
func (u *unpacking) line(ctx context.Context, line evidenceLine) error {
	store, err := u.evidence()
	if err != nil {
		return err
	}
	if line.Owner != "" {
		return put(ctx, store, ownersPrefix+line.Owner, nil)
	}
	object, name, _, err := evidence.Stored([]byte(line.Header))
	if err != nil || object.CID != line.CID || name != line.Blob {
		return fmt.Errorf("%w: header of %.100q", ErrManifest, line.CID)
	}
	u.files++
	u.bytes += line.Size
	if err := u.take(ctx, name, content{line.Size, line.SHA256}); err != nil {
		return err
	}
	return put(ctx, store, headsPrefix+line.CID, []byte(line.Header)) // behind its content
}

func put(ctx context.Context, store blob.Store, name string, text []byte) error {
	if store == nil {
		return nil
	}
	return blob.WriteAll(ctx, store, name, text)
}

// take copies or checks a content that lies beside the snapshot.
func (u *unpacking) take(ctx context.Context, name string, wanted content) error {
	err := u.takeWhole(ctx, name, wanted)
	if errors.Is(err, ErrContent) {
		return u.Damaged(err)
	}
	if err == nil {
		u.Checked(wanted.size)
	}
	return err
}

func (u *unpacking) takeWhole(ctx context.Context, name string, wanted content) error {
	if !u.copying {
		return u.Place.check(ctx, name, wanted, io.Discard)
	}
	writer, err := u.store.Create(ctx, dataPrefix+name)
	if err != nil {
		return err
	}
	if err := u.Place.check(ctx, name, wanted, writer); err != nil {
		return errors.Join(err, writer.Abort())
	}
	return writer.Commit(ctx)
}

// evidence opens the evidence store of the target; nil where nothing is written.
func (u *unpacking) evidence() (blob.Store, error) {
	if u.target == "" || u.store != nil {
		return u.store, nil
	}
	path := filepath.Join(u.target, evidenceFolder)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	made, err := folder.NewOn(unsynced{durable.System}, path)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	u.store = made
	return made, nil
}

// shared brings back the files whose content lies beside the snapshot.
func (u *unpacking) shared(ctx context.Context) error {
	for _, file := range u.manifest.Shared {
		if TreatmentOf(file.Name) != Shared {
			return fmt.Errorf("%w: %s is no shared file", ErrManifest, file.Name)
		}
		if err := u.takeShared(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacking) takeShared(ctx context.Context, file SharedFile) error {
	wanted := content{file.Size, file.SHA256}
	if u.target == "" {
		return u.take(ctx, file.Content, wanted)
	}
	from, to := io.Pipe()
	checked := make(chan error, 1)
	go func() {
		err := u.Place.check(ctx, file.Content, wanted, to)
		_ = to.CloseWithError(err) // of a pipe: never fails
		checked <- err
	}()
	writeErr := u.write(file.Name, file.Mode, from)
	_ = from.Close() // of a pipe: never fails
	if err := <-checked; errors.Is(err, ErrContent) {
		return u.Damaged(err)
	}
	return writeErr
}

// unsynced leaves syncing to the end, when everything is synced at once.
type unsynced struct{ durable.FileSystem }

func (u unsynced) Create(path string) (durable.File, error) {
	file, err := u.FileSystem.Create(path)
	return unsyncedFile{file}, err
}

func (unsynced) SyncFolder(string) error { return nil }

type unsyncedFile struct{ durable.File }

func (unsyncedFile) Sync() error { return nil }
