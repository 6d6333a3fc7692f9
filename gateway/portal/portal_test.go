package portal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/portal"
	"dengji/test/browser"
)

func TestMain(m *testing.M) { browser.Main(m) }

// site is a portal over the contracts in memory, listening on this machine.
type site struct {
	*httptest.Server
	platform *gatewaytest.Platform
	city     *mockoidc.MockOIDC // nil: there is no unified login
	invited  string             // path of an invitation that is open
}

func open(t *testing.T, secure bool) site {
	t.Helper()
	platform := gatewaytest.New(t)
	pages, err := portal.New(portal.Options{API: platform.Server, Secure: secure})
	require.NoError(t, err)
	server := httptest.NewServer(portal.Mount(platform.Server, platform.Harvest(), pages))
	t.Cleanup(server.Close)
	return site{Server: server, platform: platform}
}

// ask sends a request and does not follow redirects.
func (s site) ask(t *testing.T, method, path string, form url.Values, header map[string]string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(content)
}

func credentials(password string) url.Values {
	return url.Values{"account": {contracttest.Haidian.ID}, "password": {password}, "next": {"/account"}}
}

func TestEveryPageSaysThatItIsASandboxAndKeepsToItsPolicy(t *testing.T) {
	s := open(t, false)
	for _, path := range []string{"/", "/help", "/login", "/no-such-page"} {
		response, body := s.ask(t, http.MethodGet, path, nil, nil)
		require.Contains(t, body, "沙箱环境", path)
		require.Contains(t, body, `<html lang="zh-CN">`, path)
		require.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
		require.NotContains(t, response.Header.Get("Content-Security-Policy"), "unsafe")
		require.NotRegexp(t, `<script>|<style|style="| on[a-z]+="`, body, path)
	}
}

func TestTheLanguageFollowsTheBrowserAndThenTheVisitorsChoice(t *testing.T) {
	s := open(t, false)
	_, body := s.ask(t, http.MethodGet, "/help", nil, map[string]string{"Accept-Language": "en-GB"})
	require.Contains(t, body, `<html lang="en">`)
	response, _ := s.ask(t, http.MethodPost, "/language", url.Values{"language": {"zh"}, "next": {"//elsewhere.example/"}}, nil)
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	require.Equal(t, "/", response.Header.Get("Location"), "a redirect never leaves the site")
	cookie, _, _ := strings.Cut(response.Header.Get("Set-Cookie"), ";")
	_, body = s.ask(t, http.MethodGet, "/help", nil, map[string]string{"Accept-Language": "en-GB", "Cookie": cookie})
	require.Contains(t, body, `<html lang="zh-CN">`)
}

func TestALoginGivesACookieThatScriptsCannotReadAndALogoutEndsTheSession(t *testing.T) {
	s := open(t, true)
	response, _ := s.ask(t, http.MethodPost, "/login", credentials(gatewaytest.Password), nil)
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	require.Equal(t, "/account", response.Header.Get("Location"))
	set := response.Header.Get("Set-Cookie")
	for _, part := range []string{"__Host-dengji-session=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Expires="} {
		require.Contains(t, set, part)
	}
	cookie, _, _ := strings.Cut(set, ";")
	session := map[string]string{"Cookie": cookie}
	_, body := s.ask(t, http.MethodGet, "/account", nil, session)
	require.Contains(t, body, contracttest.Haidian.USCC)
	_, _ = s.ask(t, http.MethodPost, "/logout", url.Values{}, session)
	response, _ = s.ask(t, http.MethodGet, "/account", nil, session)
	require.Equal(t, "/login?next=%2Faccount", response.Header.Get("Location"))
}

func TestAWrongPasswordIsNeitherAcceptedNorShownAgain(t *testing.T) {
	s := open(t, false)
	response, body := s.ask(t, http.MethodPost, "/login", credentials("a wrong password"), nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `role="alert"`)
	require.NotContains(t, body, "a wrong password")
	require.Empty(t, response.Header.Get("Set-Cookie"))
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	s := open(t, false)
	for name, header := range map[string]map[string]string{
		"as the browser says":    {"Sec-Fetch-Site": "cross-site"},
		"as the origin says":     {"Origin": "https://elsewhere.example"},
		"by a page of a sibling": {"Sec-Fetch-Site": "same-site"},
	} {
		t.Run(name, func(t *testing.T) {
			response, _ := s.ask(t, http.MethodPost, "/login", credentials(gatewaytest.Password), header)
			require.Equal(t, http.StatusForbidden, response.StatusCode)
			require.Empty(t, response.Header.Get("Set-Cookie"))
		})
	}
}

