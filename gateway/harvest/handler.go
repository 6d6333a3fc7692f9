package harvest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/rows"
)

// Paths that a Handler answers.
const (
	PathNotices       = "/feeds/notices.atom"
	PathRegistrations = "/feeds/registrations.atom"
	PathSitemap       = "/sitemap.xml"
	PathCatalog       = "/catalog.jsonld"
	PathRobots        = "/robots.txt"
)

// Options are what a Handler works with; all are required.
type Options struct {
	Lists  func() *queries.Queries
	Block  func() int64 // the last block that the lists include
	Public string       // address under which users reach the gateway, without a slash at its end
	Clock  func() time.Time
	Offset func(context.Context) (time.Duration, error) // of the sandbox clock
	Log    *slog.Logger
	Title  string // of the platform
}

// Handler answers the paths of this package. It is safe for concurrent use.
type Handler struct {
	Options
	routes *http.ServeMux
}

// New makes a Handler.
func New(options Options) *Handler {
	h := &Handler{Options: options, routes: http.NewServeMux()}
	h.routes.HandleFunc("GET "+PathNotices, h.kept(h.notices))
	h.routes.HandleFunc("GET "+PathRegistrations, h.kept(h.registrations))
	h.routes.HandleFunc("GET "+PathSitemap, h.kept(h.sitemap))
	h.routes.HandleFunc("GET "+PathCatalog, h.kept(h.catalog))
	h.routes.HandleFunc("GET "+PathRobots, h.robots)
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.routes.ServeHTTP(w, r) }

// answer writes a document once it is whole.
type answer func(http.ResponseWriter, *http.Request) error

// form is the version of the documents' form: who keeps one of another asks anew.
const form = 2

// today is the day of the ledger, the sandbox clock included, which says what
// notices are open.
func (h *Handler) today(ctx context.Context) (string, error) {
	offset, err := h.Offset(ctx)
	return ledger.Day(h.Clock().Add(offset)), err
}

// answerWithin bounds one document.
const answerWithin = 30 * time.Second

// kept lets whoever asks keep the document until a block or a day has passed.
func (h *Handler) kept(document answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
		defer cancel()
		today, err := h.today(ctx)
		if err != nil {
			h.fail(w, r, err)
			return
		}
		tag := fmt.Sprintf(`W/"%d.%d-%d-%s"`, form, rows.Version, h.Block(), today)
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", "public, no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		for given := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
			if strings.TrimSpace(given) == tag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		if err := document(w, r.WithContext(ctx)); err != nil {
			h.fail(w, r, err)
		}
	}
}

func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Del("ETag")
	h.Log.ErrorContext(r.Context(), "harvest", "path", r.URL.Path, "error", err.Error())
	http.Error(w, "The lists do not answer now. Try again later.", http.StatusServiceUnavailable)
}

// after reads the place that a request goes on from; anything else than a number
// stands for the beginning.
func after(r *http.Request) int64 {
	place, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil || place < 0 {
		return 0
	}
	return place
}

func (h *Handler) address(path string) string { return h.Public + path }

// pageOf is the address of a resource's page.
func (h *Handler) pageOf(r queries.Resource) string {
	if r.Identifier == "" {
		return h.address("/registrations/" + url.PathEscape(r.Code))
	}
	return h.address("/resources/" + url.PathEscape(r.Provider) + "/" + url.PathEscape(r.Identifier))
}

func (h *Handler) robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "User-agent: *\nDisallow: /api/\nDisallow: /mine\nDisallow: /work\nDisallow: /cases/\nSitemap: %s\n", h.address(PathSitemap)) // who asked has gone
}
