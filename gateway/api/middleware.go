package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/fault"
)

const (
	headerRequestID = "X-Request-Id"
	requestIDKey    = "requestId"
	accountKey      = "account"
	roleKey         = "role"
)

// acceptableID is what a caller's own request id may look like.
var acceptableID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

type requestMetrics struct {
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
}

func newRequestMetrics(registry prometheus.Registerer) *requestMetrics {
	made := &requestMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "dengji_http_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"method", "route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "dengji_http_request_seconds", Help: "Time to answer a request, by route.",
			Buckets: prometheus.ExponentialBuckets(0.002, 2, 14),
		}, []string{"method", "route"}),
	}
	registry.MustRegister(made.requests, made.latency)
	return made
}

// observe names, times, counts and logs every request. The line holds no query,
// header or body: those may be personal or secret.
func (s *Server) observe(c *gin.Context) {
	begun := time.Now()
	id := c.GetHeader(headerRequestID)
	if !acceptableID.MatchString(id) {
		id = uuid.NewString()
	}
	c.Set(requestIDKey, id)
	c.Header(headerRequestID, id)
	defer func() {
		s.record(c, time.Since(begun))
	}()
	c.Next()
}

func (s *Server) record(c *gin.Context, took time.Duration) {
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	method := knownMethod(c.Request.Method)
	s.metrics.requests.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Inc()
	s.metrics.latency.WithLabelValues(method, route).Observe(took.Seconds())
	fields := []slog.Attr{
		slog.String("requestId", requestID(c)), slog.String("method", method), slog.String("route", route),
		slog.Int("status", c.Writer.Status()), slog.Float64("milliseconds", float64(took.Microseconds())/1000),
		slog.Int("bytes", max(c.Writer.Size(), 0)), slog.String("address", c.ClientIP()),
	}
	if name := c.GetString(accountKey); name != "" {
		fields = append(fields, slog.String("account", name))
	}
	if txID := c.Writer.Header().Get(headerTransaction); txID != "" {
		fields = append(fields, slog.String("txId", txID))
	}
	s.note(c, route)
	s.Log.LogAttrs(c.Request.Context(), levelOf(c), "request", append(fields, failure(c)...)...)
}

func failure(c *gin.Context) []slog.Attr {
	last := c.Errors.Last()
	if last == nil {
		return nil
	}
	return []slog.Attr{slog.String("code", string(faultOf(last.Err).Code)), slog.String("error", last.Err.Error())}
}

func levelOf(c *gin.Context) slog.Level {
	if c.Writer.Status() >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// knownMethod keeps invented methods out of the metrics' labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "OTHER"
	}
}

// recover turns a panic into an INTERNAL answer. A deliberate abort goes on to the
// HTTP server, which breaks the connection.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, ok := cause.(error); c.Writer.Written() || ok && errors.Is(err, http.ErrAbortHandler) {
			panic(http.ErrAbortHandler)
		}
		s.refuse(c, fault.New(fault.Internal, fault.Cause(fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))))
	}()
	c.Next()
}

func securityHeaders(c *gin.Context) {
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("X-Frame-Options", "DENY")
	c.Header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	c.Header("Cache-Control", "no-store")
	if c.Request.TLS != nil {
		c.Header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	c.Next()
}

func requestID(c *gin.Context) string { return c.GetString(requestIDKey) }
