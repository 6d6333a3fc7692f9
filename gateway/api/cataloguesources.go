package api

import (
	"context"
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/cataloguesource"
	"dengji/gateway/openapi"
)

// CatalogueSources are the departments' own catalogues. *cataloguesource.Keeper is
// one.
type CatalogueSources interface {
	Register(ctx context.Context, by account.Account, settings cataloguesource.Settings) (cataloguesource.Source, error)
	Change(ctx context.Context, by account.Account, id string, settings cataloguesource.Settings) (cataloguesource.Source, error)
	Remove(ctx context.Context, provider, id string) error
	Sources(ctx context.Context, provider string) ([]cataloguesource.Source, error)
	Source(ctx context.Context, provider, id string) (cataloguesource.Source, error)
	Differences(ctx context.Context, provider, id string, kind cataloguesource.Kind, page ledger.PageRequest) (ledger.Page[cataloguesource.SourceDifference], error)
	RefusedRows(ctx context.Context, provider, id string, page ledger.PageRequest) (ledger.Page[cataloguesource.RefusedRow], error)
	ReadNow(ctx context.Context, provider, id string) (cataloguesource.Source, error)
	Apply(ctx context.Context, by account.Account, id string, revision int, withdrawals bool) (cataloguesource.Source, error)
}

// applicationOfDifferences says what is to be applied: the differences as they were
// shown.
type applicationOfDifferences struct {
	Revision    int  `json:"revision"`
	Withdrawals bool `json:"withdrawals"` // also withdraw what the source no longer has
}

func (s *Server) catalogueSourceOperations() []operation {
	const tag, article, one = "catalogue", "8", "/catalog/sources/{id}"
	faults := []fault.Code{fault.RoleNotAllowed}
	settings := append([]fault.Code{fault.SourceForbidden, fault.MissingField, fault.FieldTooLong, fault.InvalidValue, fault.TooManyItems}, faults...)
	source := openapi.Gives(cataloguesource.Source{})
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/catalog/sources", Name: "listCatalogueSources", Tag: tag, Article: article,
			Summary: "本单位目录来源 · The own department's catalogue sources", Status: http.StatusOK, Answer: openapi.Gives([]cataloguesource.Source{}), Faults: faults}, handle: s.listCatalogueSources},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/sources", Name: "registerCatalogueSource", Tag: tag, Article: article,
			Summary: "登记目录来源 · Register an address that the own catalogue is read from, from time to time", Body: openapi.Takes(cataloguesource.Settings{}), Status: http.StatusCreated, Answer: source, Faults: settings}, handle: s.registerCatalogueSource},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one, Name: "getCatalogueSource", Tag: tag, Article: article,
			Summary: "目录来源 · One source, and how its last reading went", Status: http.StatusOK, Answer: source, Faults: faults}, handle: s.getCatalogueSource},
		{Operation: openapi.Operation{Method: http.MethodPut, Path: one, Name: "changeCatalogueSource", Tag: tag, Article: article,
			Summary: "修改目录来源 · Give a source other settings", Body: openapi.Takes(cataloguesource.Settings{}), Status: http.StatusOK, Answer: source, Faults: settings}, handle: s.changeCatalogueSource},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: one, Name: "removeCatalogueSource", Tag: tag, Article: article,
			Summary: "删除目录来源 · Forget a source; what is on chain stays", Status: http.StatusNoContent, Faults: faults}, handle: s.removeCatalogueSource},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: one + "/readings", Name: "readCatalogueSource", Tag: tag, Article: article,
			Summary: "立即读取 · Have a source read now", Body: openapi.Takes(struct{}{}), Status: http.StatusAccepted, Answer: source, Faults: faults}, handle: s.readCatalogueSource},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one + "/differences", Name: "listSourceDifferences", Tag: tag, Article: article,
			Summary: "与链上目录的差异 · What a source and the chain differ in, field by field", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[cataloguesource.SourceDifference]{}), Faults: faults,
			Query: pagedBy(text("kind", "absent: all", string(cataloguesource.Added), string(cataloguesource.Changed), string(cataloguesource.Missing), string(cataloguesource.Held)))}, handle: s.listSourceDifferences},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: one + "/refused", Name: "listRefusedRows", Tag: tag, Article: article,
			Summary: "未通过校验的条目 · Rows of a source that are not fit for the ledger, with what is wrong", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[cataloguesource.RefusedRow]{}), Faults: faults, Query: paging}, handle: s.listRefusedRows},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: one + "/applications", Name: "applySourceDifferences", Tag: tag, Article: article,
			Summary: "按所示差异上链 · Apply the differences exactly as they were shown", Body: openapi.Takes(applicationOfDifferences{}), Status: http.StatusAccepted, Answer: source,
			Faults: append([]fault.Code{fault.ConcurrentChange, fault.ActionNotAvailable}, faults...)}, handle: s.applySourceDifferences},
	}
}

