package portal_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	simulated "dengji/fixtures/national"
)

func TestADeadLetterIsSeenAndSentAgainAndBothSidesAreCompared(t *testing.T) {
	s := open(t, false)
	s.platform.National.Set(simulated.Faults{Refuse: 1})
	registration := s.platform.Issued()
	s.platform.Exchanged()
	_, body := s.visit(t, contracttest.Operator, http.MethodGet, "/national?state=dead", nil)
	require.Contains(t, body, registration.Code)
	require.Contains(t, body, "被拒绝，待处理")
	require.Contains(t, body, "国家平台拒收，须查明原因后重新报送。 (REFUSED", "with what the platform says")
	require.NotContains(t, body, "national: status")
	_, body = s.visit(t, contracttest.Authority, http.MethodGet, "/national?state=dead", nil)
	require.Contains(t, body, registration.Code)
	require.NotContains(t, body, "/replay", "the authority sees and does not act")
	response, _ := s.visit(t, contracttest.Authority, http.MethodPost, "/national/deliveries/1/replay", url.Values{})
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	response, _ = s.visit(t, contracttest.Haidian, http.MethodGet, "/national", nil)
	require.Equal(t, http.StatusForbidden, response.StatusCode)

	_, body = s.visit(t, contracttest.Operator, http.MethodPost, "/national/reconciliation", url.Values{})
	require.Contains(t, body, "国家平台没有该登记")
	response, _ = s.visit(t, contracttest.Operator, http.MethodPost, "/national/deliveries/1/replay", url.Values{})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	s.platform.Exchanged()
	_, body = s.visit(t, contracttest.Operator, http.MethodPost, "/national/reconciliation", url.Values{"resend": {"true"}})
	require.Contains(t, body, "共比对 1 项登记，一致 1 项。")
	_, body = s.visit(t, contracttest.Operator, http.MethodGet, "/registrations/GJ-110108-0000001", nil)
	require.Contains(t, body, registration.Code, "the page is found by the national code")
}
