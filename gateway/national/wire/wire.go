package wire

import (
	_ "embed"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
)

// Description is the interface's OpenAPI document.
//
//go:embed national.yaml
var Description []byte

// Schema is the version of the documents.
const Schema = 1

// Paths of the national platform.
const (
	PathDeliveries    = "/v1/deliveries"    // POST a Delivery, gives a Receipt
	PathRegistrations = "/v1/registrations" // GET ?after=&limit=, gives a StatePage; GET /{code}, gives a State
)

// Headers of the interface. A signature is SM2-with-SM3 over Message, in base64.
const (
	HeaderKey       = "Idempotency-Key"
	HeaderSignature = "X-Signature"
)

// MaxDocument bounds every document, in bytes.
const MaxDocument = 1 << 20

// MaxPage bounds a page of states.
const MaxPage = 500

// Kind says why a record is sent.
type Kind string

// The kinds of deliveries.
const (
	KindFirst   Kind = "first"   // a new registration
	KindVersion Kind = "version" // a change, correction or renewal
	KindSlip    Kind = "slip"    // the slip of a version has been signed
	KindEnd     Kind = "end"     // cancelled, expired or revoked
)

// Record is a registration as the national platform gets it: what is public, and
// nothing that proves possession of the slip.
type Record struct {
	Code       string                    `json:"code"`
	Version    int                       `json:"version"`
	Status     ledger.RegistrationStatus `json:"status"`
	Kind       ledger.Kind               `json:"kind"`
	Registrant string                    `json:"registrant"` // USCC
	Joint      []string                  `json:"joint"`      // USCC of the other registrants
	Division   string                    `json:"division"`   // GB/T 2260
	Publicised ledger.Publicised         `json:"publicised"`
	IssuedAt   string                    `json:"issuedAt"`   // RFC 3339 UTC
	ValidFrom  string                    `json:"validFrom"`  // YYYY-MM-DD
	ValidUntil string                    `json:"validUntil"` // YYYY-MM-DD
	EndedAt    string                    `json:"endedAt,omitempty"`
	SlipDigest string                    `json:"slipDigest,omitempty"` // "sm3:" + hex
	TxID       string                    `json:"txId"`                 // of the transaction that made the version
}

// RecordOf gives what is sent of a registration.
func RecordOf(r ledger.Registration) Record {
	record := Record{Code: r.Code, Version: r.Version, Status: r.Status, Kind: r.Kind, Registrant: r.Registrant, Joint: []string{},
		Division: r.Division, Publicised: r.Publicised, IssuedAt: r.IssuedAt, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil,
		EndedAt: r.EndedAt, SlipDigest: r.SlipDigest, TxID: r.TxID}
	for _, party := range r.Joint {
		record.Joint = append(record.Joint, party.USCC)
	}
	return record
}

// Digest is the SM3 digest of the record's canonical JSON. Two sides that hold the
// same digest hold the same record.
func (r Record) Digest() (string, error) { return canonical.Digest(r) }

// Delivery is one message about a registration. Those of one registration are
// numbered from 1 and arrive in order.
type Delivery struct {
	Schema   int    `json:"schema"`
	Sequence int    `json:"sequence"`
	Kind     Kind   `json:"kind"`
	Record   Record `json:"record"`
}

// Receipt is the answer to a Delivery. The same delivery again gets the same
// receipt.
type Receipt struct {
	Key          string `json:"key"`     // the delivery's idempotency key
	Digest       string `json:"digest"`  // of the delivery's bytes
	Receipt      string `json:"receipt"` // the national platform's own number
	NationalCode string `json:"nationalCode,omitempty"`
}

// State is what the national platform holds of a registration.
type State struct {
	Code         string `json:"code"`
	Sequence     int    `json:"sequence"` // of the last delivery
	Digest       string `json:"digest"`   // Record.Digest of it
	NationalCode string `json:"nationalCode,omitempty"`
}

// StatePage is a page of states in the order of their codes; Next is the code to
// go on after, empty on the last page.
type StatePage struct {
	Items []State `json:"items"`
	Next  string  `json:"next,omitempty"`
}

// Problem is a refusal.
type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}
