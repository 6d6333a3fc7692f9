package artefact

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"sort"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
)

// Format and schema of a status attestation, and its limits.
const (
	AttestationFormat  = "dengji-attestation"
	AttestationSchema  = 1
	MaxAttestationSize = 256 << 10
	maxEndorsements    = 16
)

// ErrAnswersDiffer means that peers did not give the same answer: at different
// heights for a moment, or because one of them does not tell the truth.
var ErrAnswersDiffer = errors.New("artefact: the peers' answers differ")

// AttestationBundle is a status attestation: one answer of the ledger about a
// code, signed by the peers of several organisations. The fields stand in the order
// of the canonical form, so that any JSON encoder writes that.
type AttestationBundle struct {
	Algorithm    cryptosuite.Algorithm `json:"algorithm"`
	Endorsements []Endorsement         `json:"endorsements"`
	Format       string                `json:"format"`
	Payload      []byte                `json:"payload"` // Fabric ProposalResponsePayload
	Schema       int                   `json:"schema"`
}

// Endorsement is one peer's signature over payload || endorser.
type Endorsement struct {
	Endorser  []byte `json:"endorser"` // Fabric SerializedIdentity
	Signature []byte `json:"signature"`
}

// Signed gives the bytes that an endorser signs.
func (b AttestationBundle) Signed(endorsement Endorsement) []byte {
	return append(bytes.Clone(b.Payload), endorsement.Endorser...)
}

// Bytes gives the content of the attestation's file.
func (b AttestationBundle) Bytes() ([]byte, error) { return canonical.JSON(b) }

// ParseAttestation reads an attestation's file. Errors are ErrMalformed.
func ParseAttestation(content []byte) (AttestationBundle, error) {
	var bundle AttestationBundle
	if err := decode(content, MaxAttestationSize, &bundle); err != nil {
		return AttestationBundle{}, err
	}
	if len(bundle.Endorsements) > maxEndorsements {
		return AttestationBundle{}, fmt.Errorf("%w: more than %d endorsements", ErrMalformed, maxEndorsements)
	}
	return bundle, checkHeading(bundle.Format, AttestationFormat, bundle.Schema, AttestationSchema)
}

// AssembleAttestation makes a bundle of serialized Fabric ProposalResponse
// messages, in an order of its own. Responses that are not about the same answer
// are ErrAnswersDiffer; one that is not a ProposalResponse is ErrMalformed. It
// checks no signature: verify the bundle before handing it out.
func AssembleAttestation(responses [][]byte) (AttestationBundle, error) {
	bundle := AttestationBundle{Format: AttestationFormat, Schema: AttestationSchema, Algorithm: cryptosuite.ECDSAWithSHA256}
	for i, response := range responses {
		payload, endorsement, err := parseProposalResponse(response)
		if err != nil {
			return AttestationBundle{}, err
		}
		if i > 0 && !bytes.Equal(payload, bundle.Payload) {
			return AttestationBundle{}, ErrAnswersDiffer
		}
		bundle.Payload = payload
		bundle.Endorsements = append(bundle.Endorsements, endorsement)
	}
	return bundle.ordered()
}

// AttestationOfEnvelope makes a bundle of the serialized Fabric Envelope of a
// transaction that was endorsed and never ordered, as the Fabric Gateway service
// prepares it. Errors are ErrMalformed. It checks no signature.
func AttestationOfEnvelope(envelope []byte) (AttestationBundle, error) {
	endorsed, err := descend(envelope, envelopePayload, headerData, transactionAction, actionPayload, endorsedAction)
	if err != nil {
		return AttestationBundle{}, err
	}
	fields, err := parseMessage(endorsed, endorsedEndorsements)
	if err != nil {
		return AttestationBundle{}, err
	}
	bundle := AttestationBundle{Format: AttestationFormat, Schema: AttestationSchema, Algorithm: cryptosuite.ECDSAWithSHA256,
		Payload: fields.bytes[endorsedPayload]}
	for _, content := range fields.repeated {
		endorsement, err := parseEndorsement(content)
		if err != nil {
			return AttestationBundle{}, err
		}
		bundle.Endorsements = append(bundle.Endorsements, endorsement)
	}
	return bundle.ordered()
}

func (b AttestationBundle) ordered() (AttestationBundle, error) {
	if len(b.Endorsements) == 0 || len(b.Payload) == 0 {
		return AttestationBundle{}, fmt.Errorf("%w: no endorsement", ErrMalformed)
	}
	sort.Slice(b.Endorsements, func(i, j int) bool {
		return bytes.Compare(b.Endorsements[i].Endorser, b.Endorsements[j].Endorser) < 0
	})
	return b, nil
}

// Answer is what a payload says: which chaincode answered, how, and what.
type Answer struct {
	Chaincode   string
	Status      uint64 // 200 is success
	Attestation ledger.Attestation
}

// Answer reads the bundle's payload. Errors are ErrMalformed.
func (b AttestationBundle) Answer() (Answer, error) {
	extension, err := descend(b.Payload, payloadExtension)
	if err != nil {
		return Answer{}, err
	}
	action, err := parseMessage(extension, 0)
	if err != nil {
		return Answer{}, err
	}
	response, err := parseMessage(action.bytes[actionResponse], 0)
	if err != nil {
		return Answer{}, err
	}
	chaincode, err := parseMessage(action.bytes[actionChaincodeID], 0)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Chaincode: string(chaincode.bytes[chaincodeIDName]), Status: response.numbers[chaincodeResponseStatus]}
	decoder := json.NewDecoder(bytes.NewReader(response.bytes[chaincodeResponsePayload]))
	if err := decoder.Decode(&answer.Attestation); err != nil {
		return Answer{}, fmt.Errorf("%w: the ledger's answer: %w", ErrMalformed, err)
	}
	return answer, nil
}

// Identity gives the organisation and the PEM certificate of an endorser.
func (e Endorsement) Identity() (msp string, certificate []byte, err error) {
	fields, err := parseMessage(e.Endorser, 0)
	if err != nil {
		return "", nil, err
	}
	return string(fields.bytes[serializedIdentityMSP]), fields.bytes[serializedIdentityIDBytes], nil
}

// Certificate gives the endorser's organisation and its certificate in DER.
func (e Endorsement) Certificate() (msp string, der []byte, err error) {
	msp, content, err := e.Identity()
	if err != nil {
		return "", nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return "", nil, fmt.Errorf("%w: an endorser's certificate is not PEM", ErrMalformed)
	}
	return msp, block.Bytes, nil
}
