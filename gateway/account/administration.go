package account

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-gateway/pkg/identity"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
)

// MinPassword is how long a password that an owner chooses MUST be, in bytes.
const MinPassword = 12

// Overview is what those who keep an account see of it. Times are RFC 3339.
type Overview struct {
	Account    string       `json:"account"`
	Label      ledger.Text  `json:"label"`
	Actor      ledger.Actor `json:"actor"`                // as the certificate says
	ValidUntil string       `json:"validUntil"`           // of the certificate
	LoginAt    string       `json:"loginAt,omitempty"`    // "": never
	DisabledAt string       `json:"disabledAt,omitempty"` // "": may log in

	Administrator        bool   `json:"administrator"`                  // keeps the accounts of its organisation
	RevokedAt            string `json:"revokedAt,omitempty"`            // "": not revoked
	CertificateRevokedAt string `json:"certificateRevokedAt,omitempty"` // "": the certificate authority has not revoked it
}

// List gives the accounts within reach in the order of their names; the bookmark is
// the last name. No key is opened for it.
func (d *Directory) List(ctx context.Context, within Reach, page ledger.PageRequest) (ledger.Page[Overview], error) {
	answer := ledger.Page[Overview]{Items: []Overview{}}
	size := page.PageSize
	if size <= 0 || size > ledger.MaxPageSize {
		size = ledger.MaxPageSize
	}
	rows, err := d.database.QueryContext(ctx, overviewColumns+` WHERE `+WithinReach+` AND name > ? ORDER BY name LIMIT ?`,
		append(within.Arguments(), page.Bookmark, size+1)...)
	if err != nil {
		return answer, fmt.Errorf("account: list: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	for rows.Next() {
		if len(answer.Items) == size {
			answer.Bookmark = answer.Items[size-1].Account
			break
		}
		row, err := scanOverview(rows)
		if err != nil {
			return answer, err
		}
		answer.Items = append(answer.Items, row)
	}
	return answer, rows.Err()
}

const overviewColumns = `SELECT name, label_zh, label_en, msp, certificate, COALESCE(login_at, ''), COALESCE(disabled_at, ''),
	administrator, COALESCE(revoked_at, ''), COALESCE(certificate_revoked_at, '') FROM accounts`

func scanOverview(row interface{ Scan(into ...any) error }) (Overview, error) {
	var read Overview
	var msp, certificatePEM string
	if err := row.Scan(&read.Account, &read.Label.ZH, &read.Label.EN, &msp, &certificatePEM, &read.LoginAt, &read.DisabledAt,
		&read.Administrator, &read.RevokedAt, &read.CertificateRevokedAt); err != nil {
		return read, fmt.Errorf("account: list: %w", err)
	}
	actor, certificate, err := actorOfPEM(msp, certificatePEM)
	if err != nil {
		return read, fmt.Errorf("account: certificate of %s: %w", read.Account, err)
	}
	read.Actor = actor
	read.ValidUntil = database.Stamp(certificate.NotAfter)
	return read, nil
}

// actorOfPEM reads the actor out of a stored certificate.
func actorOfPEM(msp, certificatePEM string) (ledger.Actor, *x509.Certificate, error) {
	certificate, err := identity.CertificateFromPEM([]byte(certificatePEM))
	if err != nil {
		return ledger.Actor{}, nil, err
	}
	actor, err := ActorOf(msp, certificate)
	return actor, certificate, err
}

// Disable keeps an account out from now on and ends its sessions, in one
// transaction. To disable it again changes nothing. NOT_FOUND where there is none
// within reach.
func (d *Directory) Disable(ctx context.Context, within Reach, name string) error {
	return d.change(ctx, within, name, func(transaction *sql.Tx, _ bool) error {
		_, err := transaction.ExecContext(ctx, `UPDATE accounts SET disabled_at = COALESCE(disabled_at, ?) WHERE name = ?`, database.Stamp(d.clock()), name)
		return err
	})
}

// Enable lets a disabled account log in again: NOT_FOUND where there is none within
// reach, ACTION_NOT_AVAILABLE where it is revoked.
func (d *Directory) Enable(ctx context.Context, within Reach, name string) error {
	return d.change(ctx, within, name, func(transaction *sql.Tx, revoked bool) error {
		if revoked {
			return fault.New(fault.ActionNotAvailable, fault.Field("account"))
		}
		_, err := transaction.ExecContext(ctx, `UPDATE accounts SET disabled_at = NULL WHERE name = ?`, name)
		return err
	})
}

// Appoint lets an account keep the accounts of its organisation; Dismiss takes that
// away. NOT_FOUND where there is none within reach, ACTION_NOT_AVAILABLE where it
// belongs to no organisation or is revoked.
func (d *Directory) Appoint(ctx context.Context, within Reach, name string) error {
	return d.mark(ctx, within, name, true)
}

// Dismiss is the opposite of Appoint.
func (d *Directory) Dismiss(ctx context.Context, within Reach, name string) error {
	return d.mark(ctx, within, name, false)
}

func (d *Directory) mark(ctx context.Context, within Reach, name string, administrator bool) error {
	return d.change(ctx, within, name, func(transaction *sql.Tx, revoked bool) error {
		none := fault.New(fault.ActionNotAvailable, fault.Field("account"))
		if revoked {
			return none
		}
		result, err := transaction.ExecContext(ctx, `UPDATE accounts SET administrator = ? WHERE name = ? AND organisation <> ''`, administrator, name)
		return database.Changed(result, err, none)
	})
}

// change does something to an account within reach and ends its sessions with it.
func (d *Directory) change(ctx context.Context, within Reach, name string, do func(transaction *sql.Tx, revoked bool) error) error {
	return database.InTransaction(ctx, d.database, func(transaction *sql.Tx) error {
		var revoked bool
		err := transaction.QueryRowContext(ctx, `SELECT revoked_at IS NOT NULL FROM accounts WHERE `+WithinReach+` AND name = ?`, append(within.Arguments(), name)...).Scan(&revoked)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, fault.Field("account"))
		}
		if err == nil {
			err = do(transaction, revoked)
		}
		if err != nil {
			return fmt.Errorf("account: change %s: %w", name, err)
		}
		if _, err := transaction.ExecContext(ctx, `DELETE FROM sessions WHERE account = ?`, name); err != nil {
			return fmt.Errorf("account: end sessions of %s: %w", name, err)
		}
		return nil
	})
}

