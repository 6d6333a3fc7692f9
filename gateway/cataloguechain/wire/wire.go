package wire

import (
	_ "embed"
	"encoding/json"

	"dengji/chaincode/canonical"
)

// Description is the interface's OpenAPI document.
//
//go:embed catalogue-chain.yaml
var Description []byte

// PathBlocks gives a BlockPage: GET ?from=&limit=.
const PathBlocks = "/v1/blocks"

// Bounds of the interface.
const (
	MaxPage     = 100      // blocks of a page
	MaxDocument = 16 << 20 // bytes of a page
	MaxChanges  = 1000     // changes of a block
	MaxContent  = 1 << 20  // bytes of an entry's content
)

// Action says what a change does to an entry.
type Action string

// The actions of a change.
const (
	Put      Action = "put"      // a new version of the entry's content
	Withdraw Action = "withdraw" // the entry is no longer offered
)

// Change is one version of a catalogue entry.
type Change struct {
	TxID     string          `json:"txId"`
	EntryID  string          `json:"entryId"`
	Provider string          `json:"provider"` // USCC
	Version  int             `json:"version"`  // of the entry, from 1
	Action   Action          `json:"action"`
	Content  json.RawMessage `json:"content,omitempty"` // of a put: an object with the titles of the directory guide
	Digest   string          `json:"digest"`            // of the content's canonical JSON; of a withdrawal: of null
	Reason   string          `json:"reason,omitempty"`  // of a withdrawal
}

// ContentDigest is the digest that the content has by itself.
func (c Change) ContentDigest() (string, error) {
	if len(c.Content) == 0 {
		return canonical.DigestOf([]byte("null")), nil
	}
	return canonical.Digest(c.Content)
}

// Header is what the nodes sign of a block.
type Header struct {
	Chain    string `json:"chain"`
	Number   int64  `json:"number"`   // from 1, without a gap
	Previous string `json:"previous"` // digest of the header before; empty in the first block
	Changes  string `json:"changes"`  // digest of the changes' canonical JSON
	At       string `json:"at"`       // RFC 3339 UTC
}

// Digest is the SM3 digest of the header's canonical JSON.
func (h Header) Digest() (string, error) { return canonical.Digest(h) }

// Signed is a header with what the nodes say to it.
type Signed struct {
	Header     Header      `json:"header"`
	Signatures []Signature `json:"signatures"`
}

// Block is a signed header with its changes.
type Block struct {
	Signed
	Changes []Change `json:"changes"`
}

// BlockPage is a run of blocks in the order of their numbers, and the newest
// header of the chain.
type BlockPage struct {
	Head   Signed  `json:"head"`
	Blocks []Block `json:"blocks"`
}
