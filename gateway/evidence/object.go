package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"dengji/chaincode/canonical"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/sealing"
)

// Object describes a stored file. It is what gets anchored on the ledger.
type Object struct {
	contentid.ContentID
	MediaType string `json:"mediaType"` // sniffed from the content, never as claimed
}

// header is what the store keeps about an object beside its sealed content. Every
// field is authenticated: the data key opens only in the context of the others.
type header struct {
	Schema int    `json:"schema"`
	Form   string `json:"form"` // of the sealed content
	Object Object `json:"object"`
	Blob   string `json:"blob"` // random name of the sealed content
	Key    string `json:"key"`  // the data key, sealed under a master key
}

const (
	headerSchema = 1
	maxHeader    = 4 << 10 // bytes
	maxMediaType = 128     // bytes
)

var errHeader = errors.New("evidence: invalid object header")

var blobPattern = regexp.MustCompile(`^[a-z2-7]{26}$`)

// parseHeader reads a header. It takes only what format writes.
func parseHeader(content []byte) (header, error) {
	var h header
	if len(content) > maxHeader {
		return h, fmt.Errorf("%w: %d bytes", errHeader, len(content))
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&h); err != nil {
		return header{}, fmt.Errorf("%w: %w", errHeader, err)
	}
	if err := h.check(); err != nil {
		return header{}, err
	}
	again, err := h.format()
	if err != nil || !bytes.Equal(again, content) {
		return header{}, fmt.Errorf("%w: not in canonical form", errHeader)
	}
	return h, nil
}

func (h header) check() error {
	switch {
	case h.Schema != headerSchema:
		return fmt.Errorf("%w: schema %d", errHeader, h.Schema)
	case h.Form != sealing.StreamForm:
		return fmt.Errorf("%w: form %q", errHeader, h.Form)
	case !contentid.IsCID(h.Object.CID), !canonical.IsDigest(h.Object.SM3), h.Object.Size < 0:
		return fmt.Errorf("%w: content id", errHeader)
	case len(h.Object.MediaType) > maxMediaType:
		return fmt.Errorf("%w: media type", errHeader)
	case !blobPattern.MatchString(h.Blob):
		return fmt.Errorf("%w: blob name", errHeader)
	}
	return nil
}

func (h header) format() ([]byte, error) {
	content, err := canonical.JSON(h)
	if err != nil {
		return nil, fmt.Errorf("evidence: format header: %w", err)
	}
	return content, nil
}

// keyContext is what the sealed data key is bound to: all of the header but itself.
func (h header) keyContext() (string, error) {
	h.Key = ""
	content, err := h.format()
	if err != nil {
		return "", err
	}
	return "evidence object " + string(content), nil
}

// Stored says what a header that was read as it lies in its blob speaks of: the file,
// the blob below data/ that holds its content, and how large that is, in bytes. It
// needs no key, and so cannot tell whether the header was changed.
func Stored(head []byte) (object Object, content string, size int64, err error) {
	h, err := parseHeader(head)
	if err != nil {
		return Object{}, "", 0, err
	}
	return h.Object, h.Blob, sealing.SealedSize(h.Object.Size), nil
}
