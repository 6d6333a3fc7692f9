package revocation_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/gatewaytest"
)

func overview(t *testing.T, p *gatewaytest.Platform, name string) account.Overview {
	t.Helper()
	list, err := p.Accounts.List(t.Context(), account.Everything, ledger.PageRequest{})
	require.NoError(t, err)
	for _, each := range list.Items {
		if each.Account == name {
			return each
		}
	}
	require.Fail(t, "no such account", name)
	return account.Overview{}
}

func revoke(p *gatewaytest.Platform, as ledger.Actor, name string) (int, string) {
	recorder := p.Send(p.Request(as, http.MethodPost, "/accounts/"+name+"/revocation", strings.NewReader("{}")))
	return recorder.Code, recorder.Body.String()
}

func TestARevokedAccountIsOutAtOnceWhetherItsAuthorityAnswersOrNot(t *testing.T) {
	p := gatewaytest.New(t)
	haidian := contracttest.Haidian
	session := p.Token(haidian)
	p.Authorities.Down(true)
	status, body := revoke(p, contracttest.Operator, haidian.ID)
	require.Equal(t, http.StatusNoContent, status, body)
	_, err := p.Accounts.Authenticate(t.Context(), session)
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err))
	_, err = p.Accounts.Login(t.Context(), haidian.ID, gatewaytest.Password, "192.0.2.1")
	require.Equal(t, fault.AccountRevoked, fault.CodeOf(err))
	_, err = p.Accounts.Login(t.Context(), haidian.ID, "wrong", "192.0.2.1")
	require.Equal(t, fault.LoginFailed, fault.CodeOf(err), "nobody else learns it")
	require.NotEmpty(t, overview(t, p, haidian.ID).RevokedAt)
	require.Empty(t, overview(t, p, haidian.ID).CertificateRevokedAt)

	require.Equal(t, fault.AuthorityUnreachable, fault.CodeOf(p.Revocations.Finish(t.Context())))
	pending := func() int {
		count, err := p.Revocations.Pending(t.Context())
		require.NoError(t, err)
		return count
	}
	require.Equal(t, 1, pending())
	p.Authorities.Down(false)
	require.NoError(t, p.Revocations.Finish(t.Context()))
	require.Zero(t, pending())
	require.Equal(t, []string{haidian.ID}, p.Authorities.Revoked())
	require.NotEmpty(t, overview(t, p, haidian.ID).CertificateRevokedAt)
	require.NoError(t, p.Revocations.Finish(t.Context()), "nothing is left")
	status, _ = revoke(p, contracttest.Operator, haidian.ID)
	require.Equal(t, http.StatusNoContent, status, "again")
	_, err = p.Accounts.Login(t.Context(), contracttest.Chaoyang.ID, gatewaytest.Password, "192.0.2.1")
	require.NoError(t, err, "others go on")
}

func TestARevocationIsForGood(t *testing.T) {
	p := gatewaytest.New(t)
	haidian := contracttest.Haidian
	require.NoError(t, p.Revocations.Revoke(t.Context(), account.Everything, haidian.ID))
	require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(p.Accounts.Enable(t.Context(), account.Everything, haidian.ID)))
	certificate, key := gatewaytest.Credentials(t, haidian)
	err := p.Accounts.Put(t.Context(), haidian.ID, ledger.Text{ZH: "甲", EN: "A"}, gatewaytest.Password, haidian.MSP, certificate, key)
	require.Equal(t, fault.AccountRevoked, fault.CodeOf(err))
	_, err = p.Accounts.Login(t.Context(), haidian.ID, gatewaytest.Password, "192.0.2.1")
	require.Equal(t, fault.AccountRevoked, fault.CodeOf(err))
}

func TestWhatIsNotRevoked(t *testing.T) {
	p := gatewaytest.New(t)
	for name, c := range map[string]struct {
		as       ledger.Actor
		account  string
		status   int
		expected fault.Code
	}{
		"the own account": {contracttest.Operator, contracttest.Operator.ID, http.StatusConflict, fault.ActionNotAvailable},
		"an account in whose name the gateway acts":    {contracttest.Operator, contracttest.Issuer.ID, http.StatusConflict, fault.ActionNotAvailable},
		"an account that there is not":                 {contracttest.Operator, "nobody", http.StatusNotFound, fault.NotFound},
		"any account, by who is no administrator":      {contracttest.Authority, contracttest.Haidian.ID, http.StatusForbidden, fault.AccessDenied},
		"a colleague's account, by a mere registrant":  {contracttest.Haidian, contracttest.Chaoyang.ID, http.StatusForbidden, fault.AccessDenied},
		"any account, by the registrar's own reviewer": {contracttest.Reviewer, contracttest.Acceptor.ID, http.StatusForbidden, fault.AccessDenied},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := revoke(p, c.as, c.account)
			require.Equal(t, c.status, status)
			require.Contains(t, body, string(c.expected))
			require.Empty(t, p.Authorities.Revoked())
			pending, err := p.Accounts.Unrevoked(t.Context())
			require.NoError(t, err)
			require.Empty(t, pending)
		})
	}
}

func TestAnAuthorityThatIsNotConnectedKeepsNobodyElseWaiting(t *testing.T) {
	p := gatewaytest.New(t)
	require.NoError(t, p.Revocations.Revoke(t.Context(), account.Everything, contracttest.Supervisor.ID))
	require.NoError(t, p.Revocations.Revoke(t.Context(), account.Everything, contracttest.Transport.ID))
	require.Equal(t, []string{contracttest.Transport.ID}, p.Authorities.Revoked())
	require.NoError(t, p.Revocations.Finish(t.Context()), "its organisation revokes by a command of its own")
	require.Empty(t, overview(t, p, contracttest.Supervisor.ID).CertificateRevokedAt)
	require.NotEmpty(t, overview(t, p, contracttest.Transport.ID).CertificateRevokedAt)
}
