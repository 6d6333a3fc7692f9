package api

import (
	"context"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/federation"
	"dengji/gateway/openapi"
)

// Federation is the city's unified login. *federation.Provider is one.
type Federation interface {
	Name() ledger.Text
	Start(ctx context.Context) (federation.Start, error)
	Finish(ctx context.Context, ticket, state, code string) (federation.Identity, error)
}

// federationAnswer says whether there is a unified login.
type federationAnswer struct {
	Available bool        `json:"available"`
	Name      ledger.Text `json:"name"`
}

// federationReturn is what a visitor brings back from it.
type federationReturn struct {
	Ticket string `json:"ticket"`
	State  string `json:"state"`
	Code   string `json:"code"`
}

func (s *Server) federationOperations() []operation {
	const tag = "sessions"
	faults := []fault.Code{fault.CityLoginFailed, fault.CityLoginUnreachable, fault.NotFound}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/federation", Name: "getFederation", Tag: tag, Public: true,
			Summary: "统一身份认证 · Whether the city's unified login can be used", Status: http.StatusOK, Answer: openapi.Gives(federationAnswer{})}, handle: s.getFederation},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/federation/starts", Name: "startFederation", Tag: tag, Public: true,
			Summary: "开始统一身份认证登录 · Begin a login there", Body: openapi.Takes(struct{}{}), Status: http.StatusCreated, Answer: openapi.Gives(federation.Start{}), Faults: faults}, handle: s.startFederation},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/sessions/federated", Name: "loginFederated", Tag: tag, Public: true,
			Summary: "以统一身份认证登录 · Log in with what it gave back", Body: openapi.Takes(federationReturn{}), Status: http.StatusCreated, Answer: openapi.Gives(sessionAnswer{}),
			Faults: append([]fault.Code{fault.LoginNotLinked, fault.AccountDisabled, fault.AccountRevoked}, faults...)}, handle: s.loginFederated},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: "/me/federation", Name: "linkFederation", Tag: tag,
			Summary: "关联统一身份认证 · Have it log into the caller's account", Body: openapi.Takes(federationReturn{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.AlreadyExists}, faults...)}, handle: s.linkFederation},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: "/me/federation", Name: "unlinkFederation", Tag: tag,
			Summary: "取消关联 · End that", Status: http.StatusNoContent}, handle: s.unlinkFederation},
	}
}

func (s *Server) getFederation(x *exchange) error {
	if s.Federation == nil {
		return x.give(http.StatusOK, federationAnswer{})
	}
	return x.give(http.StatusOK, federationAnswer{Available: true, Name: s.Federation.Name()})
}

func (s *Server) startFederation(x *exchange) error {
	if _, err := decode[struct{}](x); err != nil {
		return err
	}
	if s.Federation == nil {
		return fault.New(fault.NotFound)
	}
	started, err := s.Federation.Start(x.ctx())
	if err != nil {
		return err
	}
	return x.give(http.StatusCreated, started)
}

// federated finds out who comes back from the unified login.
func (x *exchange) federated() (federation.Identity, error) {
	brought, err := decode[federationReturn](x)
	if err != nil {
		return federation.Identity{}, err
	}
	if x.server.Federation == nil {
		return federation.Identity{}, fault.New(fault.NotFound)
	}
	return x.server.Federation.Finish(x.ctx(), brought.Ticket, brought.State, brought.Code)
}

func (s *Server) loginFederated(x *exchange) error {
	identity, err := x.federated()
	if err != nil {
		return err
	}
	session, err := s.Accounts.LoginLinked(x.ctx(), identity.Issuer, identity.Subject)
	if err != nil {
		return err
	}
	return x.opened(session)
}

func (s *Server) linkFederation(x *exchange) error {
	identity, err := x.federated()
	if err != nil {
		return err
	}
	if err := s.Accounts.Link(x.ctx(), x.caller.Name, identity.Issuer, identity.Subject); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) unlinkFederation(x *exchange) error {
	if err := s.Accounts.Unlink(x.ctx(), x.caller.Name); err != nil {
		return err
	}
	return x.noContent()
}
