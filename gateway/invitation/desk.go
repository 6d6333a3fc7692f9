package invitation

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/database"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/notification"
	"dengji/gateway/throttle"
)

// Life is how long an invitation can be accepted.
const Life = 7 * 24 * time.Hour

// Page is the path under which the portal shows an invitation to who holds its token.
const Page = "/invitations/"

// Limits of attempts: with a token, by network address; and of invitations, by
// inviter.
var (
	addressLimit = throttle.Limit{Burst: 20, Pace: 10 * time.Second}
	inviterLimit = throttle.Limit{Burst: 50, Pace: 30 * time.Second}
)

// Authorities certify keys. *certification.Authorities are that.
type Authorities interface {
	// Serves reports whether accounts of an MSP can be made.
	Serves(msp string) bool
	// Certify has a new key certified for who acts: certificate and key, both PEM. It
	// may be repeated with the same secret.
	Certify(ctx context.Context, actor ledger.Actor, secret string) (certificate, key []byte, err error)
}

// Options are what a Desk works with; Sender may be nil: nothing is mailed.
type Options struct {
	Database    *sql.DB
	Accounts    *account.Directory
	Sealer      sealing.Sealer
	Authorities Authorities
	Sender      notification.Sender
	Public      string // address of the portal, for links
	Clock       func() time.Time
	Log         *slog.Logger
}

// Desk keeps invitations. It is safe for concurrent use.
type Desk struct {
	Options
	addresses *throttle.Throttle
	inviters  *throttle.Throttle
}

// NewDesk makes a desk.
func NewDesk(options Options) *Desk {
	return &Desk{Options: options, addresses: throttle.New(addressLimit), inviters: throttle.New(inviterLimit)}
}

// State is what has become of an invitation.
type State string

