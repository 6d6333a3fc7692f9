package portal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	simulated "dengji/fixtures/cataloguechain"
	"dengji/gateway/gatewaytest"
)

func TestAnOfficerSeesTheDifferencesOfASourceAndAppliesThem(t *testing.T) {
	s := open(t, false)
	document := ""
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(document)) }))
	t.Cleanup(feed.Close)
	entry := gatewaytest.Entry("T-100")
	gatewaytest.Do[ledger.EntryOutcome](s.platform, contracttest.Transport, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	document = `{"provider":"` + contracttest.Transport.USCC + `","identifier":"T-100","name":"新的名称","classification":"部门资源目录/交通","providerName":"北京市示例交通委员会","summary":"全市公交线路与站点的名称、位置和首末班时间。","format":"数据库","items":[{"name":"线路名称","type":"C","length":50},{"name":"站点数","type":"N","length":4}],"sharingType":"有条件共享","sharingCondition":"用于城市运行管理","sharingMethod":"接口","openType":"无条件开放","updateCycle":"每日","publishDate":"2026-01-05","industry":"G54","division":"110000"}`
	filled := url.Values{"label": {"业务系统"}, "address": {"https://10.0.0.1/catalog.jsonl"}, "format": {"jsonl"}, "everyMinutes": {"60"}}
	response, body := s.visit(t, contracttest.Transport, http.MethodPost, "/mine/sources", filled)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, "不能读取该地址", "an address of the own network is refused in words")
	filled.Set("address", feed.URL+"/catalog.jsonl")
	response, _ = s.visit(t, contracttest.Transport, http.MethodPost, "/mine/sources", filled)
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	page := response.Header.Get("Location")
	require.NoError(t, s.platform.Sources.Pass(t.Context()))
	_, body = s.visit(t, contracttest.Transport, http.MethodGet, page, nil)
	for _, part := range []string{"信息资源名称", "公交线路站点信息", "新的名称", "变化"} {
		require.Contains(t, body, part)
	}
	response, _ = s.visit(t, contracttest.Haidian, http.MethodGet, page, nil)
	require.Equal(t, http.StatusNotFound, response.StatusCode, "another department's")
	revision := regexp.MustCompile(`name="revision" value="(\d+)"`).FindStringSubmatch(body)
	require.NotNil(t, revision)
	response, _ = s.visit(t, contracttest.Transport, http.MethodPost, page+"/application", url.Values{"revision": {"99"}})
	require.Equal(t, http.StatusConflict, response.StatusCode)
	response, _ = s.visit(t, contracttest.Transport, http.MethodPost, page+"/application", url.Values{"revision": {revision[1]}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	require.NoError(t, s.platform.Sources.Pass(t.Context()))
	_, body = s.visit(t, contracttest.Transport, http.MethodGet, page, nil)
	require.Contains(t, body, "已上链")
	held := contracttest.Stored[ledger.CatalogEntry](s.platform.Stage, ledger.CatalogKey(contracttest.Transport.USCC, "T-100"))
	require.Equal(t, "新的名称", held.Content.Name)
	response, _ = s.visit(t, contracttest.Transport, http.MethodPost, page+"/settings", url.Values{"label": {"改名的系统"}, "address": {feed.URL}, "format": {"jsonl"}, "everyMinutes": {"120"}, "automatic": {"true"}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.visit(t, contracttest.Transport, http.MethodGet, "/mine/sources", nil)
	require.Contains(t, body, "改名的系统")
	response, _ = s.visit(t, contracttest.Transport, http.MethodPost, page+"/removal", url.Values{})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	response, _ = s.visit(t, contracttest.Transport, http.MethodGet, page, nil)
	require.Equal(t, http.StatusNotFound, response.StatusCode)
}

func TestOperatorsSeeWhatTheCatalogueChainGivesAndThatItHasRewrittenItsHistory(t *testing.T) {
	s := open(t, false)
	chain := s.platform.ConnectCatalogueChain()
	response, _ := s.visit(t, contracttest.Transport, http.MethodPost, "/mine/sources/chain/subscription", url.Values{})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	unfit := gatewaytest.Entry("T-100")
	unfit.UpdateCycle = "偶尔"
	change, err := simulated.PutOf(contracttest.Transport.USCC, "DB-1", unfit)
	require.NoError(t, err)
	require.NoError(t, chain.Append(t.Context(), change))
	require.NoError(t, s.platform.Chain.Pass(t.Context()))
	for as, path := range map[ledger.Actor]string{contracttest.Operator: "/catalogue-chain?state=refused", contracttest.Transport: "/mine/sources/chain"} {
		_, body := s.visit(t, as, http.MethodGet, path, nil)
		require.Contains(t, body, "DB-1")
		require.Contains(t, body, "更新周期", "why it is refused")
		require.Contains(t, body, "/retry")
	}
	_, body := s.visit(t, contracttest.Haidian, http.MethodGet, "/mine/sources/chain", nil)
	require.NotContains(t, body, "DB-1", "another department's")
	response, _ = s.visit(t, contracttest.Haidian, http.MethodGet, "/catalogue-chain", nil)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	response, _ = s.visit(t, contracttest.Transport, http.MethodPost, "/catalogue-chain/changes/1/retry", url.Values{})
	require.Equal(t, "/mine/sources/chain", response.Header.Get("Location"))

	chain.Set(simulated.Faults{Rewritten: 1})
	require.NoError(t, s.platform.Chain.Pass(t.Context()))
	_, body = s.visit(t, contracttest.Operator, http.MethodGet, "/catalogue-chain", nil)
	require.Contains(t, body, "目录链改写了历史，已停止接收")
	require.Contains(t, body, "/catalogue-chain/resumption")
	_, body = s.visit(t, contracttest.Authority, http.MethodGet, "/catalogue-chain", nil)
	require.Contains(t, body, "目录链改写了历史，已停止接收")
	require.NotContains(t, body, "/catalogue-chain/resumption", "the authority sees and does not act")
	chain.Set(simulated.Faults{})
	response, _ = s.visit(t, contracttest.Operator, http.MethodPost, "/catalogue-chain/resumption", url.Values{})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	require.NoError(t, s.platform.Chain.Pass(t.Context()))
	_, body = s.visit(t, contracttest.Operator, http.MethodGet, "/catalogue-chain", nil)
	require.NotContains(t, body, "/catalogue-chain/resumption")
}
