package artefact

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"google.golang.org/protobuf/encoding/protowire"

	"dengji/cryptosuite"
)

// The text of a compact proof: a prefix with the version, and base 45 (RFC 9285)
// of the compressed content, so that a QR code holds it.
const (
	proofPrefix = "DENGJI1:"

	// MaxProofText keeps the printed code readable by a phone: QR version 30 at
	// the lowest correction level.
	MaxProofText    = 2520
	maxProofContent = 32 << 10
	referenceLength = 8
	rawSignature    = 64
)

// The ways in which a proof cannot be made or resolved.
var (
	ErrProofTooLarge    = errors.New("artefact: the proof does not fit into a printed code")
	ErrUnknownReference = errors.New("artefact: the proof refers to a certificate that the trust anchors do not hold")
)

// Proof is a compact proof: the answer of the ledger at issuance with the peers'
// signatures and the registrar's, and the certificates by reference into the trust
// anchors. A reference is the beginning of the SM3 digest of a certificate.
type Proof struct {
	Payload      []byte
	Endorsements []ReferencedSignature
	Registrar    ReferencedSignature // over ProofMessage
}

// ReferencedSignature is a signature in DER with the reference to its certificate.
type ReferencedSignature struct {
	Reference []byte
	Signature []byte
}

// ProofMessage gives the bytes that the registrar signs.
func ProofMessage(payload []byte) []byte { return append([]byte(proofPrefix), payload...) }

// BuildProof makes the text of a compact proof of an attestation that was
// collected at issuance. ErrProofTooLarge means that the slip is printed without.
func BuildProof(ctx context.Context, bundle AttestationBundle, signer cryptosuite.Signer) (string, error) {
	signature, err := signer.Sign(ctx, ProofMessage(bundle.Payload))
	if err != nil {
		return "", fmt.Errorf("artefact: sign proof: %w", err)
	}
	proof := Proof{Payload: bundle.Payload, Registrar: ReferencedSignature{reference(signer.Certificates()[0]), signature}}
	for _, endorsement := range bundle.Endorsements {
		_, certificate, err := endorsement.Identity()
		if err != nil {
			return "", err
		}
		block, _ := pem.Decode(certificate)
		if block == nil {
			return "", fmt.Errorf("%w: an endorser's certificate is not PEM", ErrMalformed)
		}
		proof.Endorsements = append(proof.Endorsements, ReferencedSignature{reference(block.Bytes), endorsement.Signature})
	}
	return proof.text()
}

// Numbers of the fields of a proof.
const (
	proofPayload      protowire.Number = 1
	proofRegistrar    protowire.Number = 2
	proofEndorsements protowire.Number = 3 // repeated
)

func (p Proof) text() (string, error) {
	content := appendField(nil, proofPayload, p.Payload)
	registrar, err := p.Registrar.pack()
	if err != nil {
		return "", err
	}
	content = appendField(content, proofRegistrar, registrar)
	for _, endorsement := range p.Endorsements {
		packed, err := endorsement.pack()
		if err != nil {
			return "", err
		}
		content = appendField(content, proofEndorsements, packed)
	}
	var compressed bytes.Buffer
	writer, err := flate.NewWriterDict(&compressed, flate.BestCompression, proofDictionary)
	if err != nil {
		return "", fmt.Errorf("artefact: compress proof: %w", err)
	}
	_, writeErr := writer.Write(content)
	if err := errors.Join(writeErr, writer.Close()); err != nil {
		return "", fmt.Errorf("artefact: compress proof: %w", err)
	}
	text := proofPrefix + encode45(compressed.Bytes())
	if len(text) > MaxProofText {
		return "", fmt.Errorf("%w: %d characters of %d", ErrProofTooLarge, len(text), MaxProofText)
	}
	return text, nil
}

func appendField(content []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(content, number, protowire.BytesType), value)
}

// ParseProof reads the text of a compact proof. Errors are ErrMalformed.
func ParseProof(text string) (Proof, error) {
	content, err := unpackProof(text)
	if err != nil {
		return Proof{}, err
	}
	fields, err := parseMessage(content, proofEndorsements)
	if err != nil {
		return Proof{}, err
	}
	if len(fields.repeated) > maxEndorsements {
		return Proof{}, fmt.Errorf("%w: more than %d endorsements", ErrMalformed, maxEndorsements)
	}
	proof := Proof{Payload: fields.bytes[proofPayload]}
	if proof.Registrar, err = unpack(fields.bytes[proofRegistrar]); err != nil {
		return Proof{}, err
	}
	for _, packed := range fields.repeated {
		endorsement, err := unpack(packed)
		if err != nil {
			return Proof{}, err
		}
		proof.Endorsements = append(proof.Endorsements, endorsement)
	}
	return proof, nil
}

