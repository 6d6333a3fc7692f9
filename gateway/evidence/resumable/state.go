package resumable

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/sealing"
)

// state is what is known of an unfinished upload. It is one sealed blob, replaced
// as a whole after each part: its commit is what makes a part count.
type state struct {
	Schema   int               `json:"schema"`
	Size     int64             `json:"size"` // of the whole file, as announced
	Metadata map[string]string `json:"metadata,omitempty"`
	Key      []byte            `json:"key"` // each part's key is derived from it
	Parts    []part            `json:"parts"`
}

// part is a stretch of the file, in order.
type part struct {
	Blob string `json:"blob"` // random, and so the label of the part's key too
	Size int64  `json:"size"`
}

const (
	stateSchema = 1
	maxState    = 2 * sealing.MaxSecret // bytes, sealed
)

// Names of the blobs, under uploads/<hidden owner>/<id>/.
const (
	uploadsPrefix = "uploads/"
	stateName     = "state"
	partPrefix    = "part-"
)

var idPattern = regexp.MustCompile(`^[a-z2-7]{26}$`)

// place names an upload.
type place struct{ owner, id string }

func (p place) prefix() string { return uploadsPrefix + blob.HideName(p.owner) + "/" + p.id + "/" }

func (p place) context() string { return "unfinished upload " + p.prefix() }

func (s state) offset() int64 {
	var offset int64
	for _, part := range s.Parts {
		offset += part.Size
	}
	return offset
}

// load reads a state. It fails with fault.NotFound, fault.EvidenceDamaged or
// fault.StoreUnavailable.
func (u *Uploads) load(ctx context.Context, at place) (state, error) {
	if !idPattern.MatchString(at.id) {
		return state{}, fault.New(fault.NotFound, fault.Field("upload"))
	}
	sealed, err := blob.ReadAll(ctx, u.options.Blobs, at.prefix()+stateName, maxState)
	if err != nil {
		return state{}, readFault(err)
	}
	text, err := u.options.Sealer.Open(ctx, string(sealed), at.context())
	if err != nil {
		return state{}, readFault(err)
	}
	var s state
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil || s.Schema != stateSchema {
		return state{}, fault.New(fault.EvidenceDamaged, fault.Cause(fmt.Errorf("resumable: state of schema %d: %w", s.Schema, err)))
	}
	return s, nil
}

// save makes a state durable.
func (u *Uploads) save(ctx context.Context, at place, s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("resumable: format state: %w", err)
	}
	sealed, err := u.options.Sealer.Seal(ctx, text, at.context())
	if err == nil {
		err = blob.WriteAll(ctx, u.options.Blobs, at.prefix()+stateName, []byte(sealed))
	}
	if err != nil {
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
	return nil
}

func readFault(err error) error {
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return fault.New(fault.NotFound, fault.Field("upload"))
	case errors.Is(err, sealing.ErrDamaged):
		return fault.New(fault.EvidenceDamaged, fault.Cause(err))
	default:
		return fault.New(fault.StoreUnavailable, fault.Cause(err))
	}
}
