package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/gateway/account"
)

// throughCity starts at the login page's link, logs in as a subject, and comes back
// with the cookies of the start and those given.
func (s site) throughCity(t *testing.T, subject string, cookies ...string) (*http.Response, string) {
	t.Helper()
	started, _ := s.ask(t, http.MethodGet, "/login/city?next=/account", nil, nil)
	require.Equal(t, http.StatusSeeOther, started.StatusCode)
	cookie := started.Header.Get("Set-Cookie")
	require.Contains(t, cookie, "HttpOnly")
	require.Contains(t, cookie, "Path=/login/city")
	back := s.platform.Visit(s.city, subject, started.Header.Get("Location"))
	own, _, _ := strings.Cut(cookie, ";")
	return s.ask(t, http.MethodGet, "/login/city/return?"+back.Encode(), nil, map[string]string{"Cookie": strings.Join(append(cookies, own), "; ")})
}

func TestTheCitysLoginLogsIntoTheAccountThatItsOwnerHasLinked(t *testing.T) {
	s := open(t, false)
	_, body := s.ask(t, http.MethodGet, "/login", nil, nil)
	require.NotContains(t, body, "/login/city", "there is none yet")
	s.city = s.platform.CityLogin()
	_, body = s.ask(t, http.MethodGet, "/login", nil, nil)
	require.Contains(t, body, "用市统一身份认证登录")
	response, body := s.throughCity(t, "citizen-7")
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	require.Contains(t, body, "尚未关联账号")
	require.NotContains(t, response.Header.Values("Set-Cookie"), "dengji-session=")

	haidian := s.as(contracttest.Haidian)["Cookie"]
	response, _ = s.throughCity(t, "citizen-7", haidian)
	require.Equal(t, "/account?linked", response.Header.Get("Location"))
	response, _ = s.throughCity(t, "citizen-7", s.as(contracttest.Chaoyang)["Cookie"])
	require.Equal(t, http.StatusConflict, response.StatusCode, "a subject belongs to one account")

	response, _ = s.throughCity(t, "citizen-7")
	require.Equal(t, "/account", response.Header.Get("Location"))
	var session string
	for _, cookie := range response.Cookies() {
		if cookie.Name == "dengji-session" {
			session = cookie.Name + "=" + cookie.Value
		}
	}
	_, body = s.ask(t, http.MethodGet, "/account", nil, map[string]string{"Cookie": session})
	require.Contains(t, body, contracttest.Haidian.USCC)
	require.Contains(t, body, "已关联")

	require.NoError(t, s.platform.Accounts.Disable(t.Context(), account.Everything, contracttest.Haidian.ID))
	response, _ = s.throughCity(t, "citizen-7")
	require.Equal(t, http.StatusForbidden, response.StatusCode, "a disabled account is out by either way")
	require.NoError(t, s.platform.Accounts.Enable(t.Context(), account.Everything, contracttest.Haidian.ID))
	require.NoError(t, s.platform.Accounts.Unlink(t.Context(), contracttest.Haidian.ID))
	response, _ = s.throughCity(t, "citizen-7")
	require.Equal(t, http.StatusForbidden, response.StatusCode)
}

func TestAReturnThatNobodyStartedIsRefused(t *testing.T) {
	s := open(t, false)
	s.city = s.platform.CityLogin()
	response, _ := s.ask(t, http.MethodGet, "/login/city/return?state=a&code=b", nil, nil)
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
	response, _ = s.ask(t, http.MethodGet, "/login/city/return?error=access_denied&state=a", nil, map[string]string{"Cookie": "dengji-city-login=nonsense"})
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
	started, _ := s.ask(t, http.MethodGet, "/login/city?next="+url.QueryEscape("https://evil.example/"), nil, nil)
	require.True(t, strings.HasSuffix(strings.Split(started.Header.Get("Set-Cookie"), ";")[0], "|/"), "nobody is sent elsewhere")
}
