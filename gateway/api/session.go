package api

import (
	"net/http"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/openapi"
)

type loginRequest struct {
	Account  string `json:"account"`
	Password string `json:"password"`
}

// sessionAnswer is given once; the token cannot be asked for again.
type sessionAnswer struct {
	Token   string        `json:"token"` // for the header Authorization: Bearer
	Expires string        `json:"expires"`
	Account accountAnswer `json:"account"`
}

type accountAnswer struct {
	Account string       `json:"account"`
	Label   ledger.Text  `json:"label"`
	Actor   ledger.Actor `json:"actor"` // as the certificate says
}

// ownAnswer is the caller's account with what only its owner is told.
type ownAnswer struct {
	Account string       `json:"account"`
	Label   ledger.Text  `json:"label"`
	Actor   ledger.Actor `json:"actor"`
	Email   string       `json:"email,omitempty"` // where notifications are sent as well
	Unread  int          `json:"unread"`          // notifications
	Linked  bool         `json:"linked"`          // with the city's unified login

	Administrator bool `json:"administrator"` // keeps the accounts of its organisation
}

func (s *Server) sessionOperations() []operation {
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/sessions", Name: "login", Tag: "sessions",
			Summary: "登录 · Log in", Public: true, Body: openapi.Takes(loginRequest{}), Status: http.StatusCreated,
			Answer: openapi.Gives(sessionAnswer{}), Faults: []fault.Code{fault.LoginFailed, fault.AccountDisabled, fault.AccountRevoked}}, handle: s.login},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: "/sessions/current", Name: "logout", Tag: "sessions",
			Summary: "退出 · Log out", Status: http.StatusNoContent}, handle: s.logout},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/me", Name: "me", Tag: "sessions",
			Summary: "当前账号 · The present account", Status: http.StatusOK, Answer: openapi.Gives(ownAnswer{})}, handle: s.me},
	}
}

func (s *Server) login(x *exchange) error {
	request, err := decode[loginRequest](x)
	if err != nil {
		return err
	}
	session, err := s.Accounts.Login(x.ctx(), request.Account, request.Password, x.ClientIP())
	if err != nil {
		return err
	}
	return x.opened(session)
}

// opened answers with a session.
func (x *exchange) opened(session account.Session) error {
	x.recognise(session.Account)
	return x.give(http.StatusCreated, sessionAnswer{Token: session.Token,
		Expires: session.Expires.UTC().Format(time.RFC3339), Account: describeAccount(session.Account)})
}

func (s *Server) logout(x *exchange) error {
	if err := s.Accounts.Logout(x.ctx(), x.token); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) me(x *exchange) error {
	email, err := s.Accounts.Email(x.ctx(), x.caller.Name)
	if err != nil {
		return err
	}
	unread, err := s.Notifications.Unread(x.ctx(), x.caller.Name)
	if err != nil {
		return err
	}
	linked, err := s.Accounts.IsLinked(x.ctx(), x.caller.Name)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, ownAnswer{Linked: linked, Administrator: x.caller.Administrator, Account: x.caller.Name, Label: x.caller.Label, Actor: x.caller.Actor, Email: email, Unread: unread})
}

func describeAccount(a account.Account) accountAnswer {
	return accountAnswer{Account: a.Name, Label: a.Label, Actor: a.Actor}
}
