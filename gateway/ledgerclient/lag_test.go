package ledgerclient

import (
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// refusedBy is a gateway peer's answer that an organisation's chaincode refused.
func refusedBy(t *testing.T, sentence, msp string, code fault.Code) error {
	t.Helper()
	answer, err := status.New(codes.Aborted, sentence).WithDetails(&gateway.ErrorDetail{MspId: msp,
		Message: "chaincode response 500, " + fault.New(code).Wire()})
	require.NoError(t, err)
	return answer.Err()
}

func TestARefusalByAPeerThatLagsBehindIsTriedAgain(t *testing.T) {
	peer := startPeer(t, "registrar-peer1", ledger.RegistrarMSP)
	peer.endorse = []func() error{
		failing(refusedBy(t, tooFewEndorsed+", see attached details", ledger.DistrictsMSP, fault.ActionNotAvailable)), fine}
	_, err := open(t, peer).Submit(t.Context(), someone(t), Call{Transaction: ledger.TxHeartbeat, Request: struct{}{}})
	require.NoError(t, err)
	require.Equal(t, 2, count(peer.seen(), "endorse"))
}

func TestDifferingAnswersOfPeersAreAskedForAgain(t *testing.T) {
	peer := startPeer(t, "registrar-peer1", ledger.RegistrarMSP)
	peer.endorse = []func() error{failing(said(codes.Aborted, ledger.DistrictsMSP, answersDiffer)), fine}
	_, err := open(t, peer).Submit(t.Context(), someone(t), Call{Transaction: ledger.TxHeartbeat, Request: struct{}{}})
	require.NoError(t, err)
	require.Equal(t, 2, count(peer.seen(), "endorse"))
}

func TestAnswersThatStayDifferentAreToldAsSuch(t *testing.T) {
	peer := startPeer(t, "registrar-peer1", ledger.RegistrarMSP)
	peer.endorse = []func() error{failing(said(codes.Aborted, ledger.DistrictsMSP, answersDiffer))}
	_, err := open(t, peer).Endorse(t.Context(), someone(t), Call{Transaction: ledger.TxAttest, Request: struct{}{}}, ledger.RegistrarMSP)
	require.Equal(t, fault.OrganisationsDisagree, fault.CodeOf(err), "%v", err)
}

func TestARefusalByTheFirstPeerIsFinal(t *testing.T) {
	peer := startPeer(t, "registrar-peer1", ledger.RegistrarMSP)
	peer.endorse = []func() error{
		failing(refusedBy(t, "failed to endorse transaction, see attached details", ledger.RegistrarMSP, fault.ActionNotAvailable))}
	_, err := open(t, peer).Submit(t.Context(), someone(t), Call{Transaction: ledger.TxHeartbeat, Request: struct{}{}})
	require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(err))
	require.Equal(t, []string{"endorse"}, peer.seen())
}

func count(calls []string, wanted string) int {
	found := 0
	for _, call := range calls {
		if call == wanted {
			found++
		}
	}
	return found
}
