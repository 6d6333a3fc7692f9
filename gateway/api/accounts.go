package api

import (
	"context"
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
			Summary: "账号 · Accounts of one's organisation, an operator's all, in the order of their names", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[account.Overview]{}),
			Faults: []fault.Code{fault.AccessDenied}, Query: pagedBy()}, handle: s.listAccounts},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/accounts/{name}/disable", Name: "disableAccount", Tag: tag, Article: article,
			Summary: "停用账号 · Keep an account out and end its sessions", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.disableAccount},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/accounts/{name}/enable", Name: "enableAccount", Tag: tag, Article: article,
			Summary: "恢复账号 · Let a disabled account log in again", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.enableAccount},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/accounts/{name}/revocation", Name: "revokeAccount", Tag: tag, Article: article,
			Summary: "注销账号并吊销证书 · End an account for good; its certificate is revoked", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.revokeAccount},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: "/accounts/{name}/administrator", Name: "appointAdministrator", Tag: tag, Article: article,
			Summary: "任命管理员 · Let an account keep the accounts of its organisation", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.appointAdministrator},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: "/accounts/{name}/administrator", Name: "dismissAdministrator", Tag: tag, Article: article,
			Summary: "取消管理员 · Let an account keep its organisation's accounts no longer", Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.dismissAdministrator},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: "/me/password", Name: "changePassword", Tag: tag, Article: article,
			Summary: "修改密码 · Change the own password; other sessions end", Body: openapi.Takes(passwordRequest{}), Status: http.StatusNoContent,
			Faults: []fault.Code{fault.InvalidValue, fault.LoginFailed, fault.TooManyAttempts}}, handle: s.changePassword},
	}
}

// Revocations end accounts for good. *revocation.Desk does.
type Revocations interface {
	Revoke(ctx context.Context, within account.Reach, name string) error
}

// keeps gives the accounts that the caller keeps: operators, who run the platform,
// all of them; an organisation's administrators those of their own (Art. 12).
func (x *exchange) keeps() (account.Reach, error) {
	if x.caller == nil || !x.caller.Reach().Some() {
		return account.Reach{}, fault.New(fault.AccessDenied)
	}
	return x.caller.Reach(), nil
}

// keepsOther is keeps for what nobody does to the own account: nobody could undo it.
func (x *exchange) keepsOther() (account.Reach, error) {
	within, err := x.keeps()
	if err == nil && x.Param("name") == x.caller.Name {
		err = fault.New(fault.ActionNotAvailable, fault.Field("account"))
	}
	return within, err
}

func (s *Server) listAccounts(x *exchange) error { return listWithin(x, s.Accounts.List) }

// listWithin gives a page of what the caller keeps.
func listWithin[Item any](x *exchange, list func(context.Context, account.Reach, ledger.PageRequest) (ledger.Page[Item], error)) error {
	within, err := x.keeps()
	if err != nil {
		return err
	}
	page, err := x.page("")
	if err != nil {
		return err
	}
	answer, err := list(x.ctx(), within, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) disableAccount(x *exchange) error {
	return x.within(x.keepsOther, "name", s.Accounts.Disable)
}

func (s *Server) enableAccount(x *exchange) error {
	return x.within(x.keeps, "name", s.Accounts.Enable)
}

func (s *Server) appointAdministrator(x *exchange) error {
	return x.within(x.keeps, "name", s.Accounts.Appoint)
}

func (s *Server) dismissAdministrator(x *exchange) error {
	return x.within(x.keepsOther, "name", s.Accounts.Dismiss)
}

func (s *Server) revokeAccount(x *exchange) error {
	return x.within(x.keepsOther, "name", s.Revocations.Revoke)
}

// within does something to what a parameter of the path names, as far as the caller
// reaches.
func (x *exchange) within(reach func() (account.Reach, error), parameter string, do func(context.Context, account.Reach, string) error) error {
	within, err := reach()
	if err == nil {
		err = do(x.ctx(), within, x.Param(parameter))
	}
	if err != nil {
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
