package portal_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
)

var guideLink = regexp.MustCompile(`href="(/help/[a-z]+)"`)

func TestEveryPartyHasAGuideInBothLanguages(t *testing.T) {
	s := open(t, false)
	_, body := s.ask(t, http.MethodGet, "/help", nil, nil)
	found := map[string]bool{}
	for _, match := range guideLink.FindAllStringSubmatch(body, -1) {
		found[match[1]] = true
	}
	require.Len(t, found, 7)
	for path := range found {
		for _, language := range []string{"zh-CN", "en"} {
			response, body := s.ask(t, http.MethodGet, path, nil, map[string]string{"Accept-Language": language})
			require.Equal(t, http.StatusOK, response.StatusCode, path)
			require.Contains(t, body, `<html lang="`+language+`">`)
			require.Contains(t, body, `aria-current="page" href="`+path+`"`)
			require.Contains(t, body, `id="refused"`)
		}
	}
	response, _ := s.ask(t, http.MethodGet, "/help/nobody", nil, nil)
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}

func TestTheHelpLeadsToTheReadersOwnGuide(t *testing.T) {
	s := open(t, false)
	for path, actor := range map[string]ledger.Actor{"public": gatewaytest.Guest, "registrant": contracttest.Haidian, "registrar": contracttest.Acceptor,
		"review": contracttest.Authority, "supervisor": contracttest.Supervisor, "operator": contracttest.Operator} {
		var session map[string]string
		if actor != gatewaytest.Guest {
			session = s.as(actor)
		}
		_, body := s.ask(t, http.MethodGet, "/help", nil, session)
		require.Contains(t, body, `<p class="lead"><a href="/help/`+path+`">`, path)
	}
}

// What a guide says of steps and periods is the pack's in force, not the page's.
func TestAGuideNamesTheStepsAndPeriodsOfTheRulePackInForce(t *testing.T) {
	s := open(t, false)
	_, registrar := s.ask(t, http.MethodGet, "/help/registrar", nil, nil)
	require.Regexp(t, `受理期限</th><td[^>]*>3</td><td[^>]*>第 20 条`, registrar)
	require.Regexp(t, `形式审核期限</th><td[^>]*>20</td><td[^>]*>第 21 条`, registrar)
	require.Regexp(t, `一次性告知补正</th><td[^>]*>登记申请</td><td[^>]*>第 20 条`, registrar)
	require.NotContains(t, registrar, "业务审核通过")
	_, review := s.ask(t, http.MethodGet, "/help/review", nil, nil)
	require.Regexp(t, `业务审核通过</th><td[^>]*>登记申请</td><td[^>]*>第 5 条`, review)
	require.Equal(t, 1, strings.Count(review, ">业务审核通过</th>"), "a step from several states is named once")
	_, public := s.ask(t, http.MethodGet, "/help/public", nil, nil)
	require.NotContains(t, public, `id="actions"`)
}
