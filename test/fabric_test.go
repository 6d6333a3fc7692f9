//go:build integration

package test

import (
	"testing"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/fault"
)

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

// height asks one peer how many blocks it has, and the hash of the last one.
func height(t *testing.T, network *client.Network) (uint64, []byte) {
	t.Helper()
	content, err := network.GetContract("qscc").EvaluateTransaction("GetChainInfo", network.Name())
	require.NoError(t, err)
	var info common.BlockchainInfo
	require.NoError(t, proto.Unmarshal(content, &info))
	return info.GetHeight(), info.GetCurrentBlockHash()
}

// endorseFault finds the registry's own error in what the peers answered.
func endorseFault(err error) (*fault.Error, bool) {
	if found, ok := fault.Parse(err.Error()); ok {
		return found, true
	}
	for _, detail := range status.Convert(err).Details() {
		if answer, ok := detail.(*gatewaypb.ErrorDetail); ok {
			if found, ok := fault.Parse(answer.GetMessage()); ok {
				return found, true
			}
		}
	}
	return nil, false
}
