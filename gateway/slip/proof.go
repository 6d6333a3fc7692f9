package slip

import (
	"context"
	"errors"

	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// Proof makes the compact proof that Print draws as the second QR code, out of an
// attestation collected at issuance. It is empty, without an error, where the
// ledger's answer is too long for a code that a phone can read.
func Proof(ctx context.Context, bundle artefact.AttestationBundle, signer cryptosuite.Signer) (string, error) {
	text, err := artefact.BuildProof(ctx, bundle, signer)
	if errors.Is(err, artefact.ErrProofTooLarge) {
		return "", nil
	}
	return text, err
}
