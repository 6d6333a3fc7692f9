package api_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/api"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/queries"
)

func TestThePublicFindsRegistrationsAndEntriesEachMarkedAsWhatItIs(t *testing.T) {
	p := gatewaytest.New(t)
	registered := p.Issued()
	entry := gatewaytest.Entry("T-open")
	entry.Name, entry.OpenType = "公交站台照明", "无条件开放"
	gatewaytest.Do[ledger.EntryOutcome](p, contracttest.Transport, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	entry.Identifier, entry.Name, entry.OpenType = "T-kept", "桥梁巡检记录", "不予开放"
	gatewaytest.Do[ledger.EntryOutcome](p, contracttest.Transport, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	find := func(query string) queries.ResourcePage {
		return gatewaytest.Do[queries.ResourcePage](p, gatewaytest.Guest, http.MethodGet, "/discovery/resources?"+query, nil, http.StatusOK)
	}

	all := find("")
	require.Equal(t, 4, *all.Total)
	require.Equal(t, map[string]int{"registered": 2, "open": 1, "directory": 1}, all.Facets.Marks)
	found := find("kind=registered&record=registration")
	require.Len(t, found.Items, 1)
	require.Equal(t, registered.Code, found.Items[0].Code)
	covered := find("kind=registered&record=entry")
	require.Len(t, covered.Items, 1)
	require.Equal(t, registered.Code, covered.Items[0].Code, "the entry names the registration that covers it")

	words := find("q=" + url.QueryEscape("照明"))
	require.Len(t, words.Items, 1)
	require.Equal(t, "T-open", words.Items[0].Identifier)
	require.Empty(t, find("q="+url.QueryEscape("航班")).Items)
	require.Len(t, find("registrant="+contracttest.Haidian.USCC).Items, 2)

	titles := gatewaytest.Do[struct{ Titles []string }](p, gatewaytest.Guest, http.MethodGet, "/discovery/suggestions?q="+url.QueryEscape("桥"), nil, http.StatusOK)
	require.Equal(t, []string{"桥梁巡检记录"}, titles.Titles)

	gatewaytest.Do[ledger.CatalogEntry](p, contracttest.Transport, http.MethodDelete, "/catalog/entries/"+contracttest.Transport.USCC+"/T-kept", map[string]string{"reason": "重复"}, http.StatusOK)
	require.Equal(t, 3, *find("").Total, "what is withdrawn is not offered")
	require.Equal(t, 4, *find("status=any").Total)
}

func TestAnApplicationWaitsForTheOneRoleWhoseTurnItIs(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	requireWaitsFor := func(expected ...ledger.Actor) {
		t.Helper()
		for _, as := range []ledger.Actor{contracttest.Haidian, contracttest.Chaoyang, contracttest.DistrictHaidian, contracttest.DistrictChaoyang,
			contracttest.Authority, contracttest.Acceptor, contracttest.Reviewer, contracttest.Issuer, contracttest.Supervisor, contracttest.Party} {
			page := gatewaytest.Do[ledger.Page[queries.ApplicationSummary]](p, as, http.MethodGet, "/work", nil, http.StatusOK)
			waits := len(page.Items) == 1 && page.Items[0].ID == application.ID
			require.Equal(t, slices.Contains(expected, as), waits, as.ID)
		}
	}
	requireWaitsFor(contracttest.DistrictHaidian)
	p.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	requireWaitsFor(contracttest.Haidian)
	p.Act(contracttest.Haidian, application.ID, "file")
	requireWaitsFor(contracttest.Acceptor)
	p.Act(contracttest.Acceptor, application.ID, "accept")
	requireWaitsFor(contracttest.Reviewer)
	summary := gatewaytest.Do[queries.Work](p, contracttest.Reviewer, http.MethodGet, "/work/summary", nil, http.StatusOK)
	require.Equal(t, queries.Work{States: map[string]int{"accepted": 1}}, summary)

	gatewaytest.Do[ledger.Now](p, contracttest.Operator, http.MethodPost, "/sandbox/clock", ledger.AdvanceClockRequest{Seconds: 60 * 24 * 3600}, http.StatusOK)
	late := gatewaytest.Do[queries.Work](p, contracttest.Reviewer, http.MethodGet, "/work/summary", nil, http.StatusOK)
	require.Equal(t, 1, late.Overdue)
}

func TestANoticeIsListedWithItsFieldsUntilItsLastDayIsOver(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Published(application.ID)
	type notice struct {
		queries.Notice
		DaysLeft int `json:"daysLeft"`
	}
	list := func() []notice {
		return gatewaytest.Do[ledger.Page[notice]](p, gatewaytest.Guest, http.MethodGet, "/notices?division=110108", nil, http.StatusOK).Items
	}
	open := list()
	require.Len(t, open, 1)
	require.Equal(t, "公交线路站点信息", open[0].Publicised.DataName)
	require.Equal(t, 14, open[0].DaysLeft, "ten working days from a Monday")
	gatewaytest.Do[ledger.Now](p, contracttest.Operator, http.MethodPost, "/sandbox/clock", ledger.AdvanceClockRequest{To: open[0].End}, http.StatusOK)
	require.Equal(t, 0, list()[0].DaysLeft)
	gatewaytest.Do[ledger.Now](p, contracttest.Operator, http.MethodPost, "/sandbox/clock", ledger.AdvanceClockRequest{Seconds: 24 * 3600}, http.StatusOK)
	require.Empty(t, list())
}

func TestARegistrantIsToldOfEntriesThatChangedSinceTheirRegistration(t *testing.T) {
	p := gatewaytest.New(t)
	registered := p.Issued()
	outdated := func() []queries.Outdated {
		return gatewaytest.Do[ledger.Page[queries.Outdated]](p, contracttest.Haidian, http.MethodGet, "/work/outdated", nil, http.StatusOK).Items
	}
	require.Empty(t, outdated())
	entry := gatewaytest.Entry("T-" + contracttest.Haidian.Division)
	entry.ProviderName, entry.Division, entry.Summary = contracttest.Haidian.Name, contracttest.Haidian.Division, "另一摘要"
	gatewaytest.Do[ledger.EntryOutcome](p, contracttest.Haidian, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	require.Equal(t, []queries.Outdated{{Code: registered.Code, Provider: contracttest.Haidian.USCC, Identifier: entry.Identifier,
		Registered: 1, Present: 2, Status: ledger.EntryActive}}, outdated())
}

func TestListsKeepToTheDescriptionAndRefuseWhatTheyCannotAnswer(t *testing.T) {
	p := gatewaytest.New(t)
	p.Issued()
	p.Run(t, gatewaytest.NewValidator(t, p), map[string]gatewaytest.Scenario{
		"a search with everything": {Method: http.MethodGet, URL: "/discovery/resources?q=%E5%85%AC%E4%BA%A4&division=110108&industry=G&sort=newest&pageSize=1",
			ExpectedStatus: 200, ExpectedContent: []string{`"bookmark"`, `"facets"`}},
		"suggestions":               {Method: http.MethodGet, URL: "/discovery/suggestions?q=%E5%85%AC%E4%BA%A4", ExpectedStatus: 200, ExpectedContent: []string{"公交线路站点信息"}},
		"notices":                   {Method: http.MethodGet, URL: "/notices", ExpectedStatus: 200, ExpectedContent: []string{`"items":[]`}},
		"figures":                   {Method: http.MethodGet, URL: "/figures", ExpectedStatus: 200, ExpectedContent: []string{`"registrations":{"active":1}`}},
		"statistics of a year":      {Method: http.MethodGet, URL: "/statistics?from=2026-01-01&to=2026-12-31", ExpectedStatus: 200, ExpectedContent: []string{`"formal_review"`}},
		"statistics without a day":  {Method: http.MethodGet, URL: "/statistics?from=2026-01-01&to=tomorrow", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_DATE", `"field":"to"`}},
		"work of a reviewer":        {As: contracttest.Reviewer, Method: http.MethodGet, URL: "/work", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"objections of a reviewer":  {As: contracttest.Reviewer, Method: http.MethodGet, URL: "/work/objections", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"supervision of a district": {As: contracttest.DistrictHaidian, Method: http.MethodGet, URL: "/work/supervision", ExpectedStatus: 200, ExpectedContent: []string{`"items":[]`}},
		"supervision that waits":    {As: contracttest.Authority, Method: http.MethodGet, URL: "/work/supervision", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"the operator has no cases": {As: contracttest.Operator, Method: http.MethodGet, URL: "/work", ExpectedStatus: 403, ExpectedContent: []string{"ACCESS_DENIED"}},
		"a block that does not exist yet": {Method: http.MethodGet, URL: "/figures", Header: map[string]string{"X-Minimum-Block": "1000000"},
			ExpectedStatus: 503, ExpectedContent: []string{"READ_MODEL_BEHIND"}},
		"a bookmark that is none":     {Method: http.MethodGet, URL: "/discovery/resources?bookmark=AAAA", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_VALUE", `"field":"bookmark"`}},
		"words that break a language": {Method: http.MethodGet, URL: "/discovery/resources?q=%22%27%3A%2A%20OR%20%28", ExpectedStatus: 200, ExpectedContent: []string{`"items":[]`}},
		"a registrant that is none":   {Method: http.MethodGet, URL: "/discovery/resources?registrant=%27", ExpectedStatus: 422, ExpectedContent: []string{`"field":"registrant"`}},
		"a district's outdated list":  {As: contracttest.DistrictHaidian, Method: http.MethodGet, URL: "/work/outdated", ExpectedStatus: 403, ExpectedContent: []string{"ACCESS_DENIED"}},
	})
}

func TestAGuestKeepsAListUntilTheLedgerHasGrown(t *testing.T) {
	p := gatewaytest.New(t)
	first := p.Send(p.Request(gatewaytest.Guest, http.MethodGet, "/figures", nil))
	require.Equal(t, http.StatusOK, first.Code)
	require.NotEmpty(t, first.Header().Get("X-Read-Model-Block"))
	again := p.Request(gatewaytest.Guest, http.MethodGet, "/figures", nil)
	again.Header.Set("If-None-Match", first.Header().Get("ETag"))
	answer := p.Send(again)
	require.Equal(t, http.StatusNotModified, answer.Code)
	require.Empty(t, answer.Body.Bytes())
	gatewaytest.Do[ledger.EntryOutcome](p, contracttest.Transport, http.MethodPost, "/catalog/entries", gatewaytest.Entry("T-1"), http.StatusOK)
	require.Equal(t, http.StatusOK, p.Send(again).Code)
}

// stopped is a read model whose feed has given up.
type stopped struct{ api.ReadModel }

func (s stopped) Health() readmodel.Health {
	return readmodel.Health{Applied: 4, Height: 9, Failure: errors.New("fork")}
}

func TestAReadModelThatHasStoppedDegradesTheGatewayAndDoesNotFailIt(t *testing.T) {
	p := gatewaytest.New(t)
	p.Server.ReadModel = stopped{p.Server.ReadModel}
	request := p.Request(gatewaytest.Guest, http.MethodGet, "/network", nil)
	request.URL.Path = "/readyz"
	recorder := p.Send(request)
	require.Equal(t, http.StatusOK, recorder.Code)
	require.JSONEq(t, `{"status":"degraded","readModel":{"status":"stopped","block":4,"lag":4}}`, recorder.Body.String())
}