// unpackProof gives the content of the text, bounded however well it compresses.
func unpackProof(text string) ([]byte, error) {
	encoded, found := strings.CutPrefix(text, proofPrefix)
	if !found || len(text) > 2*MaxProofText {
		return nil, fmt.Errorf("%w: not the text of a compact proof", ErrMalformed)
	}
	compressed, ok := decode45(encoded)
	if !ok {
		return nil, fmt.Errorf("%w: compact proof: not in base 45", ErrMalformed)
	}
	source := bytes.NewReader(compressed)
	content, err := io.ReadAll(io.LimitReader(flate.NewReaderDict(source, proofDictionary), maxProofContent+1))
	if err != nil || len(content) > maxProofContent || source.Len() > 0 {
		return nil, fmt.Errorf("%w: compact proof: damaged or too large", ErrMalformed)
	}
	return content, nil
}

// Resolve gives the attestation that the proof holds, with the certificates that
// the trust anchors hold, and the registrar's certificate (DER).
func (p Proof) Resolve(anchors TrustAnchors) (bundle AttestationBundle, registrar []byte, err error) {
	bundle = AttestationBundle{Format: AttestationFormat, Schema: AttestationSchema, Algorithm: cryptosuite.ECDSAWithSHA256, Payload: p.Payload}
	for _, endorsement := range p.Endorsements {
		identity := peerIdentity(anchors, endorsement.Reference)
		if identity == nil {
			return AttestationBundle{}, nil, fmt.Errorf("%w: peer %x", ErrUnknownReference, endorsement.Reference)
		}
		bundle.Endorsements = append(bundle.Endorsements, Endorsement{Endorser: identity, Signature: endorsement.Signature})
	}
	for _, certificate := range anchors.SlipSigners {
		if bytes.Equal(reference(certificate), p.Registrar.Reference) {
			return bundle, certificate, nil
		}
	}
	return AttestationBundle{}, nil, fmt.Errorf("%w: registrar %x", ErrUnknownReference, p.Registrar.Reference)
}

// peerIdentity gives the serialized identity of a peer as Fabric writes it.
func peerIdentity(anchors TrustAnchors, wanted []byte) []byte {
	for _, organisation := range anchors.Organisations {
		for _, certificate := range organisation.Peers {
			if bytes.Equal(reference(certificate), wanted) {
				identity := appendField(nil, serializedIdentityMSP, []byte(organisation.MSP))
				return appendField(identity, serializedIdentityIDBytes, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))
			}
		}
	}
	return nil
}

func reference(certificate []byte) []byte {
	sum := sm3.Sum(certificate)
	return sum[:referenceLength]
}

// pack writes a reference and a signature as two numbers of 32 bytes.
func (s ReferencedSignature) pack() ([]byte, error) {
	var values struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(s.Signature, &values); err != nil || len(rest) > 0 || values.R.BitLen() > 256 || values.S.BitLen() > 256 ||
		values.R.Sign() < 0 || values.S.Sign() < 0 {
		return nil, fmt.Errorf("%w: a signature is not DER of two numbers of 256 bits", ErrMalformed)
	}
	packed := make([]byte, referenceLength+rawSignature)
	copy(packed, s.Reference)
	values.R.FillBytes(packed[referenceLength : referenceLength+rawSignature/2])
	values.S.FillBytes(packed[referenceLength+rawSignature/2:])
	return packed, nil
}

func unpack(packed []byte) (ReferencedSignature, error) {
	if len(packed) != referenceLength+rawSignature {
		return ReferencedSignature{}, fmt.Errorf("%w: a signature of %d bytes", ErrMalformed, len(packed))
	}
	numbers := packed[referenceLength:]
	signature, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(numbers[:rawSignature/2]), new(big.Int).SetBytes(numbers[rawSignature/2:])})
	if err != nil {
		return ReferencedSignature{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return ReferencedSignature{Reference: packed[:referenceLength], Signature: signature}, nil
}

// proofDictionary holds what every ledger answer has in common, so that only the
// rest takes room on paper. It is part of the version in the prefix.
var proofDictionary = []byte(`北京市公共数据资源登记平台北京市大数据中心登记数据资源产品服务信息` +
	`{"schema":1,"mode":"production","mode":"sandbox","code":"110000R2026","nonce":"","found":true,"status":"active","version":1,` +
	`"validFrom":"2026-","validUntil":"2029-","publicised":{"dataName":"","registrantName":"","industry":"","dataType":"","registrar":"","platform":"","summary":""},` +
	`"registrant":"","slipDigest":"sm3:","issuedTxId":"","ledgerTime":"","offsetSeconds":}` + "dengji1.0")
