package portal_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
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
