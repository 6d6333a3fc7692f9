package api

import (
	"net/http"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
)

type withdrawal struct {
	Reason string `json:"reason"`
}

var paging = []openapi.Parameter{
	{Name: "pageSize", Type: "integer", Description: "1 to 200, 50 where it is absent"},
	{Name: "bookmark", Type: "string", Description: "from the page before"},
}

func pagedBy(parameters ...openapi.Parameter) []openapi.Parameter {
	return append(parameters, paging...)
}

func (s *Server) catalogOperations() []operation {
	entry := "/catalog/entries/{provider}/{identifier}"
	return []operation{
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/entries", Name: "putEntry", Tag: "catalogue", Article: "8",
			Summary: "目录条目上链 · Put one entry on chain", Body: openapi.Takes(ledger.EntryContent{}), Status: http.StatusOK,
			Answer: openapi.Gives(ledger.EntryOutcome{}), Faults: contentFaults}, handle: s.putEntry},
		{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/batches", Name: "putBatch", Tag: "catalogue", Article: "8",
			Summary: "目录条目成批上链 · Put many entries on chain in one transaction: all or none; unchanged ones write nothing", Body: openapi.Takes(ledger.PutBatchRequest{}),
			Status: http.StatusOK, Answer: openapi.Gives([]ledger.EntryOutcome{}), Faults: contentFaults}, handle: s.putBatch, body: ledger.MaxRequestBytes},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: "/catalog/entries", Name: "listEntries", Tag: "catalogue", Article: "11", Public: true,
			Summary: "目录条目列表 · List entries", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[ledger.CatalogEntry]{}),
			Query: pagedBy(openapi.Parameter{Name: "provider", Type: "string", Description: "USCC; absent: all providers"})}, handle: s.listEntries},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: entry, Name: "getEntry", Tag: "catalogue", Article: "11", Public: true,
			Summary: "目录条目 · One entry", Status: http.StatusOK, Answer: openapi.Gives(ledger.CatalogEntry{}),
			Query: []openapi.Parameter{{Name: "version", Type: "integer", Description: "absent: the newest"}}}, handle: s.getEntry},
		{Operation: openapi.Operation{Method: http.MethodGet, Path: entry + "/history", Name: "entryHistory", Tag: "catalogue", Article: "8", Public: true,
			Summary: "历史版本 · Older versions, newest last", Status: http.StatusOK, Answer: openapi.Gives(ledger.Page[ledger.CatalogEntry]{}),
			Query: pagedBy(openapi.Parameter{Name: "version", Type: "integer", Description: "first one listed; absent: 1"})}, handle: s.entryHistory},
		{Operation: openapi.Operation{Method: http.MethodDelete, Path: entry, Name: "withdrawEntry", Tag: "catalogue", Article: "8",
			Summary: "撤回目录条目 · Withdraw an entry", Body: openapi.Takes(withdrawal{}), Status: http.StatusOK,
			Answer: openapi.Gives(ledger.CatalogEntry{}), Faults: []fault.Code{fault.NotOwner, fault.ReasonRequired, fault.EntryNotActive}}, handle: s.withdrawEntry},
		s.importOperation(),
	}
}

// contentFaults are what a written document can be refused for.
var contentFaults = []fault.Code{fault.UnknownField, fault.MissingField, fault.FieldTooLong, fault.InvalidValue,
	fault.InvalidUSCC, fault.InvalidDate, fault.TooManyItems, fault.DuplicateItem, fault.InvalidEncoding, fault.NotOwner}

func (s *Server) putEntry(x *exchange) error {
	content, err := decode[ledger.EntryContent](x)
	if err != nil {
		return err
	}
	outcomes, err := submit[[]ledger.EntryOutcome](x, ledger.TxPutBatch, ledger.PutBatchRequest{Entries: []ledger.EntryContent{content}})
	if err != nil {
		return withoutIndex(err)
	}
	if len(outcomes) != 1 {
		return fault.New(fault.Internal, fault.Detail("one outcome was expected"))
	}
	return x.give(http.StatusOK, outcomes[0])
}

func (s *Server) putBatch(x *exchange) error {
	request, err := decode[ledger.PutBatchRequest](x)
	if err != nil {
		return err
	}
	outcomes, err := submit[[]ledger.EntryOutcome](x, ledger.TxPutBatch, request)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, outcomes)
}

func (s *Server) listEntries(x *exchange) error {
	page, err := x.page(x.Query("provider"))
	if err != nil {
		return err
	}
	entries, err := evaluate[ledger.Page[ledger.CatalogEntry]](x, ledger.TxListEntries, page)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, entries)
}

func (x *exchange) entry() (ledger.EntryReference, error) {
	version, err := x.integer("version", 0, 1, 1<<30)
	return ledger.EntryReference{Provider: x.Param("provider"), Identifier: x.Param("identifier"), Version: version}, err
}

func (s *Server) getEntry(x *exchange) error {
	reference, err := x.entry()
	if err != nil {
		return err
	}
	entry, err := evaluate[ledger.CatalogEntry](x, ledger.TxGetEntry, reference)
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, entry)
}

func (s *Server) entryHistory(x *exchange) error {
	reference, err := x.entry()
	if err != nil {
		return err
	}
	page, err := x.page("")
	if err != nil {
		return err
	}
	versions, err := evaluate[ledger.Page[ledger.CatalogEntry]](x, ledger.TxListEntryHistory, ledger.EntryHistoryRequest{Entry: reference, Page: page})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, versions)
}

func (s *Server) withdrawEntry(x *exchange) error {
	request, err := decode[withdrawal](x)
	if err != nil {
		return err
	}
	if x.Param("provider") != x.actor().USCC {
		return fault.New(fault.NotOwner)
	}
	entry, err := submit[ledger.CatalogEntry](x, ledger.TxWithdrawEntry,
		ledger.WithdrawEntryRequest{Identifier: x.Param("identifier"), Reason: request.Reason})
	if err != nil {
		return err
	}
	return x.give(http.StatusOK, entry)
}
