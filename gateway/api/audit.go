package api

import (
	"context"
	"net/http"
	"regexp"
	"slices"

	"github.com/gin-gonic/gin"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/audit"
	"dengji/gateway/database"
	"dengji/gateway/openapi"
)

// Audit keeps a line for every request (Art. 12). *audit.Journal is one.
type Audit interface {
	Write(entry audit.Entry)
	Search(ctx context.Context, filter audit.Filter, page ledger.PageRequest) (ledger.Page[audit.Entry], error)
	Head(ctx context.Context) (audit.Head, error)
}

// auditReaders are who see to the platform's safety (Art. 12) and who watch it
// (Art. 25); not those whose work the log is about.
var auditReaders = []ledger.Role{ledger.RoleAuthority, ledger.RoleSupervisor, ledger.RoleOperator}

// unnoted are requests that leave no line unless they fail: who one is and what
// time it is, which every page asks, and the probes of monitoring.
var unnoted = []string{Base + "/me", Base + "/network", "/healthz", "/readyz", "/metrics"}

// note puts a request into the audit log.
func (s *Server) note(c *gin.Context, route string) {
	if c.Writer.Status() < http.StatusBadRequest && slices.Contains(unnoted, route) {
		return
	}
	entry := audit.Entry{At: database.Stamp(s.Clock()), Account: c.GetString(accountKey), Role: ledger.Role(c.GetString(roleKey)),
		Address: c.ClientIP(), Method: knownMethod(c.Request.Method), Route: route, Path: c.Request.URL.Path, Status: c.Writer.Status(),
		TxID: c.Writer.Header().Get(headerTransaction), RequestID: requestID(c)}
	if last := c.Errors.Last(); last != nil {
		entry.Code = string(faultOf(last.Err).Code)
	}
	s.Audit.Write(entry)
}

func (s *Server) auditOperations() []operation {
	const tag, article = "audit", "12"
	faults := []fault.Code{fault.AccessDenied}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/audit/entries", Name: "listAuditEntries", Tag: tag, Article: article,
			Summary: "审计日志 · Requests and what came of them, the newest first", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[audit.Entry]{}),
			Faults: append([]fault.Code{fault.InvalidValue}, faults...),
			Query: pagedBy(text("account", "an account"), text("address", "a network address"), text("requestId", "the error id that was shown"),
				text("text", "part of the path"), text("from", "day, YYYY-MM-DD, UTC"), text("to", "day, YYYY-MM-DD, UTC, within"),
				text("refused", "true: refused or failed requests alone", "true", "false"))}, handle: s.listAuditEntries},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/audit/head", Name: "auditHead", Tag: tag, Article: article,
			Summary: "审计日志最新一条的摘要 · The newest entry's number and digest, to be noted elsewhere", Status: http.StatusOK,
			Answer: openapi.Gives(audit.Head{}), Faults: faults}, handle: s.auditHead},
	}
}

func (x *exchange) readsAudit() error {
	if !slices.Contains(auditReaders, x.actor().Role) {
		return fault.New(fault.AccessDenied)
	}
	return nil
}

var dayForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})?$`)

func (s *Server) listAuditEntries(x *exchange) error {
	if err := x.readsAudit(); err != nil {
		return err
	}
	page, err := x.page("")
	if err != nil {
		return err
	}
	refused, err := x.boolean("refused")
	if err != nil {
		return err
	}
	for _, name := range []string{"from", "to"} {
		if !dayForm.MatchString(x.Query(name)) {
			return fault.New(fault.InvalidValue, fault.Field(name), fault.Value("expected", "YYYY-MM-DD"))
		}
	}
	answer, err := s.Audit.Search(x.ctx(), audit.Filter{Account: x.Query("account"), Address: x.Query("address"), RequestID: x.Query("requestId"),
		Text: x.Query("text"), From: x.Query("from"), To: x.Query("to"), Refused: refused}, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) auditHead(x *exchange) error {
	if err := x.readsAudit(); err != nil {
		return err
	}
	head, err := s.Audit.Head(x.ctx())
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, head)
}
