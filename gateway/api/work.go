package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
	"dengji/gateway/readmodel/queries"
)

// workOperations list what waits for the caller. They show; whether a step is
// possible the ledger decides when it is taken.
func (s *Server) workOperations() []operation {
	const tag = "work"
	return []operation{
		reading(openapi.Operation{Path: "/work", Name: "listWork", Tag: tag, Article: "18", Query: pagedBy(workFilters...),
			Summary: "待办申请 · Applications that wait for the caller, the most urgent first"}, listWork),
		reading(openapi.Operation{Path: "/work/objections", Name: "listObjectionWork", Tag: tag, Article: "23", Query: paging,
			Summary: "待办异议 · Objections that wait for the caller"}, listObjectionWork),
		reading(openapi.Operation{Path: "/work/supervision", Name: "listSupervisionWork", Tag: tag, Article: "27,28", Query: paging,
			Summary: "待办监管记录 · Supervision records that wait for the caller"}, listSupervisionWork),
		reading(openapi.Operation{Path: "/work/summary", Name: "summariseWork", Tag: tag, Article: "18",
			Summary: "待办概况 · The caller's applications by state, and how many are overdue"}, summariseWork),
		reading(openapi.Operation{Path: "/work/entries", Name: "listOwnEntries", Tag: tag, Article: "8", Query: paging,
			Summary: "本单位目录及其登记 · The caller's catalogue entries, each with the registration that covers it"}, listOwnEntries),
		reading(openapi.Operation{Path: "/work/outdated", Name: "listOutdated", Tag: tag, Article: "15", Query: paging,
			Summary: "登记后已变化的目录 · Entries that have changed since they were registered"}, listOutdated),
	}
}

// workFilters narrow the queue of applications.
var workFilters = []openapi.Parameter{
	{Name: "state", Type: "string", Description: "one of the states that wait for the caller"},
	{Name: "type", Type: "string", Description: "first, change, correction, cancellation or renewal"},
	{Name: "division", Type: "string", Description: "GB/T 2260, for those who work on all divisions"},
	{Name: "due_before", Type: "string", Description: "YYYY-MM-DD; those that have to be done before this day"},
}

// narrowed keeps what the caller looks for of what waits for it.
func (x *exchange) narrowed(filter queries.QueueFilter) (queries.QueueFilter, error) {
	if state := ledger.State(x.Query("state")); state != "" {
		filter.Turns = slices.DeleteFunc(filter.Turns, func(turn queries.Turn) bool { return turn.State != state })
		if len(filter.Turns) == 0 {
			return filter, fault.New(fault.InvalidValue, fault.Field("state"))
		}
	}
	if filter.Division == "" {
		filter.Division = x.Query("division")
	}
	filter.Type, filter.DueBefore = ledger.ApplicationType(x.Query("type")), x.Query("due_before")
	if filter.DueBefore == "" {
		return filter, nil
	}
	if _, err := time.Parse(time.DateOnly, filter.DueBefore); err != nil {
		return filter, fault.New(fault.InvalidDate, fault.Field("due_before"))
	}
	return filter, nil
}

// packs gives every rule pack: a case keeps the one that it was filed under.
func packs(x *exchange, asked *queries.Queries) ([]ledger.RulePack, error) {
	found, err := asked.RulePacks(x.ctx(), ledger.PageRequest{PageSize: ledger.MaxPageSize})
	all := make([]ledger.RulePack, 0, len(found.Items))
	for _, record := range found.Items {
		all = append(all, record.Pack)
	}
	return all, err
}

// work gives the filter for what waits for the caller; without turns nothing does.
func (x *exchange) work(asked *queries.Queries, subject ledger.Subject) (queries.QueueFilter, error) {
	filter, err := x.own(asked)
	if err != nil {
		return filter, err
	}
	all, err := packs(x, asked)
	turns := queries.TurnsOf(subject, x.actor().Role, all...)
	filter.Turns = turns[:min(len(turns), queries.MaxStates)]
	return filter, err
}

