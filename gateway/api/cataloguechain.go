package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/openapi"
)

// CatalogueChain is the city's catalogue chain. *cataloguechain.Follower is one.
type CatalogueChain interface {
	Status(ctx context.Context) (cataloguechain.Status, error)
	Changes(ctx context.Context, state cataloguechain.State, provider string, page ledger.PageRequest) (ledger.Page[cataloguechain.Change], error)
	Retry(ctx context.Context, id int64, provider string) (cataloguechain.Change, error)
	Resume(ctx context.Context) error
	Subscribe(ctx context.Context, of account.Account) error
	Unsubscribe(ctx context.Context, provider string) error
}

// Who sees all that comes from the catalogue chain; registrants see their own.
var (
	chainWatchers = []ledger.Role{ledger.RoleAuthority, ledger.RoleSupervisor, ledger.RoleOperator}
	chainReaders  = append([]ledger.Role{ledger.RoleRegistrant}, chainWatchers...)
	chainRetriers = []ledger.Role{ledger.RoleRegistrant, ledger.RoleOperator}
	chainOwners   = []ledger.Role{ledger.RoleRegistrant}
	chainKeepers  = []ledger.Role{ledger.RoleOperator}
)

func (s *Server) catalogueChainOperations() []operation {
	const tag, article = "catalogue", "8"
	faults := []fault.Code{fault.AccessDenied, fault.CatalogueChainAbsent}
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/catalog/chain", Name: "getCatalogueChain", Tag: tag, Article: article,
			Summary: "目录链接入状态 · How far the city's catalogue chain is followed; a department sees its own part", Status: http.StatusOK, Answer: openapi.Gives(cataloguechain.Status{}), Faults: faults}, handle: s.getCatalogueChain},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/catalog/chain/changes", Name: "listChainChanges", Tag: tag, Article: article,
			Summary: "来自目录链的变化 · Changes of the catalogue chain with what has become of them, the newest first; a department sees its own", Status: http.StatusOK,
			Answer: openapi.Gives(ledger.Page[cataloguechain.Change]{}), Faults: faults,
			Query: pagedBy(text("state", "absent: all", string(cataloguechain.Pending), string(cataloguechain.Sending), string(cataloguechain.Applied), string(cataloguechain.Refused)),
				text("provider", "USCC; absent: all, for those who see all"))}, handle: s.listChainChanges},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/chain/changes/{id}/retry", Name: "retryChainChange", Tag: tag, Article: article,
			Summary: "重新上链 · Submit a refused change again", Body: openapi.Takes(struct{}{}), Status: http.StatusOK, Answer: openapi.Gives(cataloguechain.Change{}),
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.retryChainChange},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/chain/resumption", Name: "resumeCatalogueChain", Tag: tag, Article: article,
			Summary: "恢复接收目录链 · Follow the catalogue chain again after it was stopped", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent,
			Faults: append([]fault.Code{fault.ActionNotAvailable}, faults...)}, handle: s.resumeCatalogueChain},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: "/catalog/chain/subscription", Name: "subscribeToCatalogueChain", Tag: tag, Article: article,
			Summary: "接收本单位的目录链条目 · Have the caller's department's entries taken over, in the caller's name", Body: openapi.Takes(struct{}{}), Status: http.StatusNoContent, Faults: faults}, handle: s.subscribe},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: "/catalog/chain/subscription", Name: "unsubscribeFromCatalogueChain", Tag: tag, Article: article,
			Summary: "停止接收 · End that; what is on the ledger stays", Status: http.StatusNoContent, Faults: faults}, handle: s.unsubscribe},
	}
}

// chain gives the catalogue chain to those of some roles, and whose part of it they
// see; empty: all.
func (x *exchange) chain(roles []ledger.Role) (CatalogueChain, string, error) {
	if !slices.Contains(roles, x.actor().Role) || x.actor().Role == ledger.RoleRegistrant && x.actor().USCC == "" {
		return nil, "", fault.New(fault.AccessDenied)
	}
	if x.server.CatalogueChain == nil {
		return nil, "", fault.New(fault.CatalogueChainAbsent)
	}
	if x.actor().Role == ledger.RoleRegistrant {
		return x.server.CatalogueChain, x.actor().USCC, nil
	}
	return x.server.CatalogueChain, "", nil
}

func (s *Server) getCatalogueChain(x *exchange) error {
	with, own, err := x.chain(chainReaders)
	if err != nil {
		return err
	}
	answer, err := with.Status(x.ctx())
	if err != nil {
		return err
	}
	if own != "" { // others' parts and what goes wrong with the chain are the operators' business
		answer.Subscriptions = slices.DeleteFunc(answer.Subscriptions, func(of cataloguechain.Subscription) bool { return of.Provider != own })
		answer.Counts, answer.Waiting, answer.Known, answer.Given, answer.Error = map[cataloguechain.State]int{}, 0, nil, nil, ""
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) listChainChanges(x *exchange) error {
	with, own, err := x.chain(chainReaders)
	if err != nil {
		return err
	}
	page, err := x.page("")
	if err != nil {
		return err
	}
	if own == "" {
		own = x.Query("provider")
	}
	answer, err := with.Changes(x.ctx(), cataloguechain.State(x.Query("state")), own, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) retryChainChange(x *exchange) error {
	with, own, err := x.chain(chainRetriers)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(x.Param("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, fault.Field("id"))
	}
	answer, err := with.Retry(x.ctx(), id, own)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, answer)
}

func (s *Server) resumeCatalogueChain(x *exchange) error {
	with, _, err := x.chain(chainKeepers)
	if err != nil {
		return err
	}
	if err := with.Resume(x.ctx()); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) subscribe(x *exchange) error {
	with, _, err := x.chain(chainOwners)
	if err != nil {
		return err
	}
	if err := with.Subscribe(x.ctx(), *x.caller); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) unsubscribe(x *exchange) error {
	with, own, err := x.chain(chainOwners)
	if err != nil {
		return err
	}
	if err := with.Unsubscribe(x.ctx(), own); err != nil {
		return err
	}
	return x.noContent()
}