func TestAnErrorPageNamesTheIdThatIsInTheLog(t *testing.T) {
	s := open(t, false)
	response, body := s.ask(t, http.MethodGet, "/notices/none", nil, nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	id := response.Header.Get("X-Request-Id")
	require.Len(t, id, 10)
	require.Contains(t, body, id)
	require.Contains(t, s.platform.Logged(), id)
}

func TestAFileNeverChangesUnderItsName(t *testing.T) {
	s := open(t, false)
	_, body := s.ask(t, http.MethodGet, "/", nil, nil)
	_, rest, _ := strings.Cut(body, `href="/static/portal.`)
	name, _, _ := strings.Cut(rest, `"`)
	response, _ := s.ask(t, http.MethodGet, "/static/portal."+name, nil, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Contains(t, response.Header.Get("Cache-Control"), "immutable")
	response, _ = s.ask(t, http.MethodGet, "/static/portal.css", nil, nil)
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}

func TestResourcesAreFoundNarrowedAndOpened(t *testing.T) {
	s := open(t, false)
	registered := s.platform.Issued()
	name := registered.Publicised.DataName
	_, body := s.ask(t, http.MethodGet, "/resources?q="+url.QueryEscape(name), nil, nil)
	require.Contains(t, body, "/registrations/"+registered.Code)
	require.Contains(t, body, "已登记")
	require.Contains(t, body, "kind=registered")
	require.Regexp(t, `共 [12] 项`, body)
	_, body = s.ask(t, http.MethodGet, "/resources?q="+url.QueryEscape("绝无此物"), nil, nil)
	require.Contains(t, body, "没有找到")
	entry := registered.Entries[0]
	_, body = s.ask(t, http.MethodGet, "/resources/"+entry.Provider+"/"+entry.Identifier, nil, nil)
	require.Contains(t, body, `<th scope="row">1</th>`, "the version on the ledger")
	response, _ := s.ask(t, http.MethodGet, "/resources?sort=sideways", nil, nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
}

func TestNoticesAreListedWithTheDaysThatAreLeft(t *testing.T) {
	s := open(t, false)
	_, body := s.ask(t, http.MethodGet, "/notices", nil, nil)
	require.Contains(t, body, "目前没有正在公示的内容")
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Published(application.ID)
	_, body = s.ask(t, http.MethodGet, "/notices", nil, nil)
	require.Contains(t, body, "/notices/"+application.ID)
	require.Contains(t, body, "剩余 10 个工作日")
}

func TestTheInterfaceStandsBesideThePages(t *testing.T) {
	s := open(t, false)
	for _, path := range []string{"/api/v1/network", "/healthz"} {
		response, body := s.ask(t, http.MethodGet, path, nil, nil)
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		require.True(t, strings.HasPrefix(body, "{"), path)
	}
}

func TestEverybodySeesARegistrationWithItsHistoryAndItsNationalCode(t *testing.T) {
	s := open(t, false)
	registration := s.platform.Issued()
	s.platform.Exchanged()
	over, err := time.Parse(time.DateOnly, registration.ValidUntil)
	require.NoError(t, err)
	contracttest.Do[ledger.Now](s.platform.Stage, contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{To: over.AddDate(0, 0, 1).Format(time.DateOnly)})
	contracttest.Do[ledger.Registration](s.platform.Stage, contracttest.Issuer, ledger.TxActOnRegistration, ledger.ActRequest{ID: registration.Code, Action: "expire"})
	response, body := s.ask(t, http.MethodGet, "/registrations/"+registration.Code, nil, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	for _, shown := range []string{registration.Publicised.DataName, "期满注销", "GJ-110108-0000001", "第 24 条", `href="/verify#code=` + registration.Code + `"`} {
		require.Contains(t, body, shown)
	}
	require.NotContains(t, body, contracttest.Issuer.Name, "by whom is not a guest's to know")
	require.NotContains(t, body, "/slip/")
}

func TestStatisticsAreForEverybodyAndDrawnFromTheLedger(t *testing.T) {
	s := open(t, false)
	s.platform.Issued()
	response, body := s.ask(t, http.MethodGet, "/statistics", nil, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Regexp(t, `(?s)登记（按行政区划）.*海淀区.*<rect width="100".*<td class="count">1</td>`, body)
	require.Regexp(t, `(?s)受理期限.*100 %`, body)
	response, _ = s.ask(t, http.MethodGet, "/statistics?from=yesterday", nil, nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
}
