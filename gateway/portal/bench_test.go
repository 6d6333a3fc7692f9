package portal_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/portal"
	"dengji/gateway/readmodel"
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
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100])/float64(time.Millisecond), "p95-ms")
	b.ReportMetric(float64(times[len(times)/2])/float64(time.Millisecond), "p50-ms")
}
