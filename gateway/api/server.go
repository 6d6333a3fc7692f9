package api

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/openapi"
	"dengji/gateway/throttle"
)

// Base is the path under which the interface stands.
const Base = "/api/v1"

// Paths of the interface's own description.
const (
	documentPath = Base + "/openapi.json"
	docsPath     = Base + "/docs"
)

// VerifyPath is where the page stands that checks slips in the visitor's browser.
const VerifyPath = "/verify"

// Version of the interface, as its description says.
const Version = "1.0.0"

// Limits bound what a request may cost. Zero values stand for the defaults.
type Limits struct {
	Body     int64         // bytes of a JSON body; default 1 MiB
	Import   int64         // bytes of a catalogue file; default 32 MiB
	Evidence int64         // bytes of an evidence file; default 4 GiB
	Slip     int64         // bytes of a slip handed in for verification; default 8 MiB
	Request  time.Duration // for a request without a file; default 2 min
	Transfer time.Duration // for a request that carries a file; default 1 h
}

// DefaultLimits suit one gateway before a department's network.
var DefaultLimits = Limits{
	Body: 1 << 20, Import: 32 << 20, Evidence: 4 << 30, Slip: 8 << 20,
	Request: 2 * time.Minute, Transfer: time.Hour,
}

func (l Limits) complete() Limits {
	return Limits{
		Body: cmp.Or(l.Body, DefaultLimits.Body), Import: cmp.Or(l.Import, DefaultLimits.Import),
		Evidence: cmp.Or(l.Evidence, DefaultLimits.Evidence), Slip: cmp.Or(l.Slip, DefaultLimits.Slip),
		Request: cmp.Or(l.Request, DefaultLimits.Request), Transfer: cmp.Or(l.Transfer, DefaultLimits.Transfer),
	}
}

// Options are what a Server works with. All up to Ready are required, but for those
// that say what nil stands for.
type Options struct {
	Ledger           ledgerclient.Ledger
	Accounts         *account.Directory
	Guest            ledgerclient.Identity // reads for callers who have not logged in
	Evidence         EvidenceShelf
	Uploads          Uploads
	Issuer           Issuer
	Objectors        Objectors
	Drafts           Drafts
	Attestor         Attestor
	Audit            Audit
	Checks           Checks
	Notifications    Notifications
	VerifyPage       http.Handler // nil: no page
	Federation       Federation   // nil: passwords alone
	National         National     // nil: no national platform is connected
	CatalogueSources CatalogueSources
	CatalogueChain   CatalogueChain // nil: no catalogue chain is connected
	Ready            func(context.Context) error
	ReadModel        ReadModel        // nil: lists and searches are refused
	Clock            func() time.Time // nil: time.Now; safe for concurrent use
	Registry         *prometheus.Registry
	Log              *slog.Logger
	Limits           Limits
	Invitations      Invitations
	Revocations      Revocations
	Intake           Intake           // nil: nobody objects without an account
	IntakeAccount    *account.Account // in whose name it does; with Intake
	// TrustedProxies are the addresses or networks whose X-Forwarded-For is
	// believed; none by default. Login attempts are counted by address.
	TrustedProxies []string
}

// Server answers the REST interface. It is safe for concurrent use.
type Server struct {
	Options
	operations []operation
	document   []byte
	engine     *gin.Engine
	metrics    *requestMetrics
	uploads    http.Handler // tus
	guesses    *throttle.Throttle
	intake     intakeLimits
}

// operation joins a description with what answers it.
type operation struct {
	openapi.Operation
	handle handler
	body   int64         // limit of the request's body; 0: Limits.Body
	within time.Duration // 0: Limits.Request
}

// handler answers a request, or says why not.
type handler func(*exchange) error