// The states of an invitation.
const (
	Open      State = "open"
	Accepted  State = "accepted"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// Invitation is what those who keep an organisation's accounts see. Times are
// RFC 3339.
type Invitation struct {
	ID        string `json:"id"`
	Grant     Grant  `json:"grant"`
	MSP       string `json:"msp"`
	Inviter   string `json:"inviter"` // account
	State     State  `json:"state"`
	CreatedAt string `json:"createdAt"`
	ExpiresAt string `json:"expiresAt"`
	Account   string `json:"account,omitempty"` // that was made of it
}

// Made is a new invitation. Its link is given here or by mail, and never again.
type Made struct {
	Invitation Invitation `json:"invitation"`
	Link       string     `json:"link,omitempty"` // to be handed over; "": it was mailed
	Mailed     bool       `json:"mailed"`
}

// Invite makes an invitation. With an address it is mailed, where a mail server is
// connected and takes it; the address is not kept.
func (d *Desk) Invite(ctx context.Context, inviter account.Account, asked Grant, email string) (Made, error) {
	granted, actor, err := allow(inviter, asked)
	if err != nil {
		return Made{}, err
	}
	if email != "" {
		if err := account.CheckEmail(email); err != nil {
			return Made{}, err
		}
	}
	if !d.Authorities.Serves(actor.MSP) {
		return Made{}, fault.New(fault.AuthorityNotConnected)
	}
	if _, allowed := d.inviters.Begin(d.Clock(), inviter.Name); !allowed {
		return Made{}, fault.New(fault.TooManyAttempts)
	}
	now := d.Clock()
	made := Invitation{ID: strings.ToLower(rand.Text()), Grant: granted, MSP: actor.MSP, Inviter: inviter.Name, State: Open,
		CreatedAt: database.Stamp(now), ExpiresAt: database.Stamp(now.Add(Life))}
	token := account.NewToken()
	if err := d.store(ctx, made, actor, token); err != nil {
		return Made{}, err
	}
	link := d.Public + Page + token
	if d.mailed(ctx, made, inviter, email, link) {
		return Made{Invitation: made, Mailed: true}, nil
	}
	return Made{Invitation: made, Link: link}, nil
}

func secretContext(id string) string { return "invitation-secret/" + id }

// Sealed is the column of the invitations' secrets, which a new master key seals anew.
var Sealed = database.Sealed{Table: "invitation_secrets", Column: "sealed_secret", Key: []string{"invitation"},
	Context: func(of []string) string { return secretContext(of[0]) }}

func (d *Desk) store(ctx context.Context, made Invitation, actor ledger.Actor, token string) error {
	// The secret of the enrolment is fixed before anybody accepts, so that accepting
	// may be repeated after whatever breaks it off.
	sealed, err := d.Sealer.Seal(ctx, []byte(account.NewToken()), secretContext(made.ID))
	if err != nil {
		return fmt.Errorf("invitation: seal: %w", err)
	}
	return database.InTransaction(ctx, d.Database, func(transaction *sql.Tx) error {
		g := made.Grant
		_, err := transaction.ExecContext(ctx, `INSERT INTO invitations (id, token_hash, inviter, organisation, label_zh, label_en,
			msp, role, uscc, division, office, administrator, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			made.ID, account.TokenHash(token), made.Inviter, account.OrganisationOf(actor), g.Label.ZH, g.Label.EN, made.MSP, string(g.Role), g.USCC, g.Division,
			g.Office, g.Administrator, made.CreatedAt, made.ExpiresAt)
		if err == nil {
			_, err = transaction.ExecContext(ctx, `INSERT INTO invitation_secrets (invitation, sealed_secret) VALUES (?, ?)`, made.ID, sealed)
		}
		if err != nil {
			return fmt.Errorf("invitation: store: %w", err)
		}
		return nil
	})
}

const columns = `id, label_zh, label_en, msp, role, uscc, division, office, administrator, inviter, created_at, expires_at,
	COALESCE(account, ''), withdrawn_at IS NOT NULL, accepted_at IS NOT NULL,
	NOT EXISTS (SELECT 1 FROM accounts WHERE name = inviter AND disabled_at IS NULL)`

// scan reads a row of columns. The invitation of somebody who is out counts as
// withdrawn.
func (d *Desk) scan(row interface{ Scan(into ...any) error }, before ...any) (Invitation, error) {
	var read Invitation
	var withdrawn, accepted, orphaned bool
	g := &read.Grant
	err := row.Scan(append(before, &read.ID, &g.Label.ZH, &g.Label.EN, &read.MSP, &g.Role, &g.USCC, &g.Division, &g.Office, &g.Administrator,
		&read.Inviter, &read.CreatedAt, &read.ExpiresAt, &read.Account, &withdrawn, &accepted, &orphaned)...)
	switch {
	case accepted:
		read.State = Accepted
	case withdrawn, orphaned:
		read.State = Withdrawn
	case read.ExpiresAt <= database.Stamp(d.Clock()):
		read.State = Expired
	default:
		read.State = Open
	}
	return read, err
}

// List gives the invitations within reach, the newest first.
func (d *Desk) List(ctx context.Context, within account.Reach, page ledger.PageRequest) (ledger.Page[Invitation], error) {
	answer := ledger.Page[Invitation]{Items: []Invitation{}}
	size, before, err := database.NewestFirst(page, ledger.DefaultPageSize)
	if err != nil {
		return answer, err
	}
	rows, err := d.Database.QueryContext(ctx, `SELECT number, `+columns+` FROM invitations WHERE `+account.WithinReach+` AND number < ? ORDER BY number DESC LIMIT ?`,
		append(within.Arguments(), before, size+1)...)
	if err != nil {
		return answer, fmt.Errorf("invitation: list: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var last int64
	for rows.Next() {
		if len(answer.Items) == size {
			answer.Bookmark = fmt.Sprint(last)
			break
		}
		read, err := d.scan(rows, &last)
		if err != nil {
			return answer, fmt.Errorf("invitation: list: %w", err)
		}
		answer.Items = append(answer.Items, read)
	}
	return answer, rows.Err()
}

// Withdraw ends an open invitation within reach: NOT_FOUND where there is none, and
// ACTION_NOT_AVAILABLE where an account was made of it. To withdraw it again changes
// nothing.
func (d *Desk) Withdraw(ctx context.Context, within account.Reach, id string) error {
	return database.InTransaction(ctx, d.Database, func(transaction *sql.Tx) error {
		var accepted bool
		err := transaction.QueryRowContext(ctx, `SELECT accepted_at IS NOT NULL FROM invitations WHERE `+account.WithinReach+` AND id = ?`, append(within.Arguments(), id)...).Scan(&accepted)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fault.New(fault.NotFound, fault.Field("invitation"))
		case err != nil:
			return fmt.Errorf("invitation: withdraw: %w", err)
		case accepted:
			return fault.New(fault.ActionNotAvailable, fault.Field("invitation"))
		}
		for _, statement := range []struct {
			text   string
			values []any
		}{
			{`UPDATE invitations SET withdrawn_at = COALESCE(withdrawn_at, ?) WHERE id = ?`, []any{database.Stamp(d.Clock()), id}},
			{`DELETE FROM invitation_secrets WHERE invitation = ?`, []any{id}},
		} {
			if _, err := transaction.ExecContext(ctx, statement.text, statement.values...); err != nil {
				return fmt.Errorf("invitation: withdraw: %w", err)
			}
		}
		return nil
	})
}
