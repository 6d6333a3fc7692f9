package gatewaytest

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/invitation"
)

// Authorities are the certificate authorities of every organisation but one, in
// memory. They are safe for concurrent use.
type Authorities struct {
	Unconnected string // MSP that is not connected

	t       testing.TB
	mutex   sync.Mutex
	down    bool
	secrets map[string]string // by enrolment id
	revoked []string
}

func newAuthorities(t testing.TB) *Authorities {
	return &Authorities{t: t, secrets: map[string]string{}, Unconnected: ledger.SupervisorsMSP}
}

// Down has nobody answer from now on, or again.
func (a *Authorities) Down(down bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.down = down
}

// Certified gives the enrolment ids that were certified.
func (a *Authorities) Certified() []string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var ids []string
	for id := range a.secrets {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Revoked gives the enrolment ids that were revoked.
func (a *Authorities) Revoked() []string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return slices.Clone(a.revoked)
}

// Serves implements invitation.Authorities.
func (a *Authorities) Serves(msp string) bool { return msp != a.Unconnected }

// Certify implements invitation.Authorities. As Fabric CA does, it knows an identity
// by the secret of its first registration.
func (a *Authorities) Certify(_ context.Context, actor ledger.Actor, secret string) (certificate, key []byte, err error) {
	if err := a.answers(actor.MSP); err != nil {
		return nil, nil, err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if known, registered := a.secrets[actor.ID]; registered && known != secret {
		return nil, nil, fault.New(fault.AuthorityUnreachable)
	}
	a.secrets[actor.ID] = secret
	certificate, key = Credentials(a.t, actor)
	return certificate, key, nil
}

// Revoke implements revocation.Authorities.
func (a *Authorities) Revoke(_ context.Context, msp, id string) error {
	if err := a.answers(msp); err != nil {
		return err
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !slices.Contains(a.revoked, id) {
		a.revoked = append(a.revoked, id)
	}
	return nil
}

func (a *Authorities) answers(msp string) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	switch {
	case !a.Serves(msp):
		return fault.New(fault.AuthorityNotConnected)
	case a.down:
		return fault.New(fault.AuthorityUnreachable)
	default:
		return nil
	}
}

// Invitations gives a desk over the platform's database, at another time or with a
// mail server.
func (p *Platform) Invitations(change func(*invitation.Options)) *invitation.Desk {
	options := invitation.Options{Database: p.Database, Accounts: p.Accounts, Sealer: p.sealer, Authorities: p.Authorities,
		Public: "https://registry.example", Clock: p.Stage.Clock.Now, Log: slog.New(slog.DiscardHandler)}
	change(&options)
	return invitation.NewDesk(options)
}
