package backup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"dengji/backup/archive"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/profile"
)

// Files of a home that belong to the backup itself.
const (
	homeLock = "backup.lock"
	staging  = "backup-staging"
)

// Errors of Create.
var (
	// ErrRunning refuses to copy ledgers that are in use.
	ErrRunning = errors.New("backup: nodes are running; a copy of the ledger takes: dengji down")
	// ErrMissing says that evidence lacks its content in the store itself. The snapshot
	// was made all the same, without it.
	ErrMissing = errors.New("backup: the snapshot was made, but evidence is missing in the store; see: dengji gateway inspect")
)

// Creation makes a snapshot.
type Creation struct {
	Home       string
	Place      *Place
	Recipients []age.Recipient
	MasterKeys bool                                // take the master keys, too
	LedgerData bool                                // take the nodes' ledgers, too
	Elsewhere  bool                                // evidence is kept by another backend than the home's folder
	Tip        func(context.Context) (*Tip, error) // nil: the ledger cannot be asked
	Clock      func() time.Time
	Note       func(format string, arguments ...any) // says what is being done; never nil
	Copied     func(bytes int64)                     // counts what was copied beside the snapshots; never nil
}

// Report says what Create has done.
type Report struct {
	Snapshot
	SHA256        string   `json:"sha256"` // of the snapshot's file
	Seconds       float64  `json:"seconds"`
	Files         int      `json:"files"`
	EvidenceFiles int64    `json:"evidenceFiles"`
	NewContents   int64    `json:"newContents"` // copied now, beside the snapshot
	NewBytes      int64    `json:"newBytes"`
	Missing       []string `json:"missing"` // CIDs of evidence whose content the store lacks
	Unknown       []string `json:"unknown"` // files that the inventory does not know; they were copied
	LedgerTip     *Tip     `json:"ledgerTip,omitempty"`
	Elsewhere     []string `json:"elsewhere"` // what has to be kept apart from this backup
}

// creating is a snapshot on its way.
type creating struct {
	Creation
	archive  *archive.Writer
	manifest Manifest
	report   Report
}

// Create makes a snapshot, while the gateway and the network run. Databases come
// first, then evidence, then keys and other files: whatever is named by one stands in
// what is copied after it. A broken-off Create leaves no snapshot, and the contents
// that it has copied need not be copied again.
func (c Creation) Create(ctx context.Context) (report Report, err error) {
	begin := time.Now()
	end, err := c.begin(ctx)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	taken, err := c.Place.next(c.Clock())
	if err != nil {
		return Report{}, err
	}
	work := &creating{Creation: c, manifest: Manifest{Format: manifestFormat, Taken: taken, MasterKeys: c.MasterKeys, LedgerData: c.LedgerData},
		report: Report{Snapshot: Snapshot{ID: snapshotID(taken, c.LedgerData), Taken: taken, Ledger: c.LedgerData}, Missing: []string{}, Unknown: []string{}, Elsewhere: []string{}}}
	size, digest, err := c.Place.publish(work.report.ID, func(to io.Writer) (err error) {
		if work.archive, err = archive.NewWriter(to, taken, c.Recipients...); err != nil {
			return err
		}
		return work.fill(ctx)
	})
	if err != nil {
		return Report{}, err
	}
	work.report.Bytes, work.report.SHA256, work.report.Seconds = size, digest, time.Since(begin).Seconds()
	if len(work.report.Missing) > 0 {
		err = fmt.Errorf("%w: %d files", ErrMissing, len(work.report.Missing))
	}
	return work.report, err
}

// begin keeps other backups away and makes room for copies of databases.
func (c Creation) begin(ctx context.Context) (end func() error, err error) {
	lock := flock.New(filepath.Join(c.Home, homeLock), flock.SetPermissions(0o600))
	taken, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if !taken {
		return nil, ErrBusy
	}
	ends := []func() error{lock.Close}
	stop := func() error {
		var failures []error
		for n := len(ends) - 1; n >= 0; n-- {
			failures = append(failures, ends[n]())
		}
		return errors.Join(failures...)
	}
	for _, step := range []func(context.Context) (func() error, error){c.Place.alone, c.stage, c.still} {
		ended, err := step(ctx)
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		ends = append(ends, ended)
	}
	return stop, nil
}

func (c Creation) stage(context.Context) (func() error, error) {
	folder := filepath.Join(c.Home, staging)
	if err := errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700)); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return func() error { return os.RemoveAll(folder) }, nil
}

