package api

import (
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/openapi"
)

type passwordRequest struct {
	Present string `json:"present"`
	Wanted  string `json:"password"` // account.MinPassword to account.MaxPassword bytes
}

func (s *Server) accountOperations() []operation {
	const tag, article = "accounts", "12"
	faults := []fault.Code{fault.AccessDenied, fault.NotFound}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/accounts", Name: "listAccounts", Tag: tag, Article: article,
			Summary: "账号 · Accounts in the order of their names", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[account.Overview]{}),
			Faults: []fault.Code{fault.AccessDenied}, Query: pagedBy()}, handle: s.listAccounts},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/accounts/{name}/disable", Name: "disableAccount", Tag: tag, Article: article,
			Summary: "停用账号 · Keep an account out and end its sessions", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.disableAccount},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/accounts/{name}/enable", Name: "enableAccount", Tag: tag, Article: article,
			Summary: "恢复账号 · Let a disabled account log in again", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent, Faults: faults}, handle: s.enableAccount},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: "/me/password", Name: "changePassword", Tag: tag, Article: article,
			Summary: "修改密码 · Change the own password; other sessions end", Body: openapi.Takes(passwordRequest{}), Status: http.StatusNoContent,
			Faults: []fault.Code{fault.InvalidValue, fault.LoginFailed, fault.TooManyAttempts}}, handle: s.changePassword},
	}
}

// administers: accounts are kept by those who run the platform, not by those whose
// work they are for (Art. 12).
func (x *exchange) administers() error {
	if x.actor().Role != ledger.RoleOperator {
		return fault.New(fault.AccessDenied)
	}
	return nil
}

func (s *Server) listAccounts(x *exchange) error {
	if err := x.administers(); err != nil {
		return err
	}
	page, err := x.page("")
	if err != nil {
		return err
	}
	answer, err := s.Accounts.List(x.ctx(), page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

// disableAccount is not for one's own account: nobody could undo it.
func (s *Server) disableAccount(x *exchange) error {
	if err := x.administers(); err != nil {
		return err
	}
	if x.Param("name") == x.caller.Name {
		return fault.New(fault.ActionNotAvailable, fault.Field("account"))
	}
	if err := s.Accounts.Disable(x.ctx(), x.Param("name")); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) enableAccount(x *exchange) error {
	if err := x.administers(); err != nil {
		return err
	}
	if err := s.Accounts.Enable(x.ctx(), x.Param("name")); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) changePassword(x *exchange) error {
	request, err := decode[passwordRequest](x)
	if err != nil {
		return err
	}
	if err := s.Accounts.ChangePassword(x.ctx(), x.token, x.caller.Name, request.Present, request.Wanted, x.ClientIP()); err != nil {
		return err
	}
	return x.noContent()
}
