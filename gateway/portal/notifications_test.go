package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
)

func TestNotificationsLeadToTheCaseAndAreMarkedAsReadByTheirOwner(t *testing.T) {
	s := open(t, false)
	application := s.filed(contracttest.DistrictHaidian, contracttest.Haidian)
	s.platform.Told()
	_, body := s.visit(t, contracttest.Acceptor, http.MethodGet, "/", nil)
	require.Regexp(t, `href="/notifications">通知 <span class="badge text-bg-light">1<`, body)
	_, body = s.visit(t, contracttest.Acceptor, http.MethodGet, "/notifications", nil)
	require.Contains(t, body, "/cases/"+application.ID)
	require.Contains(t, body, "待您办理")
	require.Contains(t, body, "剩余 3 个工作日")
	upTo := regexp.MustCompile(`name="upTo" value="(\d+)"`).FindStringSubmatch(body)
	require.NotNil(t, upTo)
	response, _ := s.visit(t, contracttest.Acceptor, http.MethodGet, "/cases/"+application.ID, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	response, _ = s.visit(t, contracttest.Acceptor, http.MethodPost, "/notifications/read", url.Values{"upTo": {upTo[1]}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.visit(t, contracttest.Acceptor, http.MethodGet, "/notifications", nil)
	require.NotContains(t, body, `name="upTo"`)
	require.NotContains(t, body, "text-bg-light")
	response, _ = s.visit(t, contracttest.Acceptor, http.MethodPost, "/notifications/read", url.Values{"upTo": {"many"}})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
}

func TestAnAddressForNotificationsIsKeptForItsOwnerAlone(t *testing.T) {
	s := open(t, false)
	response, body := s.visit(t, contracttest.Haidian, http.MethodPost, "/account/email", url.Values{"email": {"no address"}})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `value="no address"`, "what was typed stays")
	response, _ = s.visit(t, contracttest.Haidian, http.MethodPost, "/account/email", url.Values{"email": {"officer@haidian.example"}})
	require.Equal(t, "/account?saved", response.Header.Get("Location"))
	_, body = s.visit(t, contracttest.Haidian, http.MethodGet, "/account", nil)
	require.Contains(t, body, "officer@haidian.example")
	_, body = s.visit(t, contracttest.Operator, http.MethodGet, "/users", nil)
	require.NotContains(t, body, "officer@haidian.example")
}
