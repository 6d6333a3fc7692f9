package portal_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
)

func TestOperatorsDisableAccountsWhichAreOutAtOnce(t *testing.T) {
	s := open(t, false)
	cookie := s.as(contracttest.Haidian)
	response, _ := s.ask(t, http.MethodGet, "/account", nil, cookie)
	require.Equal(t, http.StatusOK, response.StatusCode)
	_, body := s.visit(t, contracttest.Operator, http.MethodGet, "/users", nil)
	require.Contains(t, body, "/users/"+contracttest.Haidian.ID+"/disable")
	require.NotContains(t, body, "/users/"+contracttest.Operator.ID+"/disable", "nobody locks himself out")
	response, _ = s.visit(t, contracttest.Operator, http.MethodPost, "/users/"+contracttest.Operator.ID+"/disable", url.Values{})
	require.Equal(t, http.StatusConflict, response.StatusCode)
	response, _ = s.visit(t, contracttest.Authority, http.MethodPost, "/users/"+contracttest.Haidian.ID+"/disable", url.Values{})
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	response, _ = s.visit(t, contracttest.Operator, http.MethodPost, "/users/"+contracttest.Haidian.ID+"/disable", url.Values{})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	response, _ = s.ask(t, http.MethodGet, "/account", nil, cookie)
	require.Equal(t, "/login?next=%2Faccount", response.Header.Get("Location"))
	_, body = s.visit(t, contracttest.Operator, http.MethodGet, "/users", nil)
	require.Contains(t, body, "/users/"+contracttest.Haidian.ID+"/enable")
	response, _ = s.visit(t, contracttest.Operator, http.MethodPost, "/users/"+contracttest.Haidian.ID+"/enable", url.Values{})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
}

func TestAnAdministratorIsAppointedAndDismissed(t *testing.T) {
	s := open(t, false)
	visits := func(as ledger.Actor, path string) int {
		t.Helper()
		response, _ := s.visit(t, as, http.MethodPost, path, url.Values{})
		return response.StatusCode
	}
	entered := func() map[string]string { // each change ends the account's sessions
		response, _ := s.ask(t, http.MethodPost, "/login", credentials(gatewaytest.Password), nil)
		return map[string]string{"Cookie": response.Cookies()[0].String()}
	}
	as := func(cookie map[string]string, method, path string) int {
		response, _ := s.ask(t, method, path, url.Values{}, cookie)
		return response.StatusCode
	}
	opens := func() int { return as(entered(), http.MethodGet, "/users") }
	own := "/users/" + contracttest.Haidian.ID
	require.Equal(t, http.StatusForbidden, opens())
	require.Equal(t, http.StatusForbidden, visits(contracttest.Haidian, own+"/appointment"), "nobody appoints himself")
	require.Equal(t, http.StatusForbidden, opens())
	require.Equal(t, http.StatusConflict, visits(contracttest.Operator, "/users/"+contracttest.Party.ID+"/appointment"), "a citizen has no organisation")
	require.Equal(t, http.StatusNotFound, visits(contracttest.Operator, "/users/nobody/appointment"))
	require.Equal(t, http.StatusSeeOther, visits(contracttest.Operator, own+"/appointment"))
	require.Equal(t, http.StatusOK, opens())
	require.Equal(t, http.StatusConflict, as(entered(), http.MethodPost, own+"/dismissal"), "somebody else has to do it")
	require.Equal(t, http.StatusNotFound, as(entered(), http.MethodPost, "/users/"+contracttest.Chaoyang.ID+"/appointment"), "another organisation's account")
	_, body := s.visit(t, contracttest.Operator, http.MethodGet, "/users", nil)
	require.Contains(t, body, own+"/dismissal")
	require.Equal(t, http.StatusSeeOther, visits(contracttest.Operator, own+"/dismissal"))
	require.Equal(t, http.StatusForbidden, opens())
}

func TestAPasswordIsChangedOnTheOwnPageAndNeverShown(t *testing.T) {
	s := open(t, false)
	change := func(present, wanted, repeated string) (*http.Response, string) {
		return s.visit(t, contracttest.Haidian, http.MethodPost, "/account/password", url.Values{"present": {present}, "password": {wanted}, "repeated": {repeated}})
	}
	present := gatewaytest.Password
	for name, attempt := range map[string]struct{ present, wanted, repeated, said string }{
		"not repeated": {present, "a new password 1", "a new password 2", "两次输入的新密码不一致"},
		"too short":    {present, "short", "short", "至少 12 个字符"},
		"wrong":        {"wrong", "a new password 1", "a new password 1", "账号或密码不正确"},
	} {
		response, body := change(attempt.present, attempt.wanted, attempt.repeated)
		require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode, name)
		require.Contains(t, body, attempt.said, name)
		require.NotContains(t, body, attempt.wanted, name)
	}
	response, _ := change(present, "a new password 1", "a new password 1")
	require.Equal(t, "/account?changed", response.Header.Get("Location"))
	form := credentials("a new password 1")
	response, _ = s.ask(t, http.MethodPost, "/login", form, nil)
	require.Equal(t, "/account", response.Header.Get("Location"))
}
