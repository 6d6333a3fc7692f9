//go:build integration

package test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/demo"
	"dengji/gateway/client"
)

func TestARegistrationGoesThroughWithOneOrdererAndOnePeerDead(t *testing.T) {
	for name, nodes := range map[string][]string{
		"the Districts' orderer and peer":                       {"districts-orderer", "districts-peer1"},
		"the Supervisors' orderer and peer":                     {"supervisors-orderer", "supervisors-peer1"},
		"the Registrar's orderer and the Districts' peer":       {"registrar-orderer", "districts-peer1"},
		"the Authority's orderer and the Supervisors' own peer": {"authority-orderer", "supervisors-peer1"},
	} {
		t.Run(name, func(t *testing.T) {
			sandbox.kill(t, nodes...)
			defer sandbox.caughtUp(t)
			story := sandbox.story(t)
			application, err := story.ReadyToIssue(t.Context())
			require.NoError(t, err)
			registration, err := story.Issue(t.Context(), application)
			require.NoError(t, err)
			require.Equal(t, ledger.RegistrationActive, registration.Status)
		})
	}
}

func TestTheGatewayMovesToAnotherPeerWhenItsOwnDies(t *testing.T) {
	session := sandbox.login(t, "registrant-transport")
	_, err := session.Network(t.Context())
	require.NoError(t, err)
	preferred := sandbox.connection.Peers[0].Name
	sandbox.kill(t, preferred)
	defer sandbox.caughtUp(t)
	anchored := sandbox.anchorSomething(t, session)
	require.NotEmpty(t, anchored.TxID, "with %s dead a transaction commits through another peer", preferred)
}

func TestWithoutTheAuthorityOrTheRegistrarTheRestGoesOnAndIssuanceSaysWhomItWaitsFor(t *testing.T) {
	for organisation, node := range map[string]string{"Authority": "authority-peer1", "Registrar": "registrar-peer1"} {
		t.Run(organisation, func(t *testing.T) {
			story := sandbox.story(t)
			application, err := story.ReadyToIssue(t.Context())
			require.NoError(t, err)
			sandbox.kill(t, node)

			session := sandbox.login(t, "registrant-transport")
			require.NotEmpty(t, sandbox.anchorSomething(t, session).TxID, "what does not need %s goes on", organisation)
			_, _, err = sandbox.login(t, "issuer1").Act(t.Context(), ledger.ActRequest{ID: application.ID, Action: "issue"})
			var refused *client.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, http.StatusServiceUnavailable, refused.Status)
			require.Equal(t, fault.EndorserUnavailable, refused.Code)
			require.Equal(t, organisation, refused.Values["waitingFor"])
			unchanged, err := session.Application(t.Context(), application.ID)
			require.NoError(t, err)
			require.Equal(t, ledger.StatePublicNotice, unchanged.State)

			sandbox.caughtUp(t)
			registration, err := story.Issue(t.Context(), application)
			require.NoError(t, err, "with %s back the same step succeeds", organisation)
			require.Equal(t, ledger.RegistrationActive, registration.Status)
		})
	}
}

func TestUpIsIdempotentAndResumesWithTheLedgerIntact(t *testing.T) {
	before := sandbox.heights(t)
	registered := sandbox.register(t)
	running := sandbox.pids(t)
	require.NoError(t, sandbox.up(), "up on a running platform")
	require.Equal(t, running, sandbox.pids(t), "what runs is left alone")

	_, err := sandbox.run("down")
	require.NoError(t, err)
	require.Empty(t, sandbox.pids(t), "down ends every process")
	require.NoError(t, sandbox.up())
	after := sandbox.heights(t)
	for node, height := range before {
		require.GreaterOrEqual(t, after[node], height, node)
	}
	found, err := sandbox.login(t, "registrant-transport").Registration(t.Context(), registered.Code)
	require.NoError(t, err)
	require.Equal(t, registered, found)
}

// register takes a new registration all the way.
func (p *platform) register(t *testing.T) ledger.Registration {
	t.Helper()
	story := p.story(t)
	application, err := story.ReadyToIssue(t.Context())
	require.NoError(t, err)
	registration, err := story.Issue(t.Context(), application)
	require.NoError(t, err)
	return registration
}

// caughtUp restarts what died and asserts that all peers reach the same height and
// the same last block.
func (p *platform) caughtUp(t *testing.T) {
	t.Helper()
	p.revive(t)
	operator := p.account(t, "operator1")
	require.Eventually(t, func() bool {
		tops := map[string]bool{}
		for _, at := range p.connection.Peers {
			own, err := demo.DialPeer(at, operator)
			if err != nil {
				return false
			}
			tops[top(own.Network(p.connection))] = true
			own.Close()
		}
		return len(tops) == 1 && !tops[""]
	}, 2*time.Minute, 500*time.Millisecond, "all peers have the same chain")
}
