// Package objector keeps who objects under a real name (Art. 23): name, identity
// number, contact and statement, sealed, off the ledger. The ledger holds digests of them,
// salted, so that nobody can guess a person from the ledger and nobody can change
// afterwards who objected and why.
package objector

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/rules/field"
	"dengji/gateway/database"
	"dengji/gateway/evidence/sealing"
)

// Limits in code points.
const (
	MaxName           = 100
	MaxIdentityNumber = 40
	MaxContact        = 100
	MaxStatement      = 2000
)

// Objector is who objects, and why. The salt makes the digests unguessable.
type Objector struct {
	Name           string `json:"name"`
	IdentityNumber string `json:"identityNumber"`
	Contact        string `json:"contact,omitempty"` // telephone or e-mail, of somebody without an account
	Statement      string `json:"statement"`
	Salt           string `json:"salt"` // 32 hex digits
}

// IdentityDigest is what the ledger holds of the person.
func (o Objector) IdentityDigest() string {
	return canonical.DigestOf([]byte(o.Salt + "\x00" + o.Name + "\x00" + o.IdentityNumber))
}

// StatementDigest is what the ledger holds of the statement.
func (o Objector) StatementDigest() string {
	return canonical.DigestOf([]byte(o.Salt + "\x00" + o.Statement))
}

// Check holds an objector to the limits. The faults are those of fields, which they
// name.
func (o Objector) Check() error {
	for _, err := range []error{field.Line("name", o.Name, MaxName), field.Line("identityNumber", o.IdentityNumber, MaxIdentityNumber),
		field.OptionalLine("contact", o.Contact, MaxContact), field.Prose("statement", o.Statement, MaxStatement)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// Register keeps objectors. It is safe for concurrent use.
type Register struct {
	database *sql.DB
	sealer   sealing.Sealer
	clock    func() time.Time
}

// NewRegister makes a Register.
func NewRegister(opened *sql.DB, sealer sealing.Sealer, clock func() time.Time) *Register {
	return &Register{database: opened, sealer: sealer, clock: clock}
}

// Keep stores an objector durably and gives it with a new salt. It has to be called
// before the ledger hears of the digests.
func (r *Register) Keep(ctx context.Context, objector Objector) (Objector, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	objector.Salt = hex.EncodeToString(salt)
	if err := objector.Check(); err != nil {
		return Objector{}, err
	}
	content, err := json.Marshal(objector)
	if err != nil {
		return Objector{}, fmt.Errorf("objector: %w", err)
	}
	digest := objector.IdentityDigest()
	sealed, err := r.sealer.Seal(ctx, content, sealContext(digest))
	if err != nil {
		return Objector{}, fmt.Errorf("objector: seal: %w", err)
	}
	_, err = r.database.ExecContext(ctx, `INSERT INTO objectors (identity_digest, sealed_document, created_at) VALUES (?, ?, ?)`,
		digest, sealed, database.Stamp(r.clock()))
	if err != nil {
		return Objector{}, fmt.Errorf("objector: store: %w", err)
	}
	return objector, nil
}

// Forget removes an objector whose objection the ledger has refused: nothing
// personal stays without a reason.
func (r *Register) Forget(ctx context.Context, identityDigest string) error {
	if _, err := r.database.ExecContext(ctx, `DELETE FROM objectors WHERE identity_digest = ?`, identityDigest); err != nil {
		return fmt.Errorf("objector: remove: %w", err)
	}
	return nil
}

// Find gives the objector of a digest: NOT_FOUND where this gateway keeps none.
func (r *Register) Find(ctx context.Context, identityDigest string) (Objector, error) {
	var sealed string
	err := r.database.QueryRowContext(ctx, `SELECT sealed_document FROM objectors WHERE identity_digest = ?`, identityDigest).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return Objector{}, fault.New(fault.NotFound)
	}
	if err != nil {
		return Objector{}, fmt.Errorf("objector: read: %w", err)
	}
	content, err := r.sealer.Open(ctx, sealed, sealContext(identityDigest))
	if err != nil {
		return Objector{}, fmt.Errorf("objector: open: %w", err)
	}
	var objector Objector
	if err := json.Unmarshal(content, &objector); err != nil {
		return Objector{}, fmt.Errorf("objector: read: %w", err)
	}
	return objector, nil
}

func sealContext(identityDigest string) string { return "objector/" + identityDigest }

// Sealed is the column of the objectors, which a new master key seals anew.
var Sealed = database.Sealed{Table: "objectors", Column: "sealed_document", Key: []string{"identity_digest"},
	Context: func(of []string) string { return sealContext(of[0]) }}
