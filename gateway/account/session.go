package account

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/ledgerclient"
)

const tokenBytes = 32

// Session is what a login gives. The token is shown once and stored as a hash.
type Session struct {
	Token   string
	Expires time.Time
	Account Account
}

// Login checks a password and opens a session. Address is the caller's network
// address, for throttling. It answers LOGIN_FAILED alike for an unknown account
// and a wrong password, TOO_MANY_ATTEMPTS when there were too many, and
// ACCOUNT_DISABLED to who knows the password of a disabled account.
func (d *Directory) Login(ctx context.Context, name, password, address string) (Session, error) {
	if err := d.prove(ctx, name, password, address); err != nil {
		return Session{}, err
	}
	return d.enter(ctx, name)
}

func (d *Directory) matchPassword(ctx context.Context, name, password string) error {
	hash := d.decoyHash
	err := d.database.QueryRowContext(ctx, `SELECT password_hash FROM accounts WHERE name = ?`, name).Scan(&hash)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("account: read password of %s: %w", name, err)
	}
	kept, err := parseHash(hash)
	if err != nil {
		return fmt.Errorf("account: password of %s: %w", name, err)
	}
	matches, err := kept.matches(ctx, password)
	if err != nil {
		return err
	}
	if !known || !matches {
		return fault.New(fault.LoginFailed)
	}
	if kept.costs != d.costs {
		return d.hashAnew(ctx, name, password, hash)
	}
	return nil
}

// hashAnew keeps a password that was right under the present costs from now on,
// unless somebody has set another one meanwhile.
func (d *Directory) hashAnew(ctx context.Context, name, password, replaced string) error {
	hash, err := d.costs.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = d.database.ExecContext(ctx, `UPDATE accounts SET password_hash = ? WHERE name = ? AND password_hash = ?`, hash, name, replaced)
	if err != nil {
		return fmt.Errorf("account: hash the password of %s anew: %w", name, err)
	}
	return nil
}

func (d *Directory) openSession(ctx context.Context, account Account) (Session, error) {
	if account.Actor.Role == ledger.RoleIntake { // the gateway's own: nobody logs in as all guests
		return Session{}, fault.New(fault.AccountDisabled)
	}
	now := d.clock()
	session := Session{Token: NewToken(), Expires: now.Add(SessionLife).Truncate(time.Second), Account: account}
	if _, err := d.database.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= ?`, database.Stamp(now)); err != nil {
		return Session{}, fmt.Errorf("account: sweep sessions: %w", err)
	}
	// Whoever disabled the account since the password was checked has ended its sessions already.
	result, err := d.database.ExecContext(ctx, `INSERT INTO sessions (token_hash, account, created_at, expires_at)
		SELECT ?, name, ?, ? FROM accounts WHERE name = ? AND disabled_at IS NULL`,
		TokenHash(session.Token), database.Stamp(now), database.Stamp(session.Expires), account.Name)
	if err != nil {
		return Session{}, fmt.Errorf("account: store session: %w", err)
	}
	if stored, err := result.RowsAffected(); err != nil || stored != 1 {
		return Session{}, fault.New(fault.AccountDisabled, fault.Cause(err))
	}
	return session, nil
}

// Authenticate gives the account of a bearer token: UNAUTHENTICATED where the
// token is unknown or has expired.
func (d *Directory) Authenticate(ctx context.Context, token string) (Account, error) {
	var name string
	row := d.database.QueryRowContext(ctx, `SELECT account FROM sessions WHERE token_hash = ? AND expires_at > ?`,
		TokenHash(token), database.Stamp(d.clock()))
	err := row.Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, fault.New(fault.Unauthenticated)
	}
	if err != nil {
		return Account{}, fmt.Errorf("account: read session: %w", err)
	}
	return d.Find(ctx, name)
}

// Logout ends the session of a token; a token without one is no error.
func (d *Directory) Logout(ctx context.Context, token string) error {
	if _, err := d.database.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = ?`, TokenHash(token)); err != nil {
		return fmt.Errorf("account: end session: %w", err)
	}
	return nil
}

// NewToken makes a secret that its holder shows; TokenHash is what is kept of it.
func NewToken() string {
	raw := make([]byte, tokenBytes)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// TokenHash is the SHA-256 of a token, which is too random to need a salt.
func TokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// keyFits reports an error unless the key is the one that the certificate names.
func keyFits(identity ledgerclient.Identity) error {
	signer, ok := identity.Key.(crypto.Signer)
	if !ok {
		return errors.New("not a signing key")
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(identity.Certificate.PublicKey) {
		return errors.New("not the key of the certificate")
	}
	return nil
}