// sources gives the sources to a department's officer, and the department.
func (x *exchange) sources() (CatalogueSources, string, error) {
	if x.actor().Role != ledger.RoleRegistrant || x.actor().USCC == "" {
		return nil, "", fault.New(fault.RoleNotAllowed, fault.Value("role", string(x.actor().Role)))
	}
	return x.server.CatalogueSources, x.actor().USCC, nil
}

// ofSources answers with what a department's officer asks of its sources, own being
// the department.
func ofSources[Answer any](x *exchange, status int, ask func(with CatalogueSources, own string) (Answer, error)) error {
	with, own, err := x.sources()
	if err != nil {
		return err
	}
	answer, err := ask(with, own)
	if err != nil {
		return err
	}
	return x.give(status, answer)
}

// toldSources is ofSources with what the body says.
func toldSources[Told, Answer any](x *exchange, status int, ask func(with CatalogueSources, told Told) (Answer, error)) error {
	return ofSources(x, status, func(with CatalogueSources, _ string) (answer Answer, err error) {
		told, err := decode[Told](x)
		if err != nil {
			return answer, err
		}
		return ask(with, told)
	})
}

// pagedSources is ofSources with the page that the query names.
func pagedSources[Item any](x *exchange, ask func(with CatalogueSources, own string, page ledger.PageRequest) (ledger.Page[Item], error)) error {
	return ofSources(x, http.StatusOK, func(with CatalogueSources, own string) (none ledger.Page[Item], err error) {
		page, err := x.page("")
		if err != nil {
			return none, err
		}
		return ask(with, own, page)
	})
}

func (s *Server) listCatalogueSources(x *exchange) error {
	return ofSources(x, http.StatusOK, func(with CatalogueSources, own string) ([]cataloguesource.Source, error) {
		return with.Sources(x.ctx(), own)
	})
}

func (s *Server) registerCatalogueSource(x *exchange) error {
	return toldSources(x, http.StatusCreated, func(with CatalogueSources, told cataloguesource.Settings) (cataloguesource.Source, error) {
		return with.Register(x.ctx(), *x.caller, told)
	})
}

func (s *Server) getCatalogueSource(x *exchange) error {
	return ofSources(x, http.StatusOK, func(with CatalogueSources, own string) (cataloguesource.Source, error) {
		return with.Source(x.ctx(), own, x.Param("id"))
	})
}

func (s *Server) readCatalogueSource(x *exchange) error {
	if _, err := decode[struct{}](x); err != nil {
		return err
	}
	return ofSources(x, http.StatusAccepted, func(with CatalogueSources, own string) (cataloguesource.Source, error) {
		return with.ReadNow(x.ctx(), own, x.Param("id"))
	})
}

func (s *Server) changeCatalogueSource(x *exchange) error {
	return toldSources(x, http.StatusOK, func(with CatalogueSources, told cataloguesource.Settings) (cataloguesource.Source, error) {
		return with.Change(x.ctx(), *x.caller, x.Param("id"), told)
	})
}

func (s *Server) removeCatalogueSource(x *exchange) error {
	with, own, err := x.sources()
	if err != nil {
		return err
	}
	if err := with.Remove(x.ctx(), own, x.Param("id")); err != nil {
		return err
	}
	return x.noContent()
}

func (s *Server) listSourceDifferences(x *exchange) error {
	return pagedSources(x, func(with CatalogueSources, own string, page ledger.PageRequest) (ledger.Page[cataloguesource.SourceDifference], error) {
		return with.Differences(x.ctx(), own, x.Param("id"), cataloguesource.Kind(x.Query("kind")), page)
	})
}

func (s *Server) listRefusedRows(x *exchange) error {
	return pagedSources(x, func(with CatalogueSources, own string, page ledger.PageRequest) (ledger.Page[cataloguesource.RefusedRow], error) {
		return with.RefusedRows(x.ctx(), own, x.Param("id"), page)
	})
}

func (s *Server) applySourceDifferences(x *exchange) error {
	return toldSources(x, http.StatusAccepted, func(with CatalogueSources, told applicationOfDifferences) (cataloguesource.Source, error) {
		return with.Apply(x.ctx(), *x.caller, x.Param("id"), told.Revision, told.Withdrawals)
	})
}
