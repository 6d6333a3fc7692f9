package portal_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/fixtures/cataloguechain"
	simulated "dengji/fixtures/national"
	"dengji/gateway/cataloguesource"
	"dengji/gateway/draft"
	"dengji/gateway/gatewaytest"
	"dengji/test/browser"
)

// script is what an attacker writes into every field that takes text.
const script = `"'><script>document.title='taken'</script><img src=x onerror=document.title='taken'>`

// pageLimit bounds what a visitor loads for one page, in bytes, fonts apart.
const pageLimit = 300_000

// perRoute is how many pages of one form a crawl opens: the third entry looks like
// the first.
const perRoute = 2

// machineMade are links that lead to files and documents, not to pages.
var machineMade = regexp.MustCompile(`^/(login/city|static|api|feeds|verify|sitemap\.xml|catalog\.jsonld|robots\.txt)`)

// fragile matches what the content policy forbids.
var fragile = regexp.MustCompile(`<script>|<style|\sstyle="|\son[a-z]+="`)

// hostileSite has something of everything, with a script in every text.
func hostileSite(t *testing.T) site {
	t.Helper()
	s := open(t, false)
	p := s.platform
	s.city = p.CityLogin()
	chain := p.ConnectCatalogueChain()
	issued := p.Issued()
	sourcesOf(t, p, chain)
	request := p.First(contracttest.Haidian)
	entry := gatewaytest.Entry("T-<b>hostile</b>")
	entry.Name, entry.Summary, entry.SharingCondition = "目录"+script, "摘要"+script, "条件"+script
	entry.ProviderName, entry.Division = contracttest.Haidian.Name, contracttest.Haidian.Division
	entry.Items[0].Name = "信息项" + script
	gatewaytest.Do[ledger.EntryOutcome](p, contracttest.Haidian, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	request.Entries[0].Identifier, request.DataName, request.Summary = entry.Identifier, "名称"+script, "摘要"+script
	request.DataType = `<script>document.title='taken'</script>`
	hostile := gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, "/applications", request, http.StatusCreated)
	p.Published(hostile.ID)
	proof := p.Evidence(contracttest.Party, ledger.EvidenceOther, "proof")
	gatewaytest.Do[ledger.Objection](p, contracttest.Party, http.MethodPost, "/objections", map[string]any{"application": hostile.ID, "name": "王" + script,
		"identityNumber": "110101199003070011", "statement": "异议" + script, "evidence": []string{proof.CID}}, http.StatusCreated)
	gatewaytest.Do[ledger.SupervisionRecord](p, contracttest.Supervisor, http.MethodPost, "/supervision", map[string]any{
		"concern": issued.Registrant, "registration": issued.Code, "ground": "concealment_or_fraud", "reason": "线索" + script}, http.StatusCreated)
	s.invited = s.invitedBy(t, s.as(contracttest.Operator), url.Values{"role": {string(ledger.RoleRegistrant)}, "label.zh": {"账号" + script[:40]},
		"office": {"单位" + script}, "uscc": {contracttest.Haidian.USCC}, "division": {contracttest.Haidian.Division}, "administrator": {"true"}})
	p.Told()
	p.National.Set(simulated.Faults{Refuse: 1})
	p.Exchanged()
	p.Checked()
	waiting := p.Application(contracttest.Chaoyang)
	p.Act(contracttest.DistrictChaoyang, waiting.ID, "endorse_business_review")
	p.Act(contracttest.Chaoyang, waiting.ID, "file")
	gatewaytest.Do[draft.Draft](p, contracttest.Haidian, http.MethodPost, "/drafts", map[string]any{"request": ledger.SubmitRequest{
		Type: ledger.TypeFirst, Kind: ledger.KindProduct, Filing: ledger.FilingJoint, DataName: "草稿" + script, Reason: script}}, http.StatusCreated)
	return s
}

