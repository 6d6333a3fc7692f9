//go:build integration

package test

import (
	"testing"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/demo"
	"dengji/network/launcher/launchertest"
)

func TestACodeIssuedWithTheRegistrarsEndorsementAloneIsInvalidOnEveryPeer(t *testing.T) {
	story := sandbox.story(t)
	application, err := story.ReadyToIssue(t.Context())
	require.NoError(t, err)

	own := sandbox.dial(t, "registrar-peer1", "issuer1")
	txID, verdict, err := demo.IssueAlone(t.Context(), own.Network(sandbox.connection), application.ID)
	require.NoError(t, err)
	require.Equal(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, verdict)
	for _, at := range sandbox.connection.Peers {
		network := sandbox.dial(t, at.Name, "issuer1").Network(sandbox.connection)
		require.Eventually(t, func() bool {
			return marked(network, txID, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE)
		}, time.Minute, 200*time.Millisecond, "%s", at.Name)
	}

	session := sandbox.login(t, "registrant-transport")
	after, err := session.Application(t.Context(), application.ID)
	require.NoError(t, err)
	require.Equal(t, ledger.StatePublicNotice, after.State, "nothing was written")
	require.Empty(t, after.Registration)

	registration, err := story.Issue(t.Context(), application)
	require.NoError(t, err, "with both organisations the same step succeeds")
	require.Equal(t, ledger.RegistrationActive, registration.Status)
}

func TestATransactionWhoseTimeIsTenMinutesOffIsRefused(t *testing.T) {
	for name, offset := range map[string]time.Duration{
		"ten minutes early": -10 * time.Minute,
		"ten minutes late":  10 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) { refusesTimestamp(t, offset) })
	}
}

// refusesTimestamp has a heartbeat of another time refused, and the same one with
// the true time endorsed.
func refusesTimestamp(t *testing.T, offset time.Duration) {
	t.Helper()
	own := sandbox.dial(t, "registrar-peer1", "operator1")
	contract := own.Network(sandbox.connection).GetContract(ledger.ChaincodeName)
	proposal, err := contract.NewProposal(ledger.TxHeartbeat, client.WithArguments("{}"))
	require.NoError(t, err)

	_, err = launchertest.WithTimestamp(t, own.Gateway, proposal, time.Now().Add(offset)).Endorse()
	require.Equal(t, fault.ClockSkew, launchertest.EndorseFault(t, err).Code)

	_, err = launchertest.WithTimestamp(t, own.Gateway, proposal, time.Now()).Endorse()
	require.NoError(t, err, "the same proposal with the true time is endorsed")
}
