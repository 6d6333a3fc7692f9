package account

import (
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/attrmgr"

	"dengji/chaincode/ledger"
	"dengji/gateway/ledgerclient"
)

// MaxName bounds an account's name in bytes.
const MaxName = 64

// Account is a login bound to a certificate. Actor is what the chaincode will
// see, read from that certificate.
type Account struct {
	Name          string
	Label         ledger.Text
	Actor         ledger.Actor
	Identity      ledgerclient.Identity
	Administrator bool // keeps the accounts of its organisation
}

// bind makes an account of its stored parts.
func bind(name string, label ledger.Text, msp string, certificatePEM, keyPEM []byte) (Account, error) {
	identity, err := ledgerclient.ParseIdentity(msp, certificatePEM, keyPEM)
	if err != nil {
		return Account{}, fmt.Errorf("account: %s: %w", name, err)
	}
	actor, err := ActorOf(msp, identity.Certificate)
	if err != nil {
		return Account{}, fmt.Errorf("account: certificate of %s: %w", name, err)
	}
	return Account{Name: name, Label: label, Actor: actor, Identity: identity}, nil
}

// ActorOf reads the actor out of a certificate, as the chaincode does.
func ActorOf(msp string, certificate *x509.Certificate) (ledger.Actor, error) {
	attributes, err := attrmgr.New().GetAttributesFromCert(certificate)
	if err != nil {
		return ledger.Actor{}, fmt.Errorf("attributes: %w", err)
	}
	actor := ledger.Actor{MSP: msp, ID: certificate.Subject.CommonName}
	role := attributes.Attrs[ledger.AttributeRole]
	actor.Role = ledger.Role(role)
	actor.USCC = attributes.Attrs[ledger.AttributeUSCC]
	actor.Division = attributes.Attrs[ledger.AttributeDivision]
	actor.Name = attributes.Attrs[ledger.AttributeName]
	if !slices.Contains(ledger.RoleOrganisation[actor.Role], msp) {
		return ledger.Actor{}, fmt.Errorf("role %q does not belong to %s", role, msp)
	}
	return actor, nil
}
