package channel

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// Signed is a document with the signature of an organisation's admin. It travels
// between organisations as a file.
type Signed struct {
	Payload     []byte `json:"payload"`
	Certificate string `json:"certificate"` // PEM
	Signature   []byte `json:"signature"`   // ECDSA over SHA-256 of the payload, ASN.1
}

// Sign makes the signed form of a document.
func Sign(document any, certificatePEM []byte, key crypto.Signer) (Signed, error) {
	payload, err := json.Marshal(document)
	if err != nil {
		return Signed{}, fmt.Errorf("channel: %w", err)
	}
	digest := sha256.Sum256(payload)
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return Signed{}, fmt.Errorf("channel: %w", err)
	}
	return Signed{Payload: payload, Certificate: string(certificatePEM), Signature: signature}, nil
}

// ErrSignature says that a file was not signed by the admin that it should be
// signed by, or was changed since.
var ErrSignature = errors.New("channel: the signature does not verify")

// Verify checks that an admin under the root (PEM) has signed the payload.
func (s Signed) Verify(root string) error {
	certificate, err := parseCertificate(s.Certificate)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(root)) {
		return fmt.Errorf("%w: no root certificate", ErrSignature)
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if !slices.Contains(certificate.Subject.OrganizationalUnit, "admin") {
		return fmt.Errorf("%w: %s is no admin", ErrSignature, certificate.Subject.CommonName)
	}
	public, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	digest := sha256.Sum256(s.Payload)
	if !ok || !ecdsa.VerifyASN1(public, digest[:], s.Signature) {
		return ErrSignature
	}
	return nil
}

func parseCertificate(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%w: no certificate", ErrSignature)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return certificate, nil
}

// Export is what an organisation gives to the others: the bundles of all
// organisations whose keys it keeps.
type Export struct {
	Keeper  string   `json:"keeper"`
	Bundles []Bundle `json:"bundles"`
}

// OpenExport reads a signed export and checks it against the keeper's own root,
// which stands in it: that the file is whole. That it is the organisation's is
// for people to confirm, by comparing Fingerprint.
func OpenExport(signed Signed) (Export, error) {
	var export Export
	if err := json.Unmarshal(signed.Payload, &export); err != nil {
		return Export{}, fmt.Errorf("channel: export: %w", err)
	}
	for _, bundle := range export.Bundles {
		if bundle.Organisation == export.Keeper {
			return export, signed.Verify(bundle.Root)
		}
	}
	return Export{}, fmt.Errorf("channel: the export of %q lacks its own bundle", export.Keeper)
}

// Fingerprint names a payload for comparison by telephone.
func (s Signed) Fingerprint() string {
	digest := sha256.Sum256(s.Payload)
	return fmt.Sprintf("%x", digest)
}

// Consent is an organisation's agreement to a genesis block.
type Consent struct {
	Keeper  string `json:"keeper"`
	Network string `json:"network"`
	Channel string `json:"channel"`
	Block   string `json:"block"` // SHA-256 of the block file, hex
}

// BlockDigest gives Consent.Block.
func BlockDigest(block []byte) string {
	digest := sha256.Sum256(block)
	return fmt.Sprintf("%x", digest)
}