// own narrows to the cases that are the caller's to see to (Art. 5, 6, 9).
func (x *exchange) own(asked *queries.Queries) (queries.QueueFilter, error) {
	actor := x.actor()
	switch actor.Role {
	case ledger.RoleDistrict:
		if actor.Division == "" {
			return queries.QueueFilter{}, fault.New(fault.AccessDenied)
		}
		return queries.QueueFilter{Division: actor.Division}, nil
	case ledger.RoleAuthority: // reviews the municipality's own registrants
		network, _, err := asked.Network(x.ctx())
		return queries.QueueFilter{Division: network.Division}, err
	case ledger.RoleRegistrant:
		if actor.USCC == "" {
			return queries.QueueFilter{}, fault.New(fault.AccessDenied)
		}
		return queries.QueueFilter{Registrant: actor.USCC}, nil
	case ledger.RoleParty:
		return queries.QueueFilter{Applicant: actor.Key()}, nil
	case ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer, ledger.RoleSupervisor:
		return queries.QueueFilter{}, nil
	default:
		return queries.QueueFilter{}, fault.New(fault.AccessDenied)
	}
}

// queue asks for a page of a queue, unless nothing can wait in it.
func queue[T any](x *exchange, asked *queries.Queries, subject ledger.Subject,
	ask func(queries.QueueFilter, ledger.PageRequest) (ledger.Page[T], error)) (ledger.Page[T], error) {
	none := ledger.Page[T]{Items: []T{}}
	page, err := x.page("")
	if err != nil {
		return none, err
	}
	filter, err := x.work(asked, subject)
	if err != nil || len(filter.Turns) == 0 {
		return none, err
	}
	return ask(filter, page)
}

func listWork(x *exchange, asked *queries.Queries) (ledger.Page[queries.ApplicationSummary], error) {
	return queue(x, asked, ledger.SubjectApplication, func(filter queries.QueueFilter, page ledger.PageRequest) (ledger.Page[queries.ApplicationSummary], error) {
		narrowed, err := x.narrowed(filter)
		if err != nil {
			return ledger.Page[queries.ApplicationSummary]{}, err
		}
		return asked.Queue(x.ctx(), narrowed, page)
	})
}

func listObjectionWork(x *exchange, asked *queries.Queries) (ledger.Page[ledger.Objection], error) {
	return queue(x, asked, ledger.SubjectObjection, func(filter queries.QueueFilter, page ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
		if filter.Applicant != "" { // a person's own corrections are objected to by name, not by queue
			return ledger.Page[ledger.Objection]{Items: []ledger.Objection{}}, nil
		}
		return asked.ObjectionQueue(x.ctx(), filter, page)
	})
}

func listSupervisionWork(x *exchange, asked *queries.Queries) (ledger.Page[ledger.SupervisionRecord], error) {
	return queue(x, asked, ledger.SubjectSupervision, func(filter queries.QueueFilter, page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
		return asked.SupervisionQueue(x.ctx(), filter, page)
	})
}

func summariseWork(x *exchange, asked *queries.Queries) (queries.Work, error) {
	filter, err := x.own(asked)
	if err != nil {
		return queries.Work{}, err
	}
	day, err := asked.Today(x.ctx(), x.server.Clock())
	if err != nil {
		return queries.Work{}, err
	}
	all, err := packs(x, asked)
	if err != nil {
		return queries.Work{}, err
	}
	waiting := map[string]bool{}
	for _, pack := range all {
		for name, clock := range pack.Clocks {
			if clock.Waiting {
				waiting[name] = true
			}
		}
	}
	return asked.Work(x.ctx(), filter, day, slices.Collect(maps.Keys(waiting)))
}

func listOutdated(x *exchange, asked *queries.Queries) (ledger.Page[queries.Outdated], error) {
	return ofRegistrant(x, asked.OutdatedEntries)
}

func listOwnEntries(x *exchange, asked *queries.Queries) (ledger.Page[queries.EntrySummary], error) {
	return ofRegistrant(x, func(ctx context.Context, provider string, page ledger.PageRequest) (ledger.Page[queries.EntrySummary], error) {
		return asked.Entries(ctx, queries.EntryFilter{Provider: provider}, page)
	})
}

// ofRegistrant asks for a page of what belongs to the caller's organisation.
func ofRegistrant[T any](x *exchange, ask func(context.Context, string, ledger.PageRequest) (ledger.Page[T], error)) (ledger.Page[T], error) {
	none := ledger.Page[T]{Items: []T{}}
	if x.actor().Role != ledger.RoleRegistrant || x.actor().USCC == "" {
		return none, fault.New(fault.AccessDenied)
	}
	page, err := x.page("")
	if err != nil {
		return none, err
	}
	return ask(x.ctx(), x.actor().USCC, page)
}
