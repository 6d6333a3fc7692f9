package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"dengji/backup/archive"
	"dengji/gateway/evidence/blob"
)

// Pruned says what Prune has removed.
type Pruned struct {
	Snapshots []string `json:"snapshots"`
	Contents  int64    `json:"contents"`
	Bytes     int64    `json:"bytes"`   // of the contents
	Checked   bool     `json:"checked"` // whether contents were looked at
}

// Prune removes all but the newest snapshots, at least one of which stays; of those
// with ledgers, the newest stays in any case. With identities that open what stays, it
// then removes the contents that no snapshot counts on; without, it leaves contents
// alone. A snapshot that does not open keeps every content. Memory grows with the
// number of contents, by some 100 bytes each.
func (p *Place) Prune(ctx context.Context, keep int, identities []age.Identity) (pruned Pruned, err error) {
	pruned.Snapshots = []string{}
	if keep < 1 {
		return pruned, errors.New("backup: at least one snapshot has to stay")
	}
	end, err := p.alone(ctx)
	if err != nil {
		return pruned, err
	}
	defer func() { err = errors.Join(err, end()) }()
	all, err := p.List()
	if err != nil {
		return pruned, err
	}
	staying, going := divide(all, keep)
	for _, snapshot := range going {
		if err := p.system.Remove(p.path(snapshot.ID)); err != nil {
			return pruned, fmt.Errorf("backup: %w", err)
		}
		pruned.Snapshots = append(pruned.Snapshots, snapshot.ID)
	}
	if err := p.system.SyncFolder(p.folder()); err != nil { // before a content goes
		return pruned, fmt.Errorf("backup: %w", err)
	}
	if len(identities) == 0 {
		return pruned, nil
	}
	named := map[string]bool{}
	for _, snapshot := range staying {
		if err := p.named(ctx, snapshot, identities, named); err != nil {
			return pruned, fmt.Errorf("backup: no content was removed: snapshot %s: %w", snapshot.ID, err)
		}
	}
	pruned.Checked = true
	return pruned, p.drop(ctx, named, &pruned)
}

// divide says which snapshots stay.
func divide(all []Snapshot, keep int) (staying, going []Snapshot) {
	lastLedger := -1
	for n, snapshot := range all {
		if snapshot.Ledger {
			lastLedger = n
		}
	}
	for n, snapshot := range all {
		if n >= len(all)-keep || n == lastLedger {
			staying = append(staying, snapshot)
		} else {
			going = append(going, snapshot)
		}
	}
	return staying, going
}

// named adds the contents that a snapshot counts on.
func (p *Place) named(ctx context.Context, snapshot Snapshot, identities []age.Identity, named map[string]bool) error {
	file, err := os.Open(p.path(snapshot.ID))
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	whole := false
	limit := func(string) int64 { return unlimited }
	err = archive.Read(ctx, file, identities, limit, func(entry archive.Entry, content io.Reader) (func(archive.Entry) error, error) {
		switch entry.Name {
		case evidenceList:
			return nil, readList(content, func(line evidenceLine) error {
				named[line.Blob] = true
				return nil
			})
		case manifestName:
			manifest, err := parseManifest(io.LimitReader(content, maxManifest))
			for _, file := range manifest.Shared {
				named[file.Content] = true
			}
			whole = err == nil
			return nil, err
		default:
			return nil, nil
		}
	})
	if err == nil && !whole {
		err = ErrManifest
	}
	return err
}

// drop removes the contents that are not named: the digest first, so that a content
// without one counts as not there.
func (p *Place) drop(ctx context.Context, named map[string]bool, pruned *Pruned) error {
	err := p.contents.List(ctx, dataPrefix, func(info blob.Info) error {
		name := strings.TrimPrefix(info.Name, dataPrefix)
		if named[name] {
			return nil
		}
		if err := p.contents.Remove(ctx, digestPrefix+name); err != nil {
			return err
		}
		pruned.Contents++
		pruned.Bytes += info.Size
		return p.contents.Remove(ctx, info.Name)
	})
	if err != nil {
		return fmt.Errorf("backup: prune: %w", err)
	}
	return nil
}
