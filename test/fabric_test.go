//go:build integration

package test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"testing"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/ledger"
	"dengji/network/profile"
)

// connect gives the account's own Fabric Gateway on one given peer: the client
// program that anybody with a certificate can write.
func connect(t *testing.T, connection profile.Connection, at profile.Peer, account profile.Account) *client.Network {
	t.Helper()
	roots, err := os.ReadFile(at.TLSRoot)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(roots))
	conn, err := grpc.NewClient(at.Address, grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(pool, at.TLSName)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })

	certificatePEM, err := os.ReadFile(account.Certificate)
	require.NoError(t, err)
	block, _ := pem.Decode(certificatePEM)
	require.NotNil(t, block)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	id, err := identity.NewX509Identity(account.MSP, certificate)
	require.NoError(t, err)
	keyPEM, err := os.ReadFile(account.Key)
	require.NoError(t, err)
	key, err := identity.PrivateKeyFromPEM(keyPEM)
	require.NoError(t, err)
	sign, err := identity.NewPrivateKeySign(key)
	require.NoError(t, err)

	gateway, err := client.Connect(id, client.WithSign(sign), client.WithHash(hash.SHA256), client.WithClientConnection(conn),
		client.WithEndorseTimeout(30*time.Second), client.WithSubmitTimeout(30*time.Second), client.WithCommitStatusTimeout(60*time.Second))
	require.NoError(t, err)
	t.Cleanup(func() { _ = gateway.Close() })
	return gateway.GetNetwork(connection.Channel)
}

// contract gives the registry's contract on such a connection.
func contract(network *client.Network) *client.Contract {
	return network.GetContract(ledger.ChaincodeName)
}

// request gives the one argument of a transaction.
func request(t *testing.T, document any) client.ProposalOption {
	t.Helper()
	text, err := json.Marshal(document)
	require.NoError(t, err)
	return client.WithArguments(string(text))
}

// withTimestamp gives the proposal again, signed by the same identity, but with
// another time in its channel header. The transaction id does not depend on it.
func withTimestamp(t *testing.T, gateway *client.Gateway, proposal *client.Proposal, at time.Time) *client.Proposal {
	t.Helper()
	plain, err := proposal.Bytes()
	require.NoError(t, err)
	var proposed gatewaypb.ProposedTransaction
	require.NoError(t, proto.Unmarshal(plain, &proposed))
	var inner peer.Proposal
	require.NoError(t, proto.Unmarshal(proposed.GetProposal().GetProposalBytes(), &inner))
	var header common.Header
	require.NoError(t, proto.Unmarshal(inner.GetHeader(), &header))
	var channel common.ChannelHeader
	require.NoError(t, proto.Unmarshal(header.GetChannelHeader(), &channel))
	channel.Timestamp = timestamppb.New(at)
	header.ChannelHeader = marshal(t, &channel)
	inner.Header = marshal(t, &header)
	proposed.Proposal.ProposalBytes = marshal(t, &inner)
	proposed.Proposal.Signature = nil
	again, err := gateway.NewProposal(marshal(t, &proposed))
	require.NoError(t, err)
	return again
}

func marshal(t *testing.T, message proto.Message) []byte {
	t.Helper()
	content, err := proto.Marshal(message)
	require.NoError(t, err)
	return content
}

// validationCode asks one peer how it marked a transaction.
func validationCode(t *testing.T, network *client.Network, txID string) peer.TxValidationCode {
	t.Helper()
	content, err := network.GetContract("qscc").EvaluateTransaction("GetTransactionByID", network.Name(), txID)
	require.NoError(t, err)
	var processed peer.ProcessedTransaction
	require.NoError(t, proto.Unmarshal(content, &processed))
	return peer.TxValidationCode(processed.GetValidationCode())
}
