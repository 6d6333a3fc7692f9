package backup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/sealing"
)

// Errors of Restore.
var (
	// ErrOccupied refuses to restore over something.
	ErrOccupied = errors.New("backup: the home folder is not empty; a backup is restored into one that is not there")
	// ErrNoMasterKeys says that the snapshot lacks the master keys and none were given.
	ErrNoMasterKeys = errors.New("backup: the snapshot holds no master keys, without which evidence and accounts stay closed: give them (--master-key FILE), or put them into gateway/master-key before the gateway starts (--without-master-key)")
	// ErrNoLedgerData says that ledgers are asked for that are not in the snapshot.
	ErrNoLedgerData = errors.New("backup: the snapshot holds no ledgers; it was not made with --ledger")
)

// Restoration makes a home from a snapshot.
type Restoration struct {
	Reading
	Home              string
	MasterKey         string // file of master keys, where the snapshot holds none
	WithoutMasterKeys bool   // they are brought later
	LedgerData        bool   // bring the nodes' ledgers back, too: only where no other node of the channel lives
}

// Restored says what Restore has brought back.
type Restored struct {
	Snapshot Snapshot `json:"snapshot"`
	Manifest Manifest `json:"manifest"`
}

// Restore makes the home: everything or nothing. Whatever of the snapshot does not
// hold ends it, and leaves no home.
func (r Restoration) Restore(ctx context.Context) (restored Restored, err error) {
	home, err := filepath.Abs(r.Home)
	if err != nil {
		return Restored{}, fmt.Errorf("backup: %w", err)
	}
	if err := vacant(home); err != nil {
		return Restored{}, err
	}
	target := home + ".restoring-" + rand.Text()
	if err := os.MkdirAll(target, 0o700); err != nil {
		return Restored{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(target)) }() // gone already when all went well
	reading := r.Reading
	reading.Damaged = func(err error) error { return err }
	work := &unpacking{Reading: reading, target: target, copying: true}
	if restored.Snapshot, restored.Manifest, err = work.unpack(ctx); err != nil {
		return Restored{}, err
	}
	if err := errors.Join(r.masterKeys(target, restored.Manifest), r.ledgers(target, restored.Manifest)); err != nil {
		return Restored{}, err
	}
	return restored, settle(target, home)
}

func vacant(home string) error {
	entries, err := os.ReadDir(home)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w: %s", ErrOccupied, home)
	}
	return nil
}

// masterKeys puts the given master keys into their place.
func (r Restoration) masterKeys(target string, manifest Manifest) error {
	if !hasGateway(manifest) || r.WithoutMasterKeys {
		return nil
	}
	if r.MasterKey == "" {
		if !manifest.MasterKeys {
			return ErrNoMasterKeys
		}
		return nil
	}
	if _, err := sealing.LoadKeyFile(r.MasterKey); err != nil {
		return err
	}
	text, err := os.ReadFile(r.MasterKey)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return durable.ReplaceFile(filepath.Join(target, masterKeyPath), text)
}

// Paths of the gateway in a home.
const (
	masterKeyPath = "gateway/master-key"
	gatewayPath   = "gateway"
	databasePath  = "gateway/gateway.db"
)

func hasGateway(manifest Manifest) bool {
	for _, entry := range manifest.Files {
		if entry.Name == homePrefix+databasePath {
			return true
		}
	}
	return false
}

// ledgers drops ledgers that were not asked for: a node that comes back with an old
// ledger among living ones has forgotten what it has signed since.
func (r Restoration) ledgers(target string, manifest Manifest) error {
	if r.LedgerData && !manifest.LedgerData {
		return ErrNoLedgerData
	}
	if r.LedgerData || !manifest.LedgerData {
		return nil
	}
	for _, name := range []string{"data", "snapshots"} {
		found, err := filepath.Glob(filepath.Join(target, "network/organisations/*/nodes/*", name))
		if err != nil {
			return fmt.Errorf("backup: %w", err)
		}
		for _, folder := range found {
			if err := os.RemoveAll(folder); err != nil {
				return fmt.Errorf("backup: %w", err)
			}
		}
	}
	return nil
}

// settle makes everything durable and then the target the home.
func settle(target, home string) error {
	folder, err := os.Open(target)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = unix.Syncfs(int(folder.Fd())) //nolint:gosec // a descriptor fits an int
	if err = errors.Join(err, folder.Close()); err != nil {
		return fmt.Errorf("backup: sync: %w", err)
	}
	if err := os.Remove(home); err != nil && !errors.Is(err, os.ErrNotExist) { // takes an empty folder only
		return fmt.Errorf("%w: %w", ErrOccupied, err)
	}
	if err := durable.System.Rename(target, home); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := durable.System.SyncFolder(filepath.Dir(home)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Verified says what Verify has read.
type Verified struct {
	Snapshot Snapshot `json:"snapshot"`
	Manifest Manifest `json:"manifest"`
	Findings []string `json:"findings"` // contents that are missing or damaged
}

// Verify reads a snapshot to its end, with every content that it counts on, and writes
// nothing. Contents that do not hold are listed, all of them; a snapshot that does not
// hold is an error.
func (r Reading) Verify(ctx context.Context) (Verified, error) {
	verified := Verified{Findings: []string{}}
	r.Damaged = func(err error) error {
		verified.Findings = append(verified.Findings, err.Error())
		return nil
	}
	var err error
	verified.Snapshot, verified.Manifest, err = (&unpacking{Reading: r}).unpack(ctx)
	return verified, err
}
