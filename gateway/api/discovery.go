package api

import (
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/openapi"
	"dengji/gateway/readmodel/queries"
)

// openNotice is a public notice with the time that is left of it.
type openNotice struct {
	queries.Notice
	DaysLeft int `json:"daysLeft"` // calendar days after today; 0: today is the last one
}

// suggestions are titles that hold what has been typed so far.
type suggestions struct {
	Titles []string `json:"titles"`
}

func text(name, description string, values ...string) openapi.Parameter {
	return openapi.Parameter{Name: name, Type: "string", Description: description, Enum: values}
}

// discoveryOperations are what the public finds things by (Art. 11, 22).
func (s *Server) discoveryOperations() []operation {
	const tag = "discovery"
	return []operation{
		reading(openapi.Operation{Path: "/discovery/resources", Name: "findResources", Tag: tag, Article: "11", Public: true,
			Summary: "检索公共数据资源目录 · Search registrations and catalogue entries together", Faults: []fault.Code{fault.FieldTooLong},
			Query: pagedBy(text("q", "words; those in a title come first"),
				text("registrant", "USCC of a registrant or provider, joint ones included"), text("division", "GB/T 2260 code"),
				text("industry", "GB/T 4754-2017: a section's letter, or the beginning of a code"), text("type", "data type of a registration, format of an entry"),
				text("status", "absent: active; any: all", "any", "active", "withdrawn", "cancelled", "expired", "revoked"),
				text("kind", "what a resource is: registered, or not yet registered and of the open catalogue or a government directory",
					queries.MarkRegistered, queries.MarkOpen, queries.MarkDirectory),
				text("record", "entries or registrations alone", "entry", "registration"),
				text("sort", "absent: relevance with words, newest without", queries.SortRelevance, queries.SortNewest, queries.SortOldest))},
			findResources),
		reading(openapi.Operation{Path: "/discovery/suggestions", Name: "suggest", Tag: tag, Article: "11", Public: true,
			Summary: "检索建议 · Titles that hold what has been typed", Query: []openapi.Parameter{text("q", "what has been typed")}},
			func(x *exchange, asked *queries.Queries) (suggestions, error) {
				titles, err := asked.Suggestions(x.ctx(), x.Query("q"))
				return suggestions{titles}, err
			}),
		reading(openapi.Operation{Path: "/discovery/registrations", Name: "findRegistrations", Tag: tag, Article: "24", Public: true,
			Summary: "登记列表 · Registrations, the newest first",
			Query: pagedBy(text("registrant", "USCC, joint registrations included"), text("division", "GB/T 2260 code"),
				text("status", "absent: all", "active", "cancelled", "expired", "revoked"))}, findRegistrations),
		reading(openapi.Operation{Path: "/notices", Name: "listNotices", Tag: tag, Article: "22", Public: true,
			Summary: "当前公示 · The public notices that are open today", Query: pagedBy(text("division", "GB/T 2260 code"))}, listNotices),
	}
}

func findRegistrations(x *exchange, asked *queries.Queries) (ledger.Page[queries.RegistrationSummary], error) {
	page, err := x.page("")
	if err != nil {
		return ledger.Page[queries.RegistrationSummary]{}, err
	}
	return asked.Registrations(x.ctx(), queries.RegistrationFilter{Registrant: x.Query("registrant"), Division: x.Query("division"),
		Status: ledger.RegistrationStatus(x.Query("status"))}, page)
}

func findResources(x *exchange, asked *queries.Queries) (queries.ResourcePage, error) {
	page, err := x.page("")
	if err != nil {
		return queries.ResourcePage{}, err
	}
	return asked.Resources(x.ctx(), queries.ResourceFilter{Words: x.Query("q"), Registrant: x.Query("registrant"), Division: x.Query("division"),
		Industry: x.Query("industry"), Type: x.Query("type"), Status: x.Query("status"), Mark: x.Query("kind"), Record: x.Query("record"),
		Sort: x.Query("sort")}, page)
}

func listNotices(x *exchange, asked *queries.Queries) (ledger.Page[openNotice], error) {
	answer := ledger.Page[openNotice]{Items: []openNotice{}}
	page, err := x.page("")
	if err != nil {
		return answer, err
	}
	day, err := asked.Today(x.ctx(), x.server.Clock())
	if err != nil {
		return answer, err
	}
	found, err := asked.Notices(x.ctx(), day, x.Query("division"), page)
	for _, notice := range found.Items {
		answer.Items = append(answer.Items, openNotice{Notice: notice, DaysLeft: daysBetween(day, notice.End)})
	}
	answer.Bookmark = found.Bookmark
	return answer, err
}

// daysBetween counts calendar days; 0 where either is no day.
func daysBetween(from, to string) int {
	first, err := time.Parse(time.DateOnly, from)
	if err != nil {
		return 0
	}
	last, err := time.Parse(time.DateOnly, to)
	if err != nil {
		return 0
	}
	return int(last.Sub(first).Hours() / 24)
}
