package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { Main(m) }

func serve(t *testing.T, body string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="zh"><title>页</title><main><h1>页</h1>` + body + `</main></html>`))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAPageIsReadTypedIntoAndClickedOn(t *testing.T) {
	page := Open(t)
	page.Visit(serve(t, `<label>名称 <input id="name"></label><button onclick="setTimeout(() => document.querySelector('output').innerHTML = '<b>' + document.querySelector('input').value + '</b>', 50)">确定</button><output></output>`))
	page.Type("#name", "公交线路")
	page.Click("button")
	page.Wait("output b")
	require.Equal(t, "公交线路", page.Text("output"))
}

func TestPagesShareNoCookies(t *testing.T) {
	address := serve(t, "")
	one, other := Open(t), Open(t)
	one.Visit(address)
	other.Visit(address)
	Ask[string](one, `document.cookie = "a=1"`)
	require.Equal(t, "a=1", Ask[string](one, "document.cookie"))
	require.Empty(t, Ask[string](other, "document.cookie"))
}

func TestBarriersAreFound(t *testing.T) {
	page := Open(t)
	page.Visit(serve(t, `<input><p style="color:#ccc;background:#fff">难以看清</p>`))
	found := strings.Join(page.Barriers(), "\n")
	require.Contains(t, found, "label")
	require.Contains(t, found, "color-contrast")
	page.Visit(serve(t, "<p>清楚</p>"))
	page.RequireAccessible()
}
