package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

const invitedPassword = "a pass phrase of an officer"

var shownLink = regexp.MustCompile(`<code id="link">https://registry\.example(/invitations/[A-Za-z0-9_-]+)</code>`)

// invitedBy has somebody with a session invite, and gives the link's path.
func (s site) invitedBy(t *testing.T, cookie map[string]string, filled url.Values) string {
	t.Helper()
	response, body := s.ask(t, http.MethodPost, "/invitations", filled, cookie)
	require.Equal(t, http.StatusOK, response.StatusCode, body)
	found := shownLink.FindStringSubmatch(body)
	require.NotNil(t, found, body)
	return found[1]
}

func chosenBy(name string) url.Values {
	return url.Values{"account": {name}, "password": {invitedPassword}, "repeated": {invitedPassword}}
}

func (s site) enters(t *testing.T, name string) map[string]string {
	t.Helper()
	session, err := s.platform.Accounts.Login(t.Context(), name, invitedPassword, "192.0.2.1")
	require.NoError(t, err)
	return map[string]string{"Cookie": "dengji-session=" + session.Token}
}

func TestADepartmentsAdministratorInvitesAnOfficerByPages(t *testing.T) {
	s := open(t, false)
	of := contracttest.Haidian
	link := s.invitedBy(t, s.as(contracttest.Operator), url.Values{"role": {string(ledger.RoleRegistrant)}, "label.zh": {"海淀管理员"}, "uscc": {of.USCC},
		"division": {of.Division}, "office": {of.Name}, "administrator": {"true"}})
	response, body := s.ask(t, http.MethodGet, link, nil, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	for _, said := range []string{"海淀管理员", of.Name, of.USCC, contracttest.Operator.Name, "登记主体"} {
		require.Contains(t, body, said)
	}
	response, body = s.ask(t, http.MethodPost, link, url.Values{"account": {"haidian.admin"}, "password": {invitedPassword}, "repeated": {"another"}}, nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, "两次输入的新密码不一致")
	require.NotContains(t, body, invitedPassword)
	response, body = s.ask(t, http.MethodPost, link, chosenBy("Haidian"), nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `href="#account"`)
	response, body = s.ask(t, http.MethodPost, link, chosenBy("haidian.admin"), nil)
	require.Equal(t, http.StatusOK, response.StatusCode, body)
	require.Contains(t, body, "haidian.admin")
	response, _ = s.ask(t, http.MethodGet, link, nil, nil)
	row, _ := fault.Lookup(fault.InvitationUsed)
	require.Equal(t, row.Status, response.StatusCode)

	administrator := s.enters(t, "haidian.admin")
	_, body = s.ask(t, http.MethodGet, "/", nil, administrator)
	require.Contains(t, body, `href="/users"`)
	_, body = s.ask(t, http.MethodGet, "/users", nil, administrator)
	require.Contains(t, body, of.ID)
	require.NotContains(t, body, contracttest.Chaoyang.ID, "another organisation's account")
	_, body = s.ask(t, http.MethodGet, "/invitations", nil, administrator)
	require.NotContains(t, body, `name="uscc"`, "the own organisation is not asked for")
	officer := s.invitedBy(t, administrator, url.Values{"role": {string(ledger.RoleRegistrant)}, "label.zh": {"数据科"}})
	response, _ = s.ask(t, http.MethodPost, officer, chosenBy("haidian.data"), nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	cookie := s.enters(t, "haidian.data")
	response, _ = s.ask(t, http.MethodGet, "/users", nil, cookie)
	require.Equal(t, http.StatusForbidden, response.StatusCode, "an officer keeps no accounts")
	_, body = s.ask(t, http.MethodGet, "/", nil, cookie)
	require.NotContains(t, body, `href="/users"`)

	response, _ = s.ask(t, http.MethodPost, "/users/haidian.data/revocation", url.Values{}, administrator)
	require.Equal(t, "/users", response.Header.Get("Location"))
	response, _ = s.ask(t, http.MethodGet, "/account", nil, cookie)
	require.Equal(t, "/login?next=%2Faccount", response.Header.Get("Location"))
	_, body = s.ask(t, http.MethodGet, "/users", nil, administrator)
	require.Contains(t, body, "证书已吊销")
	require.NotContains(t, body, "/users/haidian.data/enable")
}

func TestAnInvitationIsWithdrawnByPageAndRefusalsStandBesideTheirFields(t *testing.T) {
	s := open(t, false)
	operator := s.as(contracttest.Operator)
	link := s.invitedBy(t, operator, url.Values{"role": {string(ledger.RoleParty)}, "label.zh": {"利害关系人"}})
	_, body := s.ask(t, http.MethodGet, "/invitations", nil, operator)
	require.NotContains(t, body, link, "the link is shown once")
	action := regexp.MustCompile(`action="(/invitations/[a-z0-9]+/withdrawal)"`).FindStringSubmatch(body)
	require.NotNil(t, action)
	response, _ := s.ask(t, http.MethodPost, action[1], url.Values{}, operator)
	require.Equal(t, "/invitations", response.Header.Get("Location"))
	row, _ := fault.Lookup(fault.InvitationWithdrawn)
	response, body = s.ask(t, http.MethodGet, link, nil, nil)
	require.Equal(t, row.Status, response.StatusCode)
	require.Contains(t, body, row.ZH)
	response, body = s.ask(t, http.MethodPost, "/invitations", url.Values{"role": {string(ledger.RoleRegistrant)}, "label.zh": {"甲"}, "office": {"甲"},
		"division": {"110108"}, "uscc": {"91110108DJ00333328"}}, operator)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `href="#uscc"`)
	response, _ = s.ask(t, http.MethodGet, "/invitations", nil, s.as(contracttest.Authority))
	require.Equal(t, http.StatusForbidden, response.StatusCode)
}
