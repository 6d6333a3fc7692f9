package artefact

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
)

// Format and schema of trust anchors, and the largest file that is read.
const (
	TrustFormat  = "dengji-trust"
	TrustSchema  = 1
	MaxTrustSize = 1 << 20
)

// TrustAnchors are what a verifier has to know beforehand: whose word counts. The
// first version reaches a verifier by a way that he trusts; each later one is
// signed by organisations of the version before it.
type TrustAnchors struct {
	Format           string                `json:"format"`
	Schema           int                   `json:"schema"`
	Version          int                   `json:"version"` // from 1, without gaps
	Mode             ledger.Mode           `json:"mode"`
	Platform         string                `json:"platform"`
	Chaincode        string                `json:"chaincode"`
	IssuedAt         string                `json:"issuedAt"`              // RFC 3339 UTC
	Predecessor      string                `json:"predecessor,omitempty"` // digest of the version before; empty in the first
	SlipRoots        [][]byte              `json:"slipRoots"`             // DER, SM2 roots of slip signers
	SlipSigners      [][]byte              `json:"slipSigners"`           // DER, signers that compact proofs may refer to
	Organisations    []TrustedOrganisation `json:"organisations"`
	Required         []string              `json:"required"`         // MSPs whose peers must all have endorsed an attestation
	UpdateThreshold  int                   `json:"updateThreshold"`  // of Required: how many must sign the next version; 1 or more
	AttestationHours int                   `json:"attestationHours"` // how long an attestation is taken as current, 1 or more
}

// TrustedOrganisation is an organisation of the network.
type TrustedOrganisation struct {
	MSP   string      `json:"msp"`
	Name  ledger.Text `json:"name"`
	Roots [][]byte    `json:"roots"` // DER, roots of its Fabric CA; those of the past stay until what they vouch for has expired
	Peers [][]byte    `json:"peers"` // DER, peer certificates that compact proofs may refer to
}

// SignedTrust is the content of trust.json.
type SignedTrust struct {
	Anchors    TrustAnchors     `json:"anchors"`
	Signatures []TrustSignature `json:"signatures"` // by organisations of the version before; may be empty in the first
}

// TrustSignature is the signature of an organisation's administrator over the
// anchors' Message.
type TrustSignature struct {
	MSP         string                `json:"msp"`
	Algorithm   cryptosuite.Algorithm `json:"algorithm"`
	Certificate []byte                `json:"certificate"` // DER
	Signature   []byte                `json:"signature"`
}

// Message gives the bytes that are signed: the canonical form of what is believed.
// The certificates that compact proofs refer to are not in it: they are looked up
// and have to come from a root that is, so that a peer or a signer with a new
// certificate makes no new version.
func (a TrustAnchors) Message() ([]byte, error) { return canonical.JSON(a.believed()) }

// Digest identifies a version: what is compared when the first one is accepted,
// and what its successor names. It is the digest of Message.
func (a TrustAnchors) Digest() (string, error) { return canonical.Digest(a.believed()) }

func (a TrustAnchors) believed() TrustAnchors {
	a.SlipSigners = [][]byte{}
	a.Organisations = slices.Clone(a.Organisations)
	for i := range a.Organisations {
		a.Organisations[i].Peers = [][]byte{}
	}
	return a
}

// Organisation finds an organisation by its MSP id.
func (a TrustAnchors) Organisation(msp string) (TrustedOrganisation, bool) {
	for _, organisation := range a.Organisations {
		if organisation.MSP == msp {
			return organisation, true
		}
	}
	return TrustedOrganisation{}, false
}

// WithPeer gives the anchors with a peer's certificate (DER) among those that
// compact proofs may refer to; one of an organisation that the anchors do not
// describe is left out. Being listed gives a peer no trust: its certificate still has
// to come from a root of its organisation.
func (a TrustAnchors) WithPeer(msp string, certificate []byte) TrustAnchors {
	a.Organisations = slices.Clone(a.Organisations)
	for i, organisation := range a.Organisations {
		if organisation.MSP == msp {
			a.Organisations[i].Peers = with(organisation.Peers, certificate)
		}
	}
	return a
}

// WithSlipSigner is WithPeer for the certificate of a slip signer.
func (a TrustAnchors) WithSlipSigner(certificate []byte) TrustAnchors {
	a.SlipSigners = with(a.SlipSigners, certificate)
	return a
}

func with(list [][]byte, certificate []byte) [][]byte {
	if slices.ContainsFunc(list, func(known []byte) bool { return bytes.Equal(known, certificate) }) {
		return list
	}
	return append(slices.Clone(list), certificate)
}

// Bytes gives the content of trust.json.
func (s SignedTrust) Bytes() ([]byte, error) { return canonical.JSON(s) }

// ParseTrust reads trust.json. Errors are ErrMalformed.
func ParseTrust(content []byte) (SignedTrust, error) {
	var signed SignedTrust
	if err := decode(content, MaxTrustSize, &signed); err != nil {
		return SignedTrust{}, err
	}
	anchors := signed.Anchors
	if err := checkHeading(anchors.Format, TrustFormat, anchors.Schema, TrustSchema); err != nil {
		return SignedTrust{}, err
	}
	if anchors.Version < 1 || anchors.UpdateThreshold < 1 || anchors.AttestationHours < 1 {
		return SignedTrust{}, fmt.Errorf("%w: version, update threshold and attestation hours are at least 1", ErrMalformed)
	}
	for _, msp := range anchors.Required {
		if _, found := anchors.Organisation(msp); !found {
			return SignedTrust{}, fmt.Errorf("%w: required organisation %q is not described", ErrMalformed, msp)
		}
	}
	return signed, nil
}

// SignTrust adds an organisation's signature. The key is that of the certificate
// (DER), an ECDSA key on P-256.
func SignTrust(signed SignedTrust, msp string, certificate []byte, key crypto.Signer) (SignedTrust, error) {
	message, err := signed.Anchors.Message()
	if err != nil {
		return SignedTrust{}, err
	}
	digest := sha256.Sum256(message)
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return SignedTrust{}, fmt.Errorf("artefact: sign trust anchors: %w", err)
	}
	signed.Signatures = append(signed.Signatures[:len(signed.Signatures):len(signed.Signatures)],
		TrustSignature{MSP: msp, Algorithm: cryptosuite.ECDSAWithSHA256, Certificate: certificate, Signature: signature})
	return signed, nil
}
