//go:build integration

package test

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/demo"
	"dengji/gateway/account"
	"dengji/gateway/client"
	"dengji/gateway/database"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/invitation"
	"dengji/network/layout"
	"dengji/network/profile"
)

const chosenPassword = "a pass phrase of an officer"

// joins has somebody invited, accept and log in.
func (p *platform) joins(t *testing.T, inviter *client.Client, grant invitation.Grant, name string) *client.Client {
	t.Helper()
	made, err := inviter.Invite(t.Context(), grant, "")
	require.NoError(t, err)
	token := path.Base(made.Link)
	guest := client.New(p.base())
	offer, err := guest.OpenInvitation(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, made.Invitation.Grant, offer.Grant)
	require.NoError(t, guest.AcceptInvitation(t.Context(), token, name, chosenPassword))
	require.Equal(t, fault.InvitationUsed, fault.CodeOf(guest.AcceptInvitation(t.Context(), token, name+"2", chosenPassword)))
	session, _, err := guest.Login(t.Context(), name, chosenPassword)
	require.NoError(t, err)
	return session
}

// stolen takes the key of an account out of the gateway's state, as who has broken
// into it could, so that transactions can be signed without the gateway.
func (p *platform) stolen(t *testing.T, name string) profile.Account {
	t.Helper()
	folder := filepath.Join(p.home, "gateway")
	opened, err := database.Open(t.Context(), folder)
	require.NoError(t, err)
	defer opened.Close()
	ring, err := sealing.OpenKeyFile(filepath.Join(folder, "master-key"))
	require.NoError(t, err)
	var msp, certificate, sealed string
	require.NoError(t, opened.QueryRowContext(t.Context(), `SELECT msp, certificate, sealed_key FROM accounts WHERE name = ?`, name).Scan(&msp, &certificate, &sealed))
	key, err := ring.Open(t.Context(), sealed, account.Sealed.Context([]string{name}))
	require.NoError(t, err)
	found := profile.Account{Name: name, MSP: msp, Certificate: filepath.Join(t.TempDir(), "cert.pem"), Key: filepath.Join(t.TempDir(), "key.pem")}
	require.NoError(t, os.WriteFile(found.Certificate, []byte(certificate), 0o600))
	require.NoError(t, os.WriteFile(found.Key, key, 0o600))
	return found
}

// endorse proposes an entry by way of one peer's gateway service; it is not ordered.
func (p *platform) endorse(t *testing.T, at profile.Peer, by profile.Account, entry ledger.EntryContent) error {
	t.Helper()
	own, err := demo.DialPeer(at, by)
	require.NoError(t, err)
	defer own.Close()
	request, err := json.Marshal(ledger.PutBatchRequest{Entries: []ledger.EntryContent{entry}})
	require.NoError(t, err)
	proposal, err := own.Network(p.connection).GetContract(ledger.ChaincodeName).NewProposal(ledger.TxPutBatch, fabric.WithArguments(string(request)))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err = proposal.EndorseWithContext(ctx)
	return err
}

// said gives what peers said of a refused proposal.
func said(err error) string {
	text := err.Error()
	for _, detail := range status.Convert(err).Details() {
		if answer, ok := detail.(*gatewaypb.ErrorDetail); ok {
			text += "; " + answer.GetMspId() + ": " + answer.GetMessage()
		}
	}
	return text
}

func TestAnInvitedOfficerActsOnChainUntilTheCertificateIsRevoked(t *testing.T) {
	department := sandbox.account(t, "registrant-haidian")
	grant := invitation.Grant{Label: ledger.Text{ZH: "海淀城管委账号管理员", EN: "Administrator"}, Role: ledger.RoleRegistrant,
		USCC: department.USCC, Division: department.Division, Office: department.Office, Administrator: true}
	operator := sandbox.login(t, "operator1")
	administrator := sandbox.joins(t, operator, grant, "haidian.admin")
	officer := sandbox.joins(t, administrator, invitation.Grant{Label: ledger.Text{ZH: "数据科", EN: "Data section"}, Role: ledger.RoleRegistrant}, "haidian.data")
	colleague := sandbox.joins(t, administrator, invitation.Grant{Label: ledger.Text{ZH: "数据科乙", EN: "Data section B"}, Role: ledger.RoleRegistrant}, "haidian.data2")

	entry := gatewaytest.Entry("INVITED-1")
	entry.ProviderName, entry.Division = department.Office, department.Division
	outcome, receipt, err := officer.PutEntry(t.Context(), entry)
	require.NoError(t, err)
	require.Equal(t, "INVITED-1", outcome.Identifier)
	code := sandbox.codeWith(t, ledger.RegistrationActive)

	stolen, other := sandbox.stolen(t, "haidian.data"), sandbox.stolen(t, "haidian.data2")
	next := gatewaytest.Entry("INVITED-2")
	next.ProviderName, next.Division = department.Office, department.Division
	for _, at := range sandbox.connection.Peers {
		require.NoError(t, sandbox.endorse(t, at, stolen, next), "before, %s takes it", at.Name)
	}

	require.NoError(t, administrator.RevokeAccount(t.Context(), "haidian.data"))
	_, err = officer.Me(t.Context())
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err), "the session has ended")
	_, _, err = client.New(sandbox.base()).Login(t.Context(), "haidian.data", chosenPassword)
	require.Equal(t, fault.AccountRevoked, fault.CodeOf(err))

	for _, at := range sandbox.connection.Peers {
		var refused error
		require.Eventually(t, func() bool {
			refused = sandbox.endorse(t, at, stolen, next)
			return refused != nil
		}, 2*time.Minute, time.Second, "%s takes what a revoked key has signed", at.Name)
		require.Contains(t, said(refused), "access denied", at.Name)
		require.NoError(t, sandbox.endorse(t, at, other, next), "%s takes what a colleague signs", at.Name)
	}
	_, _, err = colleague.PutEntry(t.Context(), next)
	require.NoError(t, err, "another account of the organisation goes on")
	output, err := sandbox.run("revocations", "publish")
	require.NoError(t, err)
	require.NotContains(t, output, "refuses", "nothing is left to publish")

	t.Run("what was signed before stays valid, also for a peer that reads the chain anew", func(t *testing.T) {
		sandbox.kill(t, "districts-peer1")
		require.NoError(t, os.RemoveAll(filepath.Join(layout.Home(sandbox.home).Node("Districts", "districts-peer1"), "data")))
		sandbox.revive(t)
		for _, at := range sandbox.connection.Peers {
			network := sandbox.dial(t, at.Name, "operator1").Network(sandbox.connection)
			require.Eventually(t, func() bool { return marked(network, receipt.TxID, peer.TxValidationCode_VALID) }, 2*time.Minute, time.Second, at.Name)
		}
		kept, err := colleague.Entry(t.Context(), department.USCC, "INVITED-1", 0)
		require.NoError(t, err)
		require.Equal(t, receipt.TxID, kept.TxID)
		require.Equal(t, outcome.Digest, kept.Digest)
		require.Equal(t, ledger.EntryActive, kept.Status)
		require.NoError(t, sandbox.attest(t, code), "organisations attest to codes as before")
	})
}
