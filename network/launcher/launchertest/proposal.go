package launchertest

import (
	"testing"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/fault"
)

// WithTimestamp gives a proposal again, with another time in its channel header,
// for the same identity to sign. The transaction id does not depend on the time.
func WithTimestamp(t testing.TB, as *client.Gateway, proposal *client.Proposal, at time.Time) *client.Proposal {
	t.Helper()
	plain, err := proposal.Bytes()
	require.NoError(t, err)
	var proposed gateway.ProposedTransaction
	var inner peer.Proposal
	var header common.Header
	var channel common.ChannelHeader
	require.NoError(t, proto.Unmarshal(plain, &proposed))
	require.NoError(t, proto.Unmarshal(proposed.GetProposal().GetProposalBytes(), &inner))
	require.NoError(t, proto.Unmarshal(inner.GetHeader(), &header))
	require.NoError(t, proto.Unmarshal(header.GetChannelHeader(), &channel))
	channel.Timestamp = timestamppb.New(at)
	header.ChannelHeader = marshal(t, &channel)
	inner.Header = marshal(t, &header)
	proposed.Proposal.ProposalBytes = marshal(t, &inner)
	proposed.Proposal.Signature = nil
	again, err := as.NewProposal(marshal(t, &proposed))
	require.NoError(t, err)
	return again
}

func marshal(t testing.TB, message proto.Message) []byte {
	t.Helper()
	content, err := proto.Marshal(message)
	require.NoError(t, err)
	return content
}

// EndorseFault finds the registry's own error in what the endorsers answered.
func EndorseFault(t testing.TB, err error) *fault.Error {
	t.Helper()
	require.Error(t, err)
	if found, ok := fault.Parse(err.Error()); ok {
		return found
	}
	for _, detail := range status.Convert(err).Details() {
		if answer, ok := detail.(*gateway.ErrorDetail); ok {
			if found, ok := fault.Parse(answer.GetMessage()); ok {
				return found
			}
		}
	}
	require.Failf(t, "no error of the registry", "%v", err)
	return nil
}
