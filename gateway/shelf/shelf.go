// Package shelf joins the evidence store with the names under which its files were
// handed in. Names can be personal, so that they are sealed and stay off the
// ledger.
package shelf

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"dengji/gateway/database"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/sealing"
)

// Shelf is an evidence store with names. It is safe for concurrent use.
type Shelf struct {
	*evidence.Store
	database *sql.DB
	sealer   sealing.Sealer
	clock    func() time.Time
}

// New makes a Shelf.
func New(store *evidence.Store, opened *sql.DB, sealer sealing.Sealer, clock func() time.Time) *Shelf {
	return &Shelf{Store: store, database: opened, sealer: sealer, clock: clock}
}

// SetName keeps the name of an owner's file; the newest one counts.
func (s *Shelf) SetName(ctx context.Context, owner, cid, name string) error {
	sealed, err := s.sealer.Seal(ctx, []byte(name), nameContext(owner, cid))
	if err != nil {
		return fmt.Errorf("shelf: seal name: %w", err)
	}
	_, err = s.database.ExecContext(ctx, `
		INSERT INTO evidence_files (owner, cid, sealed_name, uploaded_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (owner, cid) DO UPDATE SET sealed_name = excluded.sealed_name`,
		owner, cid, sealed, database.Stamp(s.clock()))
	if err != nil {
		return fmt.Errorf("shelf: store name: %w", err)
	}
	return nil
}

// Name gives the name of an owner's file, "" where there is none.
func (s *Shelf) Name(ctx context.Context, owner, cid string) (string, error) {
	var sealed string
	err := s.database.QueryRowContext(ctx, `SELECT sealed_name FROM evidence_files WHERE owner = ? AND cid = ?`, owner, cid).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("shelf: read name: %w", err)
	}
	name, err := s.sealer.Open(ctx, sealed, nameContext(owner, cid))
	if err != nil {
		return "", fmt.Errorf("shelf: open name: %w", err)
	}
	return string(name), nil
}

func nameContext(owner, cid string) string { return "evidence-name/" + owner + "/" + cid }

// Sealed is the column of the names, which a new master key seals anew.
var Sealed = database.Sealed{Table: "evidence_files", Column: "sealed_name", Key: []string{"owner", "cid"},
	Context: func(of []string) string { return nameContext(of[0], of[1]) }}
