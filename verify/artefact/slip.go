package artefact

import (
	"context"
	"fmt"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
)

// Format and schema of a confirmation slip, and the largest file that is read.
const (
	SlipFormat  = "dengji-slip"
	SlipSchema  = 1
	MaxSlipSize = 512 << 10
)

// Slip is the confirmation slip (登记确认单, Art. 24). It holds what the
// registration's public part holds and the query code, and no personal data.
type Slip struct {
	Format          string                  `json:"format"`
	Schema          int                     `json:"schema"`
	Mode            ledger.Mode             `json:"mode"` // a sandbox's slips prove nothing outside it
	Platform        string                  `json:"platform"`
	Code            string                  `json:"code"`      // 19 characters, without hyphens
	QueryCode       string                  `json:"queryCode"` // 16 characters, without hyphens
	Version         int                     `json:"version"`   // of the registration
	Kind            ledger.Kind             `json:"kind"`
	Registrant      string                  `json:"registrant"` // USCC
	Joint           []ledger.JointParty     `json:"joint,omitempty"`
	Publicised      ledger.Publicised       `json:"publicised"` // the seven fields of Art. 22
	Entries         []ledger.EntryReference `json:"entries"`
	Evidence        []string                `json:"evidence"`            // CIDs
	IssuedAt        string                  `json:"issuedAt"`            // RFC 3339 UTC, of the code
	VersionAt       string                  `json:"versionAt,omitempty"` // RFC 3339 UTC, of a version after the first
	ValidFrom       string                  `json:"validFrom"`           // YYYY-MM-DD
	ValidUntil      string                  `json:"validUntil"`
	Application     string                  `json:"application"`
	IssuingTxID     string                  `json:"issuingTxId"`
	RulePack        string                  `json:"rulePack"`
	Articles        []string                `json:"articles"`
	NationalCode    string                  `json:"nationalCode,omitempty"`
	Replaces        *Replaced               `json:"replaces,omitempty"`
	VerificationURL string                  `json:"verificationUrl"`
}

// Replaced names the slip that a reissued one takes the place of.
type Replaced struct {
	Version    int    `json:"version"`
	SlipDigest string `json:"slipDigest"`
}

// SignedSlip is a slip with the registrar's signature over the slip's canonical
// form: the content of slip.json.
type SignedSlip struct {
	Slip         Slip                  `json:"slip"`
	Algorithm    cryptosuite.Algorithm `json:"algorithm"`
	Signature    []byte                `json:"signature"`
	Certificates [][]byte              `json:"certificates"` // DER, the signer's own first, the root last
}

// SignSlip signs a slip. Signing the same slip again gives another signature and
// the same digest.
func SignSlip(ctx context.Context, slip Slip, signer cryptosuite.Signer) (SignedSlip, error) {
	message, err := slip.Message()
	if err != nil {
		return SignedSlip{}, err
	}
	signature, err := signer.Sign(ctx, message)
	if err != nil {
		return SignedSlip{}, fmt.Errorf("artefact: sign slip %s: %w", slip.Code, err)
	}
	return SignedSlip{Slip: slip, Algorithm: signer.Algorithm(), Signature: signature, Certificates: signer.Certificates()}, nil
}

// Message gives the bytes that are signed: the slip's canonical form.
func (s Slip) Message() ([]byte, error) { return canonical.JSON(s) }

// Digest gives the digest that is anchored on the ledger.
func (s Slip) Digest() (string, error) { return canonical.Digest(s) }

// SignedAt gives the ledger time, RFC 3339 UTC, that the slip is dated: its signer's
// certificate has to be valid then.
func (s Slip) SignedAt() string {
	if s.VersionAt != "" {
		return s.VersionAt
	}
	return s.IssuedAt
}

// Bytes gives the content of slip.json.
func (s SignedSlip) Bytes() ([]byte, error) { return canonical.JSON(s) }

// ParseSlip reads slip.json. Errors are ErrMalformed.
func ParseSlip(content []byte) (SignedSlip, error) {
	var signed SignedSlip
	if err := decode(content, MaxSlipSize, &signed); err != nil {
		return SignedSlip{}, err
	}
	return signed, checkHeading(signed.Slip.Format, SlipFormat, signed.Slip.Schema, SlipSchema)
}
