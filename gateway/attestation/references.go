package attestation

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"dengji/gateway/database"
	"dengji/verify/artefact"
)

// slipSigner stands for the owner of a slip signer's certificate, where those of
// peers have an MSP.
const slipSigner = ""

// references are the certificates that compact proofs refer to: of every peer that
// has attested through this gateway, and of every slip signer that it has had. They
// outlive their certificates' renewal, as paper does. Safe for concurrent use.
type references struct {
	database *sql.DB
	clock    func() time.Time
	mutex    sync.Mutex
	kept     map[string]bool // known to be in the database
}

// keep makes a certificate durable before anything is printed that refers to it.
func (r *references) keep(ctx context.Context, owner string, certificate []byte) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	key := owner + "\x00" + string(certificate)
	if r.kept[key] {
		return nil
	}
	_, err := r.database.ExecContext(ctx, `INSERT INTO proof_certificates (owner, certificate, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		owner, certificate, database.Stamp(r.clock()))
	if err != nil {
		return fmt.Errorf("attestation: keep a certificate: %w", err)
	}
	r.kept[key] = true
	return nil
}

func (r *references) keepPeers(ctx context.Context, of artefact.AttestationBundle) error {
	for _, endorsement := range of.Endorsements {
		msp, certificate, err := endorsement.Certificate()
		if err != nil {
			return fmt.Errorf("attestation: %w", err)
		}
		if err := r.keep(ctx, msp, certificate); err != nil {
			return err
		}
	}
	return nil
}

// in gives the anchors with every certificate that was kept.
func (r *references) in(ctx context.Context, anchors artefact.TrustAnchors) (artefact.TrustAnchors, error) {
	rows, err := r.database.QueryContext(ctx, `SELECT owner, certificate FROM proof_certificates ORDER BY rowid`)
	if err != nil {
		return anchors, fmt.Errorf("attestation: read certificates: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	for rows.Next() {
		var owner string
		var certificate []byte
		if err := rows.Scan(&owner, &certificate); err != nil {
			return anchors, fmt.Errorf("attestation: read certificates: %w", err)
		}
		if owner == slipSigner {
			anchors = anchors.WithSlipSigner(certificate)
		} else {
			anchors = anchors.WithPeer(owner, certificate)
		}
	}
	if err := rows.Err(); err != nil {
		return anchors, fmt.Errorf("attestation: read certificates: %w", err)
	}
	return anchors, nil
}
