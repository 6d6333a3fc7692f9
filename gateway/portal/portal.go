package portal

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/gateway/client"
)

// Options are what a Portal works with. API is required.
type Options struct {
	API    http.Handler // the REST interface, package api
	Secure bool         // users reach the portal over HTTPS: cookies are kept from plain HTTP
	Log    *slog.Logger
}

// Portal answers requests for pages. It is safe for concurrent use.
type Portal struct {
	Options
	guest     *client.Client
	looks     map[languageName]looks
	assets    assets
	reference *reference
	handler   http.Handler
}

// page is one route: a pattern of http.ServeMux and what answers it.
type page struct {
	pattern string
	handle  func(*visit) error
	login   bool  // only with a session
	body    int64 // limit in bytes; 0: smallBody
}

// smallBody bounds a form without files.
const smallBody = 256 << 10

// New makes a portal on top of the interface.
func New(options Options) (*Portal, error) {
	options.Log = cmp.Or(options.Log, slog.New(slog.DiscardHandler))
	made := &Portal{Options: options, guest: client.Within(transport{options.API})}
	made.reference = newReference(made.guest)
	var err error
	if made.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if made.looks, err = loadLooks(made.assets); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+assetBase, made.assets)
	for _, area := range [][]page{made.publicPages(), made.discoveryPages(), made.accountPages(), made.minePages(), made.draftPages(), made.evidencePages(),
		made.cataloguePages(), made.sourcePages(), made.catalogueChainPages(), made.mandatePages(), made.workPages(), made.casePages(), made.supervisionPages(), made.rulePages(), made.nationalPages(), made.auditPages(), made.checkPages(), made.userPages(), made.notificationPages(), made.invitationPages(), made.federationPages()} {
		for _, route := range area {
			mux.Handle(route.pattern, made.serve(route))
		}
	}
	mux.Handle("/", made.serve(page{handle: notFound}))
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(made.serve(page{handle: func(*visit) error { return fault.New(fault.CrossSite) }}))
	made.handler = made.observe(protection.Handler(mux))
	return made, nil
}

// ServeHTTP answers one request.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// Paths that are no pages; those that end in a slash with all that is below.
var (
	interfacePaths = []string{"/api/", "/verify", "/healthz", "/readyz", "/metrics"}
	harvestPaths   = []string{"/feeds/", "/sitemap.xml", "/catalog.jsonld", "/robots.txt"}
)

// Mount puts the interface, the documents for harvesters and the pages behind one
// address.
func Mount(api, harvest, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case within(interfacePaths, r.URL.Path):
			api.ServeHTTP(w, r)
		case within(harvestPaths, r.URL.Path):
			harvest.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

func within(paths []string, path string) bool {
	return slices.ContainsFunc(paths, func(known string) bool {
		return path == known || strings.HasSuffix(known, "/") && strings.HasPrefix(path, known)
	})
}

// policy lets a page load its own files and send forms to its own server, and
// nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const headerRequestID = "X-Request-Id"

var acceptableID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// shortID is the length of an id that a visitor can read out on the telephone.
const shortID = 10

// observe names a request, sets the headers of every answer and logs one line. The
// calls to the interface that the page makes carry the same id.
func (p *Portal) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		id := r.Header.Get(headerRequestID)
		if !acceptableID.MatchString(id) {
			id = rand.Text()[:shortID]
			r.Header.Set(headerRequestID, id)
		}
		setHeaders(w.Header(), id, p.Secure)
		counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r)
		if strings.HasPrefix(r.URL.Path, assetBase) {
			return
		}
		p.Log.LogAttrs(r.Context(), slog.LevelInfo, "page", slog.String("requestId", id), slog.String("method", r.Method),
			slog.String("route", r.Pattern), slog.Int("status", counted.status),
			slog.Float64("milliseconds", float64(time.Since(begun).Microseconds())/1000))
	})
}

func setHeaders(header http.Header, id string, secure bool) {
	header.Set(headerRequestID, id)
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	if secure {
		header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// errNotFound stands for a page that does not exist.
var errNotFound = errors.New("portal: no such page")

func notFound(v *visit) error { return fmt.Errorf("%w: %s", errNotFound, v.Request.Method) }
