package cryptosuite

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
)

// Algorithm is the stable id of an algorithm, as it stands in artefacts.
type Algorithm string

// The algorithms in use. An id never changes its meaning; a new algorithm gets a
// new id.
const (
	SM2WithSM3      Algorithm = "SM2-with-SM3"      // GB/T 32918.2, signer id SM2SignerID, signature in DER
	SM3             Algorithm = "SM3"               // GB/T 32905
	SM4GCM          Algorithm = "SM4-GCM"           // GB/T 32907 in Galois counter mode, 96-bit nonce, 128-bit tag
	ECDSAWithSHA256 Algorithm = "ECDSA-with-SHA256" // curve P-256, signature in DER: what Fabric peers sign with
)

// SM2SignerID is the signer's distinguishing id that GB/T 32918.2 takes for
// granted where none is agreed upon: 16 bytes.
const SM2SignerID = "1234567812345678"

// The ways in which a verification fails.
var (
	ErrUnknownAlgorithm = errors.New("cryptosuite: unknown signature algorithm")
	ErrKeyMismatch      = errors.New("cryptosuite: the key is not one of this algorithm")
	ErrSignature        = errors.New("cryptosuite: the signature does not belong to this message and key")
)

// Verify checks a signature over a message. It returns nil, or an error that is
// ErrUnknownAlgorithm, ErrKeyMismatch or ErrSignature.
func Verify(algorithm Algorithm, key crypto.PublicKey, message, signature []byte) error {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return fmt.Errorf("%w: %T", ErrKeyMismatch, key)
	}
	switch algorithm {
	case SM2WithSM3:
		return verifySM2(public, message, signature)
	case ECDSAWithSHA256:
		return verifyECDSA(public, message, signature)
	default:
		return fmt.Errorf("%w: %q", ErrUnknownAlgorithm, algorithm)
	}
}

func verifySM2(key *ecdsa.PublicKey, message, signature []byte) error {
	if !sm2.IsSM2PublicKey(key) {
		return ErrKeyMismatch
	}
	if !sm2.VerifyASN1WithSM2(key, []byte(SM2SignerID), message, signature) {
		return ErrSignature
	}
	return nil
}

func verifyECDSA(key *ecdsa.PublicKey, message, signature []byte) error {
	if key.Curve != elliptic.P256() {
		return ErrKeyMismatch
	}
	digest := sha256.Sum256(message)
	if !ecdsa.VerifyASN1(key, digest[:], signature) {
		return ErrSignature
	}
	return nil
}