// New makes a server.
func New(options Options) (*Server, error) {
	options.Limits = options.Limits.complete()
	if options.Registry == nil {
		options.Registry = prometheus.NewRegistry()
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	server := &Server{Options: options, metrics: newRequestMetrics(options.Registry), guesses: throttle.New(guessesOfAddress, guessesOfCode), intake: newIntakeLimits()}
	for _, resource := range []func() []operation{
		server.sessionOperations, server.catalogOperations, server.catalogFileOperations, server.evidenceOperations, server.uploadOperations, server.applicationOperations, server.draftOperations,
		server.registrationOperations, server.verificationOperations, server.objectionOperations, server.intakeOperations, server.mandateOperations,
		server.supervisionOperations, server.governanceOperations, server.networkOperations, server.referenceOperations,
		server.discoveryOperations, server.workOperations, server.statisticsOperations, server.nationalOperations, server.catalogueChainOperations, server.catalogueSourceOperations, server.auditOperations, server.checkOperations, server.accountOperations, server.notificationOperations, server.invitationOperations, server.federationOperations,
	} {
		server.operations = append(server.operations, resource()...)
	}
	document, err := openapi.Build(info, server.described(), refusal{})
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	server.document = document
	if server.uploads, err = server.tusHandler(); err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return server, server.route()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Document gives the OpenAPI description, as JSON.
func (s *Server) Document() []byte { return s.document }

var info = openapi.Info{
	Title:   "登记平台接口 · Dengji API",
	Version: Version,
	Description: "北京市公共数据资源登记平台的接口：目录上链、存证、登记申请、赋码与查验。" +
		" The interface of the registration platform: catalogue, evidence, applications, codes and their verification.",
	Base: Base,
}

func (s *Server) described() []openapi.Operation {
	list := make([]openapi.Operation, 0, len(s.operations))
	for _, o := range s.operations {
		list = append(list, o.Operation)
	}
	return list
}

func (s *Server) route() error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	if err := engine.SetTrustedProxies(s.TrustedProxies); err != nil {
		return fmt.Errorf("api: trusted proxies: %w", err)
	}
	engine.UseRawPath = true // an identifier in a path may hold an escaped slash
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.Use(s.observe, s.recover, securityHeaders)
	engine.NoRoute(s.unknownRoute)
	engine.NoMethod(s.unknownMethod)
	for _, o := range s.operations {
		engine.Handle(o.Method, Base+ginPath(o.Path), s.serve(o))
	}
	engine.GET("/healthz", s.health)
	engine.GET("/readyz", s.readiness)
	engine.GET("/metrics", gin.WrapH(promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{})))
	engine.GET(documentPath, s.describe)
	engine.GET(docsPath, s.docs)
	if s.VerifyPage != nil {
		engine.Match([]string{http.MethodGet, http.MethodHead}, VerifyPath, gin.WrapH(s.VerifyPage))
	}
	s.engine = engine
	return nil
}

// ginPath writes /a/{b} as /a/:b.
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// serve runs an operation with its limits and turns its error into an answer.
func (s *Server) serve(o operation) gin.HandlerFunc {
	limit, within := o.body, o.within
	if limit == 0 {
		limit = s.Limits.Body
	}
	if within == 0 {
		within = s.Limits.Request
	}
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), within)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
		extendDeadlines(c, within)
		x := &exchange{Context: c, server: s, limit: limit}
		err := x.authenticate(o.Public)
		if err == nil {
			err = o.handle(x)
		}
		if err != nil {
			s.refuse(c, underArticle(err, o.Article))
		}
	}
}

// extendDeadlines gives a request that carries a file more time than the server's
// default. A writer without deadlines, as in a test, needs none.
func extendDeadlines(c *gin.Context, within time.Duration) {
	until := time.Now().Add(within)
	control := http.NewResponseController(c.Writer)
	_ = control.SetReadDeadline(until)
	_ = control.SetWriteDeadline(until.Add(10 * time.Second))
}

// Routes lists the routes of the interface, "METHOD /path/:parameter", without
// those that describe it.
func (s *Server) Routes() []string {
	var routes []string
	for _, route := range s.engine.Routes() {
		if strings.HasPrefix(route.Path, Base) && route.Path != documentPath && route.Path != docsPath {
			routes = append(routes, route.Method+" "+route.Path)
		}
	}
	return routes
}
