package memoryledger

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"dengji/chaincode/ledger"
)

// attributeOID is where Fabric CA puts attributes in a certificate.
var attributeOID = asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 1}

// Identity is a caller: an actor with a certificate that says so.
type Identity struct {
	Actor   ledger.Actor
	creator []byte // serialized MSP identity
}

// NewIdentity makes a self-signed certificate with the actor's attributes, empty
// ones left out, as Fabric CA would write them. Nothing about the actor is
// checked: that is the chaincode's business.
func NewIdentity(actor ledger.Actor) (Identity, error) {
	certificate, err := selfSigned(actor)
	if err != nil {
		return Identity{}, fmt.Errorf("memoryledger: certificate of %s: %w", actor.Key(), err)
	}
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: actor.MSP,
		IdBytes: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})})
	if err != nil {
		return Identity{}, fmt.Errorf("memoryledger: identity of %s: %w", actor.Key(), err)
	}
	return Identity{Actor: actor, creator: creator}, nil
}

func selfSigned(actor ledger.Actor) ([]byte, error) {
	attributes := map[string]string{}
	for name, value := range map[string]string{ledger.AttributeRole: string(actor.Role), ledger.AttributeUSCC: actor.USCC,
		ledger.AttributeDivision: actor.Division, ledger.AttributeName: actor.Name} {
		if value != "" {
			attributes[name] = value
		}
	}
	extension, err := json.Marshal(map[string]any{"attrs": attributes})
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:    big.NewInt(1),
		Subject:         pkix.Name{CommonName: actor.ID, OrganizationalUnit: []string{"client"}},
		NotBefore:       time.Now().Add(-time.Hour),
		NotAfter:        time.Now().AddDate(1, 0, 0),
		ExtraExtensions: []pkix.Extension{{Id: attributeOID, Value: extension}},
	}
	return x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
}