// still sees to it that no node runs, and none is started, while ledgers are copied.
func (c Creation) still(context.Context) (func() error, error) {
	if !c.LedgerData {
		return func() error { return nil }, nil
	}
	launcher := flock.New(layout.Home(c.Home).Lock(), flock.SetPermissions(0o600))
	taken, err := launcher.TryLock()
	if err == nil && !taken {
		err = ErrRunning
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	running, err := process.List(c.Home)
	if err == nil && len(running) > 0 {
		err = ErrRunning
	}
	if err != nil {
		return nil, errors.Join(err, launcher.Close())
	}
	return launcher.Close, nil
}

func (c *creating) fill(ctx context.Context) error {
	c.askLedger(ctx)
	files, err := c.look()
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return c.each(ctx, files[Database], c.addDatabase) },
		func() error { return c.addEvidence(ctx) },
		func() error { return c.each(ctx, files[Shared], c.addShared) },
		func() error { return c.each(ctx, files[MasterKeys], c.addFile) },
		func() error { return c.each(ctx, files[Copied], c.addFile) },
		func() error { return c.each(ctx, files[LedgerData], c.addFile) },
		func() error { return c.each(ctx, files[Unknown], c.addFile) },
		c.addManifest,
		c.archive.Close,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *creating) askLedger(ctx context.Context) {
	tip, err := c.Tip(ctx)
	if err != nil {
		c.Note("no peer says how high the ledger is: %s", err)
		return
	}
	c.manifest.Ledger, c.report.LedgerTip = tip, tip
	if tip != nil {
		c.Note("ledger %s has %d blocks", tip.Channel, tip.Height)
	}
}

// look finds the files of the home by what is to be done with them, as paths with
// slashes.
func (c *creating) look() (map[Treatment][]string, error) {
	found := map[Treatment][]string{}
	err := filepath.WalkDir(c.Home, func(place string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(c.Home, place)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if entry.Type().IsRegular() { // links, sockets and pipes say nothing elsewhere
			found[TreatmentOf(name)] = append(found[TreatmentOf(name)], name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	c.setApart(found)
	return found, nil
}

// setApart leaves out what was not asked for, and says what has to be kept elsewhere.
func (c *creating) setApart(found map[Treatment][]string) {
	c.report.Unknown = append(c.report.Unknown, found[Unknown]...)
	apart := []string{}
	if !c.MasterKeys && len(found[Database]) > 0 {
		apart = append(apart, "master keys of the gateway")
		delete(found, MasterKeys)
	}
	if !c.LedgerData {
		delete(found, LedgerData)
	}
	if c.Elsewhere {
		apart = append(apart, "evidence: it is kept by another backend than the folder of the home")
	}
	if connection, err := profile.ReadConnection(c.Home); err == nil {
		for _, path := range []string{connection.SlipKey, connection.SlipChain} {
			if path != "" && !strings.HasPrefix(path, c.Home+string(filepath.Separator)) {
				apart = append(apart, "slip signer: "+path)
			}
		}
	}
	c.manifest.Elsewhere, c.report.Elsewhere = apart, apart
}

func (c *creating) each(ctx context.Context, names []string, do func(context.Context, string) error) error {
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := do(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (c *creating) place(name string) string { return filepath.Join(c.Home, filepath.FromSlash(name)) }

// addFile copies a file as it is. One that was removed meanwhile is left out.
func (c *creating) addFile(_ context.Context, name string) error {
	return c.add(homePrefix+name, c.place(name))
}

func (c *creating) add(name, path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	entry, err := c.archive.Add(name, info.Mode(), info.Size(), file)
	if err != nil {
		return err
	}
	c.manifest.Files = append(c.manifest.Files, entry)
	return nil
}

// addShared copies a file that never changes under its name to beside the snapshots,
// unless it is there.
func (c *creating) addShared(ctx context.Context, name string) error {
	info, err := os.Stat(c.place(name))
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	under := "shared-" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "network/"), "/", "-"))
	kept, err := c.keepOnce(ctx, under, info.Size(), func() (io.ReadCloser, error) { return os.Open(c.place(name)) })
	if err != nil {
		return err
	}
	c.manifest.Shared = append(c.manifest.Shared, SharedFile{Content: under,
		Entry: archive.Entry{Name: name, Size: kept.size, Mode: info.Mode().Perm(), SHA256: kept.digest}})
	return nil
}

// keepOnce copies a content of a size unless it is there.
func (c *creating) keepOnce(ctx context.Context, name string, size int64, open func() (io.ReadCloser, error)) (content, error) {
	kept, there, err := c.Place.has(ctx, name)
	if err != nil || there && kept.size == size {
		return kept, err
	}
	reader, err := open()
	if err != nil {
		return content{}, err
	}
	kept, err = c.Place.keep(ctx, name, reader)
	if err = errors.Join(err, reader.Close()); err != nil {
		return content{}, err
	}
	c.report.NewContents++
	c.report.NewBytes += kept.size
	c.Copied(kept.size)
	return kept, nil
}

func (c *creating) addManifest() error {
	c.report.Files = len(c.manifest.Files)
	text, err := json.Marshal(c.manifest)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if len(text) > maxManifest {
		return fmt.Errorf("backup: a manifest of %d bytes is over %d", len(text), maxManifest)
	}
	_, err = c.archive.Add(manifestName, 0o600, int64(len(text)), bytes.NewReader(text))
	return err
}