// sourcesOf gives haidian a catalogue source that differs from the chain, and a part
// in the catalogue chain of which something is not fit.
func sourcesOf(t *testing.T, p *gatewaytest.Platform, chain *cataloguechain.Chain) {
	t.Helper()
	hostile := gatewaytest.Entry("S-1")
	hostile.ProviderName, hostile.Division, hostile.Summary = contracttest.Haidian.Name, contracttest.Haidian.Division, "摘要"+script
	change, err := cataloguechain.PutOf(contracttest.Haidian.USCC, "DB-1"+script, hostile)
	require.NoError(t, err)
	hostile.UpdateCycle = script
	unfit, err := cataloguechain.PutOf(contracttest.Haidian.USCC, "DB-2", hostile)
	require.NoError(t, err)
	require.NoError(t, chain.Append(t.Context(), change, unfit))
	content, err := json.Marshal(struct {
		Provider string `json:"provider"`
		ledger.EntryContent
	}{contracttest.Haidian.USCC, gatewaytest.Entry("T-" + contracttest.Haidian.Division)})
	require.NoError(t, err)
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(append(content, []byte("\n{\"identifier\":\"<b>\",\"name\":\"<script>document.title='taken'</script>\"}")...))
	}))
	t.Cleanup(feed.Close)
	gatewaytest.Do[cataloguesource.Source](p, contracttest.Haidian, http.MethodPost, "/catalog/sources", cataloguesource.Settings{Label: "来源" + script, Address: feed.URL, Format: "jsonl", EveryMinutes: 60}, http.StatusCreated)
	require.NoError(t, p.Sources.Pass(t.Context()))
	require.NoError(t, gatewaytest.Subscribe(p, contracttest.Haidian))
	require.NoError(t, p.Chain.Pass(t.Context()))
	chain.Set(cataloguechain.Faults{Rewritten: 1})
	require.NoError(t, p.Chain.Pass(t.Context()))
}

// crawl follows every link that an actor is shown, from the start page on.
type crawl struct {
	site
	t       *testing.T
	as      ledger.Actor
	weights map[string]int // of files, by address
	opened  map[string]int // by form of the address
	waiting []string
	found   map[string]string // form of the address -> an address
}

func (s site) crawl(t *testing.T, as ledger.Actor) map[string]string {
	t.Helper()
	c := &crawl{site: s, t: t, as: as, weights: map[string]int{}, opened: map[string]int{}, waiting: []string{"/"}, found: map[string]string{}}
	for len(c.waiting) > 0 {
		address := c.waiting[0]
		c.waiting = c.waiting[1:]
		if form := formOf(address); c.opened[form] < perRoute {
			c.opened[form]++
			c.visit(address)
		}
	}
	return c.found
}

var variable = regexp.MustCompile(`[^/]*([0-9]|%3C)[^/]*`)

// formOf gives what addresses of one kind of page share.
func formOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	form := variable.ReplaceAllString(parsed.EscapedPath(), "*")
	if parsed.RawQuery != "" {
		form += "?"
	}
	return form
}

func (c *crawl) header() map[string]string {
	header := map[string]string{"Accept-Encoding": "gzip"}
	if c.as != gatewaytest.Guest {
		header["Cookie"] = "dengji-session=" + c.platform.Token(c.as)
	}
	return header
}

// visit holds one page to what holds for every page.
func (c *crawl) visit(address string) {
	c.t.Helper()
	response, body := c.ask(c.t, http.MethodGet, address, nil, c.header())
	if target := response.Header.Get("Location"); target != "" && response.StatusCode < 400 {
		c.waiting = append(c.waiting, target)
		return
	}
	require.Equal(c.t, http.StatusOK, response.StatusCode, "%q follows a link to %s", c.as.ID, address)
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return // a file
	}
	c.found[formOf(address)] = address
	require.NotContains(c.t, body, "<script>document.title", address)
	require.NotContains(c.t, body, "<img src=x", address)
	require.NotRegexp(c.t, fragile, body, address)
	document, err := html.Parse(strings.NewReader(body))
	require.NoError(c.t, err)
	weight := len(body)
	for node := range document.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		require.NotContains(c.t, attribute(node, "href")+attribute(node, "src"), "javascript:", address)
		switch node.Data {
		case "link", "script", "img":
			weight += c.weigh(attribute(node, "href") + attribute(node, "src"))
		case "a":
			c.follow(attribute(node, "href"))
		}
	}
	require.Less(c.t, weight, pageLimit, address)
}