// ChangePassword gives an owner who proves to know the present password another
// one. Every session of the account ends but that of the token. It answers
// LOGIN_FAILED for a wrong present password and throttles like Login.
func (d *Directory) ChangePassword(ctx context.Context, token, name, present, wanted, address string) error {
	if wanted == present {
		return unfitPassword()
	}
	if err := checkPassword(wanted); err != nil {
		return err
	}
	if err := d.prove(ctx, name, present, address); err != nil {
		return err
	}
	hash, err := d.costs.hash(ctx, wanted)
	if err != nil {
		return err
	}
	return database.InTransaction(ctx, d.database, func(transaction *sql.Tx) error {
		if _, err := transaction.ExecContext(ctx, `UPDATE accounts SET password_hash = ?, updated_at = ? WHERE name = ?`, hash, database.Stamp(d.clock()), name); err != nil {
			return fmt.Errorf("account: change password of %s: %w", name, err)
		}
		if _, err := transaction.ExecContext(ctx, `DELETE FROM sessions WHERE account = ? AND token_hash <> ?`, name, TokenHash(token)); err != nil {
			return fmt.Errorf("account: end sessions of %s: %w", name, err)
		}
		return nil
	})
}

// checkPassword holds a password that an owner chooses to its bounds.
func checkPassword(wanted string) error {
	if len(wanted) < MinPassword || len(wanted) > MaxPassword {
		return unfitPassword()
	}
	return nil
}

func unfitPassword() error {
	return fault.New(fault.InvalidValue, fault.Field("password"), fault.Value("min", fmt.Sprint(MinPassword)), fault.Value("max", fmt.Sprint(MaxPassword)))
}

// prove checks a password within the limits of failing attempts.
func (d *Directory) prove(ctx context.Context, name, password, address string) error {
	if len(name) > MaxName || len(password) > MaxPassword {
		return fault.New(fault.LoginFailed)
	}
	attempt, allowed := d.throttle.Begin(d.clock(), address, name+"\x00"+address, name)
	if !allowed {
		return fault.New(fault.TooManyAttempts)
	}
	if err := d.matchPassword(ctx, name, password); err != nil {
		return err
	}
	attempt.Forgive()
	return nil
}

// enter opens a session for who has proved to be an account's owner.
func (d *Directory) enter(ctx context.Context, name string) (Session, error) {
	if err := d.admit(ctx, name); err != nil {
		return Session{}, err
	}
	account, err := d.Find(ctx, name)
	if err != nil {
		return Session{}, err
	}
	return d.openSession(ctx, account)
}

// admit notes a login, unless the account is disabled or revoked. Only its owner
// learns that it is.
func (d *Directory) admit(ctx context.Context, name string) error {
	var disabled, revoked bool
	err := d.database.QueryRowContext(ctx, `UPDATE accounts SET login_at = CASE WHEN disabled_at IS NULL THEN ? ELSE login_at END WHERE name = ?
		RETURNING disabled_at IS NOT NULL, revoked_at IS NOT NULL`, database.Stamp(d.clock()), name).Scan(&disabled, &revoked)
	switch {
	case err != nil:
		return fmt.Errorf("account: note login of %s: %w", name, err)
	case revoked:
		return fault.New(fault.AccountRevoked)
	case disabled:
		return fault.New(fault.AccountDisabled)
	default:
		return nil
	}
}

// Acting gives an account in whose name a job may act: NOT_FOUND where there is
// none, ACCOUNT_DISABLED where it is out.
func (d *Directory) Acting(ctx context.Context, name string) (Account, error) {
	var disabled bool
	err := d.database.QueryRowContext(ctx, `SELECT disabled_at IS NOT NULL FROM accounts WHERE name = ?`, name).Scan(&disabled)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return Account{}, fmt.Errorf("account: %s: %w", name, err)
	case disabled:
		return Account{}, fault.New(fault.AccountDisabled, fault.Field("account"))
	}
	return d.Find(ctx, name)
}

// Recipient is an account that can be told something.
type Recipient struct {
	Name     string
	Actor    ledger.Actor
	HasEmail bool
}

// Recipients gives every account that is not disabled. It reads each certificate:
// some 50 µs an account.
func (d *Directory) Recipients(ctx context.Context) ([]Recipient, error) {
	rows, err := d.database.QueryContext(ctx, `SELECT a.name, a.msp, a.certificate, e.account IS NOT NULL
		FROM accounts a LEFT JOIN account_emails e ON e.account = a.name WHERE a.disabled_at IS NULL ORDER BY a.name`)
	if err != nil {
		return nil, fmt.Errorf("account: recipients: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var all []Recipient
	for rows.Next() {
		var read Recipient
		var msp, certificate string
		if err := rows.Scan(&read.Name, &msp, &certificate, &read.HasEmail); err != nil {
			return nil, fmt.Errorf("account: recipients: %w", err)
		}
		if read.Actor, _, err = actorOfPEM(msp, certificate); err != nil {
			return nil, fmt.Errorf("account: certificate of %s: %w", read.Name, err)
		}
		all = append(all, read)
	}
	return all, rows.Err()
}
