package certification

import (
	"context"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/identity"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/network/enrolment"
	"dengji/network/profile"
)

// client is the kind of identity that accounts are.
const client = "client"

// Authorities are those of the organisations for which this gateway makes accounts.
// They are safe for concurrent use.
type Authorities struct {
	all map[string]authority // by MSP
}

type authority struct {
	server  *enrolment.Client
	name    string
	officer enrolment.Officer
	until   time.Time // end of the officer's certificate
}

// Open takes the officers that organisations have given to this gateway. It connects
// to nothing yet. The caller MUST Close it.
func Open(officers []profile.Officer) (*Authorities, error) {
	opened := &Authorities{all: map[string]authority{}}
	for _, given := range officers {
		if _, twice := opened.all[given.MSP]; twice {
			return nil, fmt.Errorf("certification: there are two officers of %s", given.MSP)
		}
		key, err := identity.PrivateKeyFromPEM([]byte(given.Key))
		if err != nil {
			return nil, fmt.Errorf("certification: key of the officer of %s: %w", given.MSP, err)
		}
		officer, err := enrolment.NewOfficer([]byte(given.Certificate), key)
		if err != nil {
			return nil, fmt.Errorf("certification: officer of %s: %w", given.MSP, err)
		}
		certificate, err := identity.CertificateFromPEM([]byte(given.Certificate))
		if err != nil {
			return nil, fmt.Errorf("certification: certificate of the officer of %s: %w", given.MSP, err)
		}
		server, err := enrolment.New(given.Address, []byte(given.Root))
		if err != nil {
			return nil, fmt.Errorf("certification: authority of %s: %w", given.MSP, err)
		}
		opened.all[given.MSP] = authority{server, given.Authority, officer, certificate.NotAfter}
	}
	return opened, nil
}

// Close gives connections back.
func (a *Authorities) Close() {
	for _, each := range a.all {
		each.server.Close()
	}
}

// Ends gives by MSP when the certificate of the officer runs out.
func (a *Authorities) Ends() map[string]time.Time {
	ends := make(map[string]time.Time, len(a.all))
	for msp, each := range a.all {
		ends[msp] = each.until
	}
	return ends
}

// Serves reports whether the authority of an MSP is connected.
func (a *Authorities) Serves(msp string) bool {
	_, found := a.all[msp]
	return found
}

func (a *Authorities) of(msp string) (authority, error) {
	found, connected := a.all[msp]
	if !connected {
		return found, fault.New(fault.AuthorityNotConnected)
	}
	return found, nil
}

// Certify makes a key and has it certified for an actor; both are given as PEM. It
// may be repeated with the same secret, and gives another key each time.
func (a *Authorities) Certify(ctx context.Context, actor ledger.Actor, secret string) (certificate, keyPEM []byte, err error) {
	at, err := a.of(actor.MSP)
	if err != nil {
		return nil, nil, err
	}
	key, request, err := enrolment.NewRequest(actor.ID, nil)
	if err != nil {
		return nil, nil, err
	}
	if keyPEM, err = enrolment.KeyPEM(key); err != nil {
		return nil, nil, err
	}
	registration := enrolment.Registration{ID: actor.ID, Kind: client, Secret: secret, Attributes: attributes(actor)}
	if err := at.server.Register(ctx, at.name, at.officer, registration); err != nil {
		return nil, nil, unreachable(err)
	}
	certificate, err = at.server.Enrol(ctx, at.name, enrolment.Enrolment{ID: actor.ID, Secret: secret, Request: request})
	if err != nil {
		return nil, nil, unreachable(err)
	}
	return certificate, keyPEM, nil
}

// Revoke revokes every certificate of an identity. It may be repeated.
func (a *Authorities) Revoke(ctx context.Context, msp, id string) error {
	at, err := a.of(msp)
	if err != nil {
		return err
	}
	if err := at.server.Revoke(ctx, at.name, at.officer, id); err != nil {
		return unreachable(err)
	}
	return nil
}

func unreachable(err error) error { return fault.New(fault.AuthorityUnreachable, fault.Cause(err)) }

// attributes are what the ledger reads from an actor's certificate.
func attributes(actor ledger.Actor) []enrolment.Attribute {
	var all []enrolment.Attribute
	for _, each := range []enrolment.Attribute{
		{Name: ledger.AttributeRole, Value: string(actor.Role)}, {Name: ledger.AttributeUSCC, Value: actor.USCC},
		{Name: ledger.AttributeDivision, Value: actor.Division}, {Name: ledger.AttributeName, Value: actor.Name},
	} {
		if each.Value != "" {
			each.ECert = true
			all = append(all, each)
		}
	}
	return all
}
