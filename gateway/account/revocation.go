package account

import (
	"context"
	"database/sql"
	"fmt"

	"dengji/gateway/database"
)

// Revoke ends an account for good: it is out at once, its sessions end, and its
// certificate is to be revoked by the authority that issued it. To revoke it again
// changes nothing. NOT_FOUND where there is none within reach.
func (d *Directory) Revoke(ctx context.Context, within Reach, name string) error {
	return d.change(ctx, within, name, func(transaction *sql.Tx, _ bool) error {
		now := database.Stamp(d.clock())
		_, err := transaction.ExecContext(ctx, `UPDATE accounts SET revoked_at = COALESCE(revoked_at, ?), disabled_at = COALESCE(disabled_at, ?) WHERE name = ?`, now, now, name)
		return err
	})
}

// Revoked is a revoked account whose certificate authority does not know yet.
type Revoked struct {
	Account string
	MSP     string
	ID      string // enrolment id
}

// Unrevoked lists the revoked accounts whose certificates hold still.
func (d *Directory) Unrevoked(ctx context.Context) ([]Revoked, error) {
	rows, err := d.database.QueryContext(ctx, `SELECT name, msp, certificate FROM accounts WHERE revoked_at IS NOT NULL AND certificate_revoked_at IS NULL ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("account: revoked accounts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var all []Revoked
	for rows.Next() {
		var read Revoked
		var certificate string
		if err := rows.Scan(&read.Account, &read.MSP, &certificate); err != nil {
			return nil, fmt.Errorf("account: revoked accounts: %w", err)
		}
		actor, _, err := actorOfPEM(read.MSP, certificate)
		if err != nil {
			return nil, fmt.Errorf("account: certificate of %s: %w", read.Account, err)
		}
		read.ID = actor.ID
		all = append(all, read)
	}
	return all, rows.Err()
}

// NoteRevoked remembers that the certificate authority has revoked an account's
// certificate.
func (d *Directory) NoteRevoked(ctx context.Context, name string) error {
	_, err := d.database.ExecContext(ctx, `UPDATE accounts SET certificate_revoked_at = ? WHERE name = ? AND revoked_at IS NOT NULL AND certificate_revoked_at IS NULL`, database.Stamp(d.clock()), name)
	if err != nil {
		return fmt.Errorf("account: note the revocation of %s: %w", name, err)
	}
	return nil
}
