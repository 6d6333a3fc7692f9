package harvest_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/harvest"
)

func ask(t *testing.T, p *gatewaytest.Platform, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	if len(header) == 2 {
		request.Header.Set(header[0], header[1])
	}
	recorder := httptest.NewRecorder()
	p.Harvest().ServeHTTP(recorder, request)
	return recorder
}

type atom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Updated string   `xml:"updated"`
	Entries []struct {
		Title   string `xml:"title"`
		ID      string `xml:"id"`
		Updated string `xml:"updated"`
		Author  string `xml:"author>name"`
		Summary string `xml:"summary"` // HTML
	} `xml:"entry"`
}

func TestFeedsHoldTheOpenNoticesAndTheNewRegistrations(t *testing.T) {
	p := gatewaytest.New(t)
	hostile := p.First(contracttest.Haidian)
	hostile.DataName = `名称 <b>&"` + "'"
	hostile.Summary = "<script>alert(1)</script>"
	application := gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, "/applications", hostile, http.StatusCreated)
	p.Published(application.ID)
	var notices atom
	answer := ask(t, p, harvest.PathNotices)
	require.NoError(t, xml.Unmarshal(answer.Body.Bytes(), &notices))
	require.Len(t, notices.Entries, 1)
	require.Equal(t, hostile.DataName, notices.Entries[0].Title)
	require.Contains(t, notices.Entries[0].Summary, "&lt;script&gt;", "what a reader takes for HTML shows as text")
	require.NotContains(t, notices.Entries[0].Summary, "<")
	require.Equal(t, "https://registry.example/notices/"+application.ID, notices.Entries[0].ID)
	require.Equal(t, contracttest.Haidian.Name, notices.Entries[0].Author)

	again := ask(t, p, harvest.PathNotices, "If-None-Match", answer.Header().Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.Code)
	require.Empty(t, again.Body.String())

	end := contracttest.Do[ledger.DeadlineAnswer](p.Stage, contracttest.Operator, ledger.TxDeadline, ledger.DeadlineRequest{
		Start: gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodGet, "/applications/"+application.ID, nil, http.StatusOK).NoticeEnd, WorkingDays: 1})
	contracttest.Do[ledger.Now](p.Stage, contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{To: end.Due})
	issued := p.Act(contracttest.Issuer, application.ID, "issue")
	var registrations, over atom
	require.NoError(t, xml.Unmarshal(ask(t, p, harvest.PathRegistrations).Body.Bytes(), &registrations))
	require.Len(t, registrations.Entries, 1)
	require.Equal(t, "https://registry.example/registrations/"+issued.Registration, registrations.Entries[0].ID)
	require.NoError(t, xml.Unmarshal(ask(t, p, harvest.PathNotices).Body.Bytes(), &over))
	require.Empty(t, over.Entries, "the notice is over")
	_, err := time.Parse(time.RFC3339, over.Updated)
	require.NoError(t, err, "a feed without entries has a moment too")
}

func TestADocumentIsKeptUntilTheDayOfTheLedgerEnds(t *testing.T) {
	p := gatewaytest.New(t)
	midnight := time.Date(2026, 3, 10, 16, 0, 0, 0, time.UTC) // in Shanghai
	p.Stage.Clock.Set(midnight.Add(-time.Minute))
	tag := ask(t, p, harvest.PathNotices).Header().Get("ETag")
	require.Equal(t, http.StatusNotModified, ask(t, p, harvest.PathNotices, "If-None-Match", tag).Code)
	p.Stage.Clock.Set(midnight)
	require.Equal(t, http.StatusOK, ask(t, p, harvest.PathNotices, "If-None-Match", tag).Code, "other notices may be open on another day")
}

func TestTheSiteMapNamesEveryPublicPageOnce(t *testing.T) {
	p := gatewaytest.New(t)
	issued := p.Issued()
	var index struct {
		Sitemaps []string `xml:"sitemap>loc"`
	}
	require.NoError(t, xml.Unmarshal(ask(t, p, harvest.PathSitemap).Body.Bytes(), &index))
	require.Equal(t, []string{"https://registry.example/sitemap.xml?after=0"}, index.Sitemaps)
	var run struct {
		Pages []string `xml:"url>loc"`
	}
	require.NoError(t, xml.Unmarshal(ask(t, p, "/sitemap.xml?after=0").Body.Bytes(), &run))
	require.ElementsMatch(t, []string{"https://registry.example/registrations/" + issued.Code,
		"https://registry.example/resources/" + contracttest.Haidian.USCC + "/T-110108"}, run.Pages)
	require.Contains(t, ask(t, p, harvest.PathRobots).Body.String(), "Sitemap: https://registry.example/sitemap.xml\n")
}

// put puts entries of Haidian on chain, the identifiers from B-0000 on.
func put(p *gatewaytest.Platform, number int) {
	request := ledger.PutBatchRequest{}
	for n := range number {
		entry := gatewaytest.Entry(fmt.Sprintf("B-%04d", n))
		entry.ProviderName, entry.Division = contracttest.Haidian.Name, contracttest.Haidian.Division
		request.Entries = append(request.Entries, entry)
	}
	contracttest.Do[[]ledger.EntryOutcome](p.Stage, contracttest.Haidian, ledger.TxPutBatch, request)
}

func TestHarvestersGoOnPageByPageToTheEnd(t *testing.T) {
	p := gatewaytest.New(t)
	put(p, 600)
	seen := map[string]bool{}
	pages := 0
	for path := harvest.PathCatalog; path != ""; pages++ {
		var page struct {
			Dataset []struct {
				ID string `json:"@id"`
			} `json:"dataset"`
			View struct {
				Next string `json:"next"`
			} `json:"view"`
		}
		require.NoError(t, json.Unmarshal(ask(t, p, path).Body.Bytes(), &page))
		for _, one := range page.Dataset {
			require.False(t, seen[one.ID], one.ID)
			seen[one.ID] = true
		}
		path = strings.TrimPrefix(page.View.Next, "https://registry.example")
	}
	require.Len(t, seen, 600)
	require.Equal(t, 2, pages)
	for _, odd := range []string{"-1", "x", "9223372036854775808", "%00"} {
		require.Equal(t, http.StatusOK, ask(t, p, harvest.PathCatalog+"?after="+odd).Code, odd)
	}
}
