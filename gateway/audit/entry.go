package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"dengji/chaincode/ledger"
)

// maxText bounds a field in bytes: a path is as long as its caller likes.
const maxText = 256

// Entry is one request. The order of its fields is what digests are made over: new
// ones MUST NOT stand before old ones, and MUST be left out while they are empty.
type Entry struct {
	Sequence  int64       `json:"sequence"` // 1, 2, 3, ... without a gap
	At        string      `json:"at"`       // RFC 3339, UTC
	Account   string      `json:"account"`  // empty for a guest
	Role      ledger.Role `json:"role"`     // as the certificate says
	Address   string      `json:"address"`
	Method    string      `json:"method"`
	Route     string      `json:"route"`
	Path      string      `json:"path"` // without its query
	Status    int         `json:"status"`
	Code      string      `json:"code"` // of a refusal
	TxID      string      `json:"txId"`
	RequestID string      `json:"requestId"`
	Digest    string      `json:"digest,omitempty"` // SHA-256, hex; not part of what it covers
}

// Head names the newest entry. Whoever notes it can say later whether the log up to
// there is what it was.
type Head struct {
	Sequence int64  `json:"sequence"`
	Digest   string `json:"digest"` // SHA-256, hex; empty before the first entry
}

// String writes a head as ParseHead reads it.
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Sequence, h.Digest) }

// ParseHead reads SEQUENCE:DIGEST.
func ParseHead(text string) (Head, error) {
	var head Head
	if _, err := fmt.Sscanf(text, "%d:%s", &head.Sequence, &head.Digest); err != nil {
		return head, fmt.Errorf("audit: a head is SEQUENCE:DIGEST: %w", err)
	}
	if raw, err := hex.DecodeString(head.Digest); err != nil || len(raw) != sha256.Size || head.Sequence < 1 || head.String() != text {
		return Head{}, fmt.Errorf("audit: %q is no head, SEQUENCE:DIGEST", text)
	}
	return head, nil
}

// bounded cuts what a caller chose to what is kept.
func (e Entry) bounded() Entry {
	for _, field := range []*string{&e.Account, &e.Address, &e.Method, &e.Route, &e.Path, &e.Code, &e.TxID, &e.RequestID} {
		*field = cut(*field)
	}
	return e
}

// cut keeps valid UTF-8 of at most maxText bytes, as JSON would change anything else.
func cut(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// after gives the digest of the entry behind one with the digest before.
func (e Entry) after(before []byte) ([]byte, error) {
	e.Digest = ""
	content, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	sum := sha256.New()
	sum.Write(before)
	sum.Write(content)
	return sum.Sum(nil), nil
}
