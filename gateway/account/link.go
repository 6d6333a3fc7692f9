package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/gateway/database"
)

// Link joins an account with a subject of a unified login, which logs into it from
// now on. A subject belongs to one account (ALREADY_EXISTS where it is another's),
// an account has one subject: the newest.
func (d *Directory) Link(ctx context.Context, account, issuer, subject string) error {
	return database.InTransaction(ctx, d.database, func(transaction *sql.Tx) error {
		var owner string
		err := transaction.QueryRowContext(ctx, `SELECT account FROM account_links WHERE issuer = ? AND subject = ?`, issuer, subject).Scan(&owner)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("account: link %s: %w", account, err)
		}
		if owner != "" && owner != account {
			return fault.New(fault.AlreadyExists, fault.Field("subject"))
		}
		_, err = transaction.ExecContext(ctx, `INSERT INTO account_links (issuer, subject, account, linked_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (account) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject, linked_at = excluded.linked_at
			ON CONFLICT (issuer, subject) DO NOTHING`, issuer, subject, account, database.Stamp(d.clock()))
		if err != nil {
			return fmt.Errorf("account: link %s: %w", account, err)
		}
		return nil
	})
}

// Unlink has only the password log into an account again.
func (d *Directory) Unlink(ctx context.Context, account string) error {
	if _, err := d.database.ExecContext(ctx, `DELETE FROM account_links WHERE account = ?`, account); err != nil {
		return fmt.Errorf("account: unlink %s: %w", account, err)
	}
	return nil
}

// IsLinked reports whether a unified login logs into an account.
func (d *Directory) IsLinked(ctx context.Context, account string) (bool, error) {
	var linked bool
	if err := d.database.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM account_links WHERE account = ?)`, account).Scan(&linked); err != nil {
		return false, fmt.Errorf("account: link of %s: %w", account, err)
	}
	return linked, nil
}

// LoginLinked opens a session of the account that a subject is joined with:
// LOGIN_NOT_LINKED where there is none, ACCOUNT_DISABLED where it is out.
func (d *Directory) LoginLinked(ctx context.Context, issuer, subject string) (Session, error) {
	var name string
	err := d.database.QueryRowContext(ctx, `SELECT account FROM account_links WHERE issuer = ? AND subject = ?`, issuer, subject).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, fault.New(fault.LoginNotLinked)
	}
	if err != nil {
		return Session{}, fmt.Errorf("account: linked account: %w", err)
	}
	return d.enter(ctx, name)
}
