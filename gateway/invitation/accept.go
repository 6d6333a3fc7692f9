package invitation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/database"
	"dengji/gateway/throttle"
)

// Offer is what who holds a link sees before accepting.
type Offer struct {
	Grant     Grant       `json:"grant"`
	Inviter   ledger.Text `json:"inviter"`
	ExpiresAt string      `json:"expiresAt"` // RFC 3339
}

// Look gives the offer of a link: NOT_FOUND where there is none, INVITATION_USED,
// INVITATION_WITHDRAWN or INVITATION_EXPIRED where it is no longer good, and
// TOO_MANY_ATTEMPTS for a network address that tries too many.
func (d *Desk) Look(ctx context.Context, token, address string) (Offer, error) {
	attempt, err := d.begin(address)
	if err != nil {
		return Offer{}, err
	}
	found, err := d.find(ctx, d.Database, token)
	if err != nil {
		return Offer{}, err
	}
	attempt.Forgive()
	inviter, err := d.Accounts.Find(ctx, found.Inviter)
	if err != nil {
		return Offer{}, err
	}
	return Offer{Grant: found.Grant, Inviter: inviter.Label, ExpiresAt: found.ExpiresAt}, nil
}

func (d *Desk) begin(address string) (throttle.Attempt, error) {
	attempt, allowed := d.addresses.Begin(d.Clock(), address)
	if !allowed {
		return attempt, fault.New(fault.TooManyAttempts)
	}
	return attempt, nil
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, values ...any) *sql.Row
}

// find gives an invitation that can be accepted now.
func (d *Desk) find(ctx context.Context, in querier, token string) (Invitation, error) {
	found, err := d.scan(in.QueryRowContext(ctx, `SELECT `+columns+` FROM invitations WHERE token_hash = ?`, account.TokenHash(token)))
	if errors.Is(err, sql.ErrNoRows) {
		return found, fault.New(fault.NotFound, fault.Field("token"))
	}
	if err != nil {
		return found, fmt.Errorf("invitation: read: %w", err)
	}
	switch found.State {
	case Accepted:
		return found, fault.New(fault.InvitationUsed)
	case Withdrawn:
		return found, fault.New(fault.InvitationWithdrawn)
	case Expired:
		return found, fault.New(fault.InvitationExpired)
	default:
		return found, nil
	}
}

// Accept makes the account of a link, with a name and a password of its holder's
// choice. The errors are those of Look, ALREADY_EXISTS or INVALID_VALUE for what was
// chosen, and CERTIFICATE_AUTHORITY_UNREACHABLE. The account is there when it
// returns without an error, and never half: what a crash or a failure breaks off is
// accepted by the same link again.
func (d *Desk) Accept(ctx context.Context, token, name, password, address string) error {
	attempt, err := d.begin(address)
	if err != nil {
		return err
	}
	found, err := d.find(ctx, d.Database, token)
	if err != nil {
		return err
	}
	if err := d.Accounts.CheckChoice(ctx, name, password); err != nil {
		return err
	}
	prepared, err := d.certified(ctx, found, name, password)
	if err != nil {
		return err
	}
	err = database.InTransaction(ctx, d.Database, func(transaction *sql.Tx) error {
		if _, err := d.find(ctx, transaction, token); err != nil { // accepted or withdrawn meanwhile
			return err
		}
		if err := prepared.Create(ctx, transaction); err != nil {
			return err
		}
		return d.close(ctx, transaction, found.ID, name)
	})
	if err == nil {
		attempt.Forgive()
	}
	return err
}

// enrolmentID is the pseudonym under which an invited person acts on the ledger.
func enrolmentID(invitation string) string { return "account-" + invitation }

// certified has a key certified for exactly what the invitation grants.
func (d *Desk) certified(ctx context.Context, found Invitation, name, password string) (account.Prepared, error) {
	var sealed string
	err := d.Database.QueryRowContext(ctx, `SELECT sealed_secret FROM invitation_secrets WHERE invitation = ?`, found.ID).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) { // accepted or withdrawn since it was found
		return account.Prepared{}, fault.New(fault.InvitationUsed)
	}
	if err != nil {
		return account.Prepared{}, fmt.Errorf("invitation: read secret: %w", err)
	}
	secret, err := d.Sealer.Open(ctx, sealed, secretContext(found.ID))
	if err != nil {
		return account.Prepared{}, fmt.Errorf("invitation: open secret: %w", err)
	}
	g := found.Grant
	actor := ledger.Actor{MSP: found.MSP, ID: enrolmentID(found.ID), Role: g.Role, USCC: g.USCC, Division: g.Division, Name: g.Office}
	certificate, key, err := d.Authorities.Certify(ctx, actor, string(secret))
	if err != nil {
		return account.Prepared{}, err
	}
	prepared, err := d.Accounts.Prepare(ctx, account.New{Name: name, Label: g.Label, Password: password, MSP: found.MSP,
		Certificate: certificate, Key: key, Administrator: g.Administrator})
	if err == nil && prepared.Actor() != actor {
		err = fmt.Errorf("invitation: the authority certified %+v, not %+v", prepared.Actor(), actor)
	}
	return prepared, err
}

func (d *Desk) close(ctx context.Context, transaction *sql.Tx, id, name string) error {
	_, err := transaction.ExecContext(ctx, `UPDATE invitations SET accepted_at = ?, account = ? WHERE id = ?`, database.Stamp(d.Clock()), name, id)
	if err == nil {
		_, err = transaction.ExecContext(ctx, `DELETE FROM invitation_secrets WHERE invitation = ?`, id)
	}
	if err != nil {
		return fmt.Errorf("invitation: close: %w", err)
	}
	return nil
}
