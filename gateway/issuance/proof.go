package issuance

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/slip"
	"dengji/verify/artefact"
)

// Attestor has the peers of the organisations sign what they say of a code.
type Attestor interface {
	Collect(ctx context.Context, code, nonce string) (artefact.AttestationBundle, error)
}

// errOtherSlip says that the organisations speak of another state than the slip's.
var errOtherSlip = errors.New("issuance: the organisations attest to another state of the registration")

// proof gives the compact proof of a slip's paper. The first one that was collected
// stays, so that every sheet of a version is the same.
func (d *Desk) proof(ctx context.Context, signed artefact.SignedSlip) (string, error) {
	stored, err := d.storedProof(ctx, signed.Slip)
	if err != nil || stored != "" {
		return stored, err
	}
	made, err := d.collectProof(ctx, signed)
	if err != nil {
		return "", err
	}
	_, err = d.Database.ExecContext(ctx, `INSERT INTO proofs (code, version, proof, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (code, version) DO NOTHING`,
		signed.Slip.Code, signed.Slip.Version, made, database.Stamp(d.Clock()))
	if err != nil {
		return "", fmt.Errorf("issuance: store proof: %w", err)
	}
	return d.storedProof(ctx, signed.Slip)
}

func (d *Desk) storedProof(ctx context.Context, of artefact.Slip) (string, error) {
	var proof string
	err := d.Database.QueryRowContext(ctx, `SELECT proof FROM proofs WHERE code = ? AND version = ?`, of.Code, of.Version).Scan(&proof)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("issuance: read proof: %w", err)
	}
	return proof, nil
}

// collectProof makes a proof of answers that are about this very slip.
func (d *Desk) collectProof(ctx context.Context, signed artefact.SignedSlip) (string, error) {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	bundle, err := d.Attestor.Collect(ctx, signed.Slip.Code, hex.EncodeToString(nonce))
	if err != nil {
		return "", err
	}
	answer, err := bundle.Answer()
	if err != nil {
		return "", fmt.Errorf("issuance: proof: %w", err)
	}
	digest, err := signed.Slip.Digest()
	if err != nil {
		return "", err
	}
	if answer.Attestation.SlipDigest != digest || answer.Attestation.Status != ledger.RegistrationActive {
		return "", errOtherSlip
	}
	return slip.Proof(ctx, bundle, d.Signer)
}
