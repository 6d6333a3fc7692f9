package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"dengji/backup/archive"
)

// Names inside a snapshot.
const (
	homePrefix   = "home/"          // home/<path>: a file of the home
	evidenceList = "evidence.jsonl" // one evidenceLine a line
	manifestName = "manifest.json"  // the last entry
)

const (
	manifestFormat = 1
	maxManifest    = 64 << 20 // bytes
)

// Tip is the end of the ledger at a moment.
type Tip struct {
	Channel   string `json:"channel"`
	Height    uint64 `json:"height"`    // blocks
	BlockHash string `json:"blockHash"` // of the newest block, hex
}

// SharedFile is a file of the home whose content lies beside the snapshots.
type SharedFile struct {
	archive.Entry
	Content string `json:"content"` // its name there
}

// Manifest says what a snapshot consists of. It is the snapshot's last entry.
type Manifest struct {
	Format int       `json:"format"`
	Taken  time.Time `json:"taken"`
	// Ledger is what the ledger was before anything was copied: of the blocks up to
	// there, the snapshot holds everything that lies beside the ledger. Nil where no
	// peer answered.
	Ledger        *Tip            `json:"ledger,omitempty"`
	MasterKeys    bool            `json:"masterKeys"`    // they are in it
	LedgerData    bool            `json:"ledgerData"`    // it is in it
	EvidenceFiles int64           `json:"evidenceFiles"` // whose contents it counts on
	EvidenceBytes int64           `json:"evidenceBytes"` // of these contents
	Elsewhere     []string        `json:"elsewhere,omitempty"`
	Files         []archive.Entry `json:"files"`
	Shared        []SharedFile    `json:"shared,omitempty"`
}

// ErrManifest says that a snapshot is none of ours, or not whole.
var ErrManifest = errors.New("backup: the snapshot is not what its manifest says")

func parseManifest(content io.Reader) (Manifest, error) {
	var manifest Manifest
	text, err := io.ReadAll(content)
	if err != nil {
		return manifest, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&manifest); err != nil {
		return manifest, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if manifest.Format != manifestFormat {
		return manifest, fmt.Errorf("%w: format %d; this release reads %d", ErrManifest, manifest.Format, manifestFormat)
	}
	return manifest, nil
}

// holds compares what was read with what should be there.
func (m Manifest) holds(read []archive.Entry) error {
	if len(read) != len(m.Files) {
		return fmt.Errorf("%w: %d files instead of %d", ErrManifest, len(read), len(m.Files))
	}
	for n, entry := range read {
		if entry != m.Files[n] {
			return fmt.Errorf("%w: %s", ErrManifest, entry.Name)
		}
	}
	return nil
}

// evidenceLine is a line of the list of evidence: a header with the content that it
// counts on, or the mark of an owner.
type evidenceLine struct {
	Owner  string `json:"owner,omitempty"`  // name of the mark below owners/
	CID    string `json:"cid,omitempty"`    // name of the header below heads/
	Header string `json:"header,omitempty"` // its content
	Blob   string `json:"blob,omitempty"`   // name of the content
	Size   int64  `json:"size,omitempty"`   // of the content, bytes
	SHA256 string `json:"sha256,omitempty"` // of the content
}

// maxLine bounds a line of the list, in bytes.
const maxLine = 16 << 10