func attribute(node *html.Node, name string) string {
	for _, found := range node.Attr {
		if found.Key == name {
			return found.Val
		}
	}
	return ""
}

// follow remembers a link to a page of this site; no link leads to a script or to
// another host.
func (c *crawl) follow(target string) {
	c.t.Helper()
	target, _, _ = strings.Cut(target, "#")
	if target == "" || machineMade.MatchString(target) {
		return
	}
	if strings.HasPrefix(target, "?") {
		return // the same page, narrowed or turned
	}
	require.True(c.t, strings.HasPrefix(target, "/"), target)
	c.waiting = append(c.waiting, target)
}

// weigh gives the size of a file as it travels.
func (c *crawl) weigh(address string) int {
	if address == "" || !strings.HasPrefix(address, "/static/") {
		return 0
	}
	if known, ok := c.weights[address]; ok {
		return known
	}
	response, body := c.ask(c.t, http.MethodGet, address, nil, c.header())
	require.Equal(c.t, http.StatusOK, response.StatusCode, address)
	c.weights[address] = len(body)
	return len(body)
}

func TestEveryPageThatAnyoneIsShownOpensAndShowsScriptsAsText(t *testing.T) {
	s := hostileSite(t)
	type shown struct {
		as      ledger.Actor
		address string
	}
	pages := map[string]shown{}
	for _, as := range append([]ledger.Actor{gatewaytest.Guest}, contracttest.Cast...) {
		t.Run("as "+as.ID, func(t *testing.T) {
			for form, address := range s.crawl(t, as) {
				if _, known := pages[form]; !known {
					pages[form] = shown{as, address}
				}
			}
		})
	}
	pages["error"] = shown{gatewaytest.Guest, "/no-such-page"}
	pages["invited"] = shown{gatewaytest.Guest, s.invited}
	page := browser.Open(t)
	page.Visit(s.URL + "/help")
	for _, form := range slices.Sorted(maps.Keys(pages)) {
		t.Run("without barriers "+form, func(t *testing.T) {
			s.lookAt(t, page, form, pages[form].as, pages[form].address)
		})
	}
}

// lookAt opens a page wide in Chinese and narrow in English.
func (s site) lookAt(t *testing.T, page *browser.Page, form string, as ledger.Actor, address string) {
	t.Helper()
	session := "dengji-session=none; path=/; max-age=0"
	if as != gatewaytest.Guest {
		session = "dengji-session=" + s.platform.Token(as) + "; path=/"
	}
	setCookie(page, session)
	for language, width := range map[string]int64{"zh": 1280, "en": 320} {
		setCookie(page, "dengji-language="+language+"; path=/")
		page.Resize(width, 900)
		page.Visit(s.URL + address)
		require.Equal(t, language, browser.Ask[string](page, "document.documentElement.lang")[:2], address)
		page.Keep(strings.ReplaceAll(strings.Trim(form, "/"), "/", "_") + "-" + language)
		page.RequireAccessible()
		require.LessOrEqual(t, browser.Ask[int64](page, "document.documentElement.scrollWidth"), width, "%s does not fit", address)
		require.NotEqual(t, "taken", browser.Ask[string](page, "document.title"), address)
	}
}

// setCookie sets a cookie and reads it back, as the browser may otherwise ask for
// the next page before it has stored it.
func setCookie(page *browser.Page, cookie string) {
	browser.Ask[string](page, "(document.cookie = '"+cookie+"', document.cookie)")
}
