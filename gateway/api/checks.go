package api

import (
	"context"
	"net/http"
	"slices"

	"dengji/chaincode/fault"
	"dengji/gateway/checks"
	"dengji/gateway/openapi"
)

// Checks tell how the registry itself stands. *checks.Monitor does.
type Checks interface {
	Report(ctx context.Context) (checks.CheckReport, error)
}

func (s *Server) checkOperations() []operation {
	return []operation{{Operation: openapi.Operation{Method: http.MethodGet, Path: "/checks", Name: "getChecks", Tag: "network", Article: "12",
		Summary: "平台检查 · How the platform itself stands: what each check has found, since when, and what to do", Status: http.StatusOK,
		Answer: openapi.Gives(checks.CheckReport{}), Faults: []fault.Code{fault.AccessDenied}}, handle: s.getChecks}}
}

func (s *Server) getChecks(x *exchange) error {
	if !slices.Contains(auditReaders, x.actor().Role) {
		return fault.New(fault.AccessDenied)
	}
	report, err := s.Checks.Report(x.ctx())
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, report)
}
