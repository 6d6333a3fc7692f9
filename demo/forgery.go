package demo

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/gateway/ledgerclient"
	"dengji/network/profile"
)

// forgery shows what the registrar cannot do alone: with its own certificate, its
// own client program and its own peer's endorsement it issues the code, and the
// transaction is marked invalid (Art. 27: no false registration).
func (s *Story) forgery(ctx context.Context, application ledger.Application) error {
	account, err := s.account(issuer)
	if err != nil {
		return err
	}
	own, err := Dial(s.connection, ledger.RegistrarMSP, account)
	if err != nil {
		return err
	}
	defer own.Close()
	txID, verdict, err := IssueAlone(ctx, own.Network(s.connection), application.ID)
	if err != nil {
		return fmt.Errorf("issuance by the registrar alone: %w", err)
	}
	if verdict != peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE {
		return fmt.Errorf("issuance by the registrar alone was marked %s", verdict)
	}
	s.Refused(text("登记机构用自己的程序、仅凭自己节点的背书赋码：交易被判为无效，什么也没有写入",
		"the registrar, with its own program and only its own peer's endorsement, issues the code: marked invalid, nothing is written"),
		s.Say(text("判定", "verdict")), verdict.String(), "tx", txID)
	return nil
}

// Own is a client program of one account's own, connected to one organisation's
// peer without the registry's gateway.
type Own struct {
	Gateway    *fabric.Gateway
	connection *grpc.ClientConn
}

// Dial connects an account to the first peer of an organisation.
func Dial(connection profile.Connection, msp string, account profile.Account) (*Own, error) {
	for _, at := range connection.Peers {
		if at.MSP == msp {
			return DialPeer(at, account)
		}
	}
	return nil, fmt.Errorf("no peer of %s", msp)
}

// DialPeer connects an account to a given peer.
func DialPeer(at profile.Peer, account profile.Account) (*Own, error) {
	roots, err := os.ReadFile(at.TLSRoot)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return nil, fmt.Errorf("no certificate in %s", at.TLSRoot)
	}
	who, err := ledgerclient.ReadIdentity(account)
	if err != nil {
		return nil, err
	}
	id, err := identity.NewX509Identity(who.MSP, who.Certificate)
	if err != nil {
		return nil, err
	}
	sign, err := identity.NewPrivateKeySign(who.Key)
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(at.Address, grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(pool, at.TLSName)))
	if err != nil {
		return nil, err
	}
	gateway, err := fabric.Connect(id, fabric.WithSign(sign), fabric.WithHash(hash.SHA256), fabric.WithClientConnection(conn))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &Own{Gateway: gateway, connection: conn}, nil
}

// Close ends the connection.
func (o *Own) Close() {
	_ = o.Gateway.Close()
	_ = o.connection.Close()
}

// Network gives the registry's channel.
func (o *Own) Network(connection profile.Connection) *fabric.Network {
	return o.Gateway.GetNetwork(connection.Channel)
}

// IssueAlone issues a code with the endorsement of the registrar alone and gives
// the transaction's id and how it was marked.
func IssueAlone(ctx context.Context, network *fabric.Network, application string) (string, peer.TxValidationCode, error) {
	request, err := json.Marshal(ledger.ActRequest{ID: application, Action: "issue",
		Issue: &ledger.IssueRequest{QueryCodeDigest: canonical.DigestOf([]byte("forged")), QueryCodeSalt: strings.Repeat("0", 32)}})
	if err != nil {
		return "", 0, err
	}
	proposal, err := network.GetContract(ledger.ChaincodeName).NewProposal(ledger.TxAct,
		fabric.WithArguments(string(request)), fabric.WithEndorsingOrganizations(ledger.RegistrarMSP))
	if err != nil {
		return "", 0, err
	}
	transaction, err := proposal.EndorseWithContext(ctx)
	if err != nil {
		return "", 0, err
	}
	commit, err := transaction.SubmitWithContext(ctx)
	if err != nil {
		return "", 0, err
	}
	status, err := commit.StatusWithContext(ctx)
	if err != nil {
		return "", 0, err
	}
	return status.TransactionID, status.Code, nil
}
