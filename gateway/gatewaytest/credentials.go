// Package gatewaytest is the stage for tests of the gateway: the whole REST
// interface over the real contracts on a ledger in memory, an account for every
// role of the cast, and a table of requests whose answers are held against the
// OpenAPI description.
package gatewaytest

import (
	"context"
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
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
)

// attributeOID is where Fabric CA puts attributes in a certificate.
var attributeOID = asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 1}

// Credentials makes a certificate with an actor's attributes, and its key, both
// PEM, as Fabric CA would.
func Credentials(t testing.TB, actor ledger.Actor) (certificatePEM, keyPEM []byte) {
	t.Helper()
	attributes := map[string]string{}
	for name, value := range map[string]string{ledger.AttributeRole: string(actor.Role), ledger.AttributeUSCC: actor.USCC,
		ledger.AttributeDivision: actor.Division, ledger.AttributeName: actor.Name} {
		if value != "" {
			attributes[name] = value
		}
	}
	extension, err := json.Marshal(map[string]any{"attrs": attributes})
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: actor.ID},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtraExtensions: []pkix.Extension{{Id: attributeOID, Value: extension}}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain})
}

// Ledger runs the gateway's transactions on a ledger in memory. Before, if it is
// set, may fail a transaction before it is run, and After one that has committed,
// as a network can.
type Ledger struct {
	Memory *memoryledger.Ledger
	Before func(call ledgerclient.Call) error
	After  func(call ledgerclient.Call) error
}

var _ ledgerclient.Ledger = (*Ledger)(nil)

// Submit implements ledgerclient.Ledger.
func (l *Ledger) Submit(ctx context.Context, as ledgerclient.Identity, call ledgerclient.Call) (ledgerclient.Receipt, error) {
	by, request, err := l.prepare(as, call)
	if err != nil {
		return ledgerclient.Receipt{}, err
	}
	answer, txID, err := l.order(ctx, memoryledger.Call{By: by, Name: call.Transaction, Request: string(request), Transient: call.Transient}, call.Announce)
	if err != nil {
		return ledgerclient.Receipt{TxID: txID}, err
	}
	if l.After != nil {
		if err := l.After(call); err != nil {
			return ledgerclient.Receipt{TxID: txID}, err
		}
	}
	return ledgerclient.Receipt{TxID: txID, Block: l.Memory.Height(), Answer: answer}, nil
}

// order endorses, announces and commits.
func (l *Ledger) order(ctx context.Context, call memoryledger.Call, announce func(context.Context, string) error) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	endorsed := l.Memory.Simulate(call)
	if err := endorsed.Err(); err != nil {
		return nil, endorsed.TxID, err
	}
	if len(endorsed.Writes) == 0 { // nothing is ordered
		return endorsed.Answer, "", nil
	}
	if announce != nil {
		if err := announce(ctx, endorsed.TxID); err != nil {
			return nil, endorsed.TxID, err
		}
	}
	committed, err := l.Memory.Commit(endorsed)
	return committed.Answer, committed.TxID, err
}

// Evaluate implements ledgerclient.Ledger.
func (l *Ledger) Evaluate(ctx context.Context, as ledgerclient.Identity, call ledgerclient.Call) ([]byte, error) {
	by, request, err := l.prepare(as, call)
	if err != nil {
		return nil, err
	}
	return l.Memory.Evaluate(ctx, by, call.Transaction, request, call.Transient)
}

func (l *Ledger) prepare(as ledgerclient.Identity, call ledgerclient.Call) (memoryledger.Identity, []byte, error) {
	if l.Before != nil {
		if err := l.Before(call); err != nil {
			return memoryledger.Identity{}, nil, err
		}
	}
	actor, err := account.ActorOf(as.MSP, as.Certificate)
	if err != nil {
		return memoryledger.Identity{}, nil, fault.New(fault.InvalidIdentity, fault.Cause(err))
	}
	by, err := contracttest.Identity(actor)
	if err != nil {
		return memoryledger.Identity{}, nil, fmt.Errorf("gatewaytest: %w", err)
	}
	request, err := json.Marshal(call.Request)
	if err != nil {
		return memoryledger.Identity{}, nil, fmt.Errorf("gatewaytest: %w", err)
	}
	return by, request, nil
}
