package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"dengji/gateway/evidence"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/folder"
)

// Where evidence lies in a home, and the names below (see package evidence).
const (
	evidenceFolder = "gateway/evidence"
	ownersPrefix   = "owners/"
	headsPrefix    = "heads/"
	maxHead        = 4 << 10 // bytes
)

// addEvidence copies the contents that headers name to beside the snapshots, and lists
// them with headers and owners' marks. Marks come first, then headers, each with its
// content: the reverse of the order in which they are written.
func (c *creating) addEvidence(ctx context.Context) error {
	if c.Elsewhere || !isFolder(c.place(evidenceFolder)) {
		return nil
	}
	store, err := folder.New(c.place(evidenceFolder))
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	path := filepath.Join(c.Home, staging, evidenceList)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	list := listing{creating: c, store: store, to: bufio.NewWriter(file)}
	err = store.List(ctx, ownersPrefix, func(info blob.Info) error {
		return list.write(evidenceLine{Owner: strings.TrimPrefix(info.Name, ownersPrefix)})
	})
	if err == nil {
		err = store.List(ctx, headsPrefix, func(info blob.Info) error { return list.head(ctx, strings.TrimPrefix(info.Name, headsPrefix)) })
	}
	if err = errors.Join(err, list.to.Flush(), file.Close()); err != nil {
		return fmt.Errorf("backup: evidence: %w", err)
	}
	return errors.Join(c.add(evidenceList, path), os.Remove(path))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// listing writes the list of evidence.
type listing struct {
	*creating
	store blob.Store
	to    *bufio.Writer
}

func (l *listing) write(line evidenceLine) error {
	text, err := json.Marshal(line)
	if err == nil {
		_, err = l.to.Write(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("backup: list: %w", err)
	}
	return nil
}

// attempts is how often a header is read anew because its file was replaced meanwhile.
const attempts = 3

// head lists a header and keeps its content. A header that is damaged, or names a
// content that is not there, is listed as missing.
func (l *listing) head(ctx context.Context, cid string) error {
	for range attempts {
		head, err := blob.ReadAll(ctx, l.store, headsPrefix+cid, maxHead)
		if errors.Is(err, blob.ErrNotFound) {
			return nil // removed meanwhile
		}
		if err == nil {
			err = l.headWithContent(ctx, cid, head)
		}
		if !errors.Is(err, blob.ErrNotFound) {
			return err
		}
	}
	l.report.Missing = append(l.report.Missing, cid)
	return nil
}

// headWithContent fails with blob.ErrNotFound where the content is not there.
func (l *listing) headWithContent(ctx context.Context, cid string, head []byte) error {
	_, name, size, err := evidence.Stored(head)
	if err != nil {
		return fmt.Errorf("%w: header of %s: %w", blob.ErrNotFound, cid, err)
	}
	kept, err := l.keepContent(ctx, name, size)
	if err != nil {
		return err
	}
	l.manifest.EvidenceFiles++
	l.manifest.EvidenceBytes += kept.size
	l.report.EvidenceFiles++
	return l.write(evidenceLine{CID: cid, Header: string(head), Blob: name, Size: kept.size, SHA256: kept.digest})
}

func (l *listing) keepContent(ctx context.Context, name string, size int64) (content, error) {
	return l.keepOnce(ctx, name, size, func() (io.ReadCloser, error) { return l.store.Open(ctx, dataPrefix+name, 0) })
}

// readList visits every line of a list of evidence.
func readList(from io.Reader, visit func(evidenceLine) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() {
		var line evidenceLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("%w: list of evidence: %w", ErrManifest, err)
		}
		if err := visit(line); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: list of evidence: %w", ErrManifest, err)
	}
	return nil
}
