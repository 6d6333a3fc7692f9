package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"

	"dengji/chaincode/fault"
	"dengji/gateway/database"
)

// MaxEmail bounds an address in bytes (RFC 5321, 4.5.3.1.3).
const MaxEmail = 254

func emailContext(name string) string { return "account-email/" + name }

// SealedEmail is the column of the accounts' addresses, which a new master key
// seals anew.
var SealedEmail = database.Sealed{Table: "account_emails", Column: "sealed_email", Key: []string{"account"},
	Context: func(of []string) string { return emailContext(of[0]) }}

// SetEmail gives an account an address for notifications; "" takes it away. It
// MUST be a bare address, as RFC 5322 writes it.
func (d *Directory) SetEmail(ctx context.Context, name, address string) error {
	if address == "" {
		if _, err := d.database.ExecContext(ctx, `DELETE FROM account_emails WHERE account = ?`, name); err != nil {
			return fmt.Errorf("account: remove address of %s: %w", name, err)
		}
		return nil
	}
	if err := CheckEmail(address); err != nil {
		return err
	}
	sealed, err := d.sealer.Seal(ctx, []byte(address), emailContext(name))
	if err != nil {
		return fmt.Errorf("account: seal address of %s: %w", name, err)
	}
	_, err = d.database.ExecContext(ctx, `INSERT INTO account_emails (account, sealed_email) VALUES (?, ?)
		ON CONFLICT (account) DO UPDATE SET sealed_email = excluded.sealed_email`, name, sealed)
	if err != nil {
		return fmt.Errorf("account: store address of %s: %w", name, err)
	}
	return nil
}

// CheckEmail reports INVALID_VALUE for what is no bare address, as RFC 5322 writes it.
func CheckEmail(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > MaxEmail {
		return fault.New(fault.InvalidValue, fault.Field("email"))
	}
	return nil
}

// Email gives an account's address, "" where it has none or is disabled.
func (d *Directory) Email(ctx context.Context, name string) (string, error) {
	var sealed string
	err := d.database.QueryRowContext(ctx, `SELECT e.sealed_email FROM account_emails e JOIN accounts a ON a.name = e.account
		WHERE a.name = ? AND a.disabled_at IS NULL`, name).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("account: address of %s: %w", name, err)
	}
	address, err := d.sealer.Open(ctx, sealed, emailContext(name))
	if err != nil {
		return "", fmt.Errorf("account: address of %s: %w", name, err)
	}
	return string(address), nil
}
