package portal_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/fixtures/bulk"
	"dengji/gateway/api"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/portal"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/largetest"
	"dengji/gateway/readmodel/store"
)

// benchSize is the number of registrations, of applications and (about) of entries.
const benchSize = 100_000

// large is a read model that is filled already.
type large struct{ filled *store.Store }

func (l large) Store() *store.Store                  { return l.filled }
func (l large) Health() readmodel.Health             { return readmodel.Health{} }
func (l large) WaitFor(context.Context, int64) error { return nil }

// BenchmarkPages asks for pages as browsers do, with 100,000 registrations in the
// read model; run it with -benchtime 100x. Reported is the server's time.
func BenchmarkPages(b *testing.B) {
	for name, dsn := range map[string]func(testing.TB) string{"SQLite": enginetest.SQLite, "PostgreSQL": enginetest.PostgreSQL} {
		b.Run(name, func(b *testing.B) { benchmarkPages(b, dsn(b)) })
	}
}

func benchmarkPages(b *testing.B, dsn string) {
	opened, err := store.Open(b.Context(), dsn)
	require.NoError(b, err)
	defer func() { require.NoError(b, opened.Close()) }()
	largetest.Fill(b, opened, benchSize)
	p := gatewaytest.New(b)
	p.Server.ReadModel = large{opened}
	pages, err := portal.New(portal.Options{API: p.Server})
	require.NoError(b, err)
	for name, page := range map[string]struct {
		as   ledger.Actor
		path string
	}{
		"home": {path: "/"}, "resources": {path: "/resources"}, "words": {path: "/resources?q=%E9%81%93%E8%B7%AF"},
		"words of a division": {path: "/resources?q=%E9%81%93%E8%B7%AF&division=110108"}, "notices": {path: "/notices"},
		"statistics": {path: "/statistics"}, "queue": {contracttest.Acceptor, "/work"}, "dashboard": {contracttest.Haidian, "/mine"},
	} {
		b.Run(name, func(b *testing.B) { measure(b, pages, p, page.as, page.path) })
	}
}

// BenchmarkSearchPages searches a city's catalogue through the whole server, page and
// interface, over a connection of its own; run it with -benchtime 200x. Reported is
// what the caller waits.
func BenchmarkSearchPages(b *testing.B) {
	largetest.Cities(b, func(b *testing.B, model *store.Store) {
		p := gatewaytest.New(b)
		p.Server.ReadModel = large{model}
		pages, err := portal.New(portal.Options{API: p.Server})
		require.NoError(b, err)
		whole := http.NewServeMux()
		whole.Handle("/", pages)
		whole.Handle(api.Base+"/", p.Server)
		server := httptest.NewServer(whole)
		defer server.Close()
		title := func(n int) []rune { return []rune(bulk.Entry(n*7919%largetest.Size(b), "", "", 1).Name) }
		for _, question := range []struct {
			name string
			ask  func(n int) url.Values
		}{
			{"everything", func(int) url.Values { return url.Values{} }},
			{"a word", func(n int) url.Values { return url.Values{"q": {string(title(n)[3:5])}} }},
			{"two words", func(n int) url.Values { return url.Values{"q": {string(title(n)[:3]) + " " + string(title(n)[5:7])}} }},
			{"the beginning of a title", func(n int) url.Values { return url.Values{"q": {string(title(n)[:8])}} }},
			{"a short number", func(n int) url.Values { return url.Values{"q": {strconv.Itoa(n % 100)}} }},
			{"a word in a division", func(n int) url.Values {
				return url.Values{"q": {string(title(n)[3:5])}, "division": {blocktest.Department(n).Division}}
			}},
		} {
			for where, path := range map[string]string{"page": "/resources", "interface": api.Base + "/discovery/resources"} {
				b.Run(question.name+"/"+where, func(b *testing.B) { measureOver(b, server, path, question.ask) })
			}
		}
	})
}

func measureOver(b *testing.B, server *httptest.Server, path string, ask func(n int) url.Values) {
	times := make([]time.Duration, 0, b.N)
	for n := range b.N {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+path+"?"+ask(n).Encode(), http.NoBody)
		require.NoError(b, err)
		begun := time.Now()
		answer, err := server.Client().Do(request)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(b, err)
		require.NoError(b, answer.Body.Close())
		times = append(times, time.Since(begun))
		require.Equal(b, http.StatusOK, answer.StatusCode)
	}
	report(b, times)
}

func measure(b *testing.B, pages http.Handler, p *gatewaytest.Platform, as ledger.Actor, path string) {
	times := make([]time.Duration, 0, b.N)
	for range b.N {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		if as != gatewaytest.Guest {
			request.Header.Set("Cookie", "dengji-session="+p.Token(as))
		}
		recorder := httptest.NewRecorder()
		begun := time.Now()
		pages.ServeHTTP(recorder, request)
		times = append(times, time.Since(begun))
		require.Equal(b, http.StatusOK, recorder.Code)
	}
	report(b, times)
}

func report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100])/float64(time.Millisecond), "p95-ms")
	b.ReportMetric(float64(times[len(times)/2])/float64(time.Millisecond), "p50-ms")
}
