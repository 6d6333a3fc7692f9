package client

import (
	"context"
	"net/url"
	"strconv"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
)

// Notice is a public notice that is open today.
type Notice struct {
	queries.Notice
	DaysLeft int `json:"daysLeft"`
}

// Paged adds the paging parameters to a query; zero values ask for the first page
// of the default size.
func Paged(query url.Values, page ledger.PageRequest) url.Values {
	if query == nil {
		query = url.Values{}
	}
	if page.PageSize > 0 {
		query.Set("pageSize", strconv.Itoa(page.PageSize))
	}
	if page.Bookmark != "" {
		query.Set("bookmark", page.Bookmark)
	}
	return query
}

// FindResources searches registrations and catalogue entries together. The query
// holds q, registrant, division, industry, type, status, kind, record and sort.
func (c *Client) FindResources(ctx context.Context, query url.Values, page ledger.PageRequest) (queries.ResourcePage, error) {
	return get[queries.ResourcePage](ctx, c, "/discovery/resources", Paged(query, page))
}

// NewestRegistrations lists the registrations that a registrant has a part in, the
// newest first, as the read model knows them.
func (c *Client) NewestRegistrations(ctx context.Context, registrant string, page ledger.PageRequest) (ledger.Page[queries.RegistrationSummary], error) {
	return get[ledger.Page[queries.RegistrationSummary]](ctx, c, "/discovery/registrations", Paged(url.Values{"registrant": {registrant}}, page))
}

// Suggest gives titles that hold what has been typed.
func (c *Client) Suggest(ctx context.Context, typed string) ([]string, error) {
	answer, err := get[struct {
		Titles []string `json:"titles"`
	}](ctx, c, "/discovery/suggestions", url.Values{"q": {typed}})
	return answer.Titles, err
}

// Notices lists the public notices that are open today, of a division or of all.
func (c *Client) Notices(ctx context.Context, division string, page ledger.PageRequest) (ledger.Page[Notice], error) {
	query := url.Values{}
	if division != "" {
		query.Set("division", division)
	}
	return get[ledger.Page[Notice]](ctx, c, "/notices", Paged(query, page))
}

// Entry gives a version of a catalogue entry; 0: the newest.
func (c *Client) Entry(ctx context.Context, provider, identifier string, version int) (ledger.CatalogEntry, error) {
	query := url.Values{}
	if version != 0 {
		query.Set("version", strconv.Itoa(version))
	}
	return get[ledger.CatalogEntry](ctx, c, entryPath(provider, identifier), query)
}

// EntryHistory gives a page of an entry's older versions from one on, the oldest
// first.
func (c *Client) EntryHistory(ctx context.Context, provider, identifier string, from int, page ledger.PageRequest) (ledger.Page[ledger.CatalogEntry], error) {
	return get[ledger.Page[ledger.CatalogEntry]](ctx, c, entryPath(provider, identifier)+"/history", Paged(url.Values{"version": {strconv.Itoa(from)}}, page))
}

func entryPath(provider, identifier string) string {
	return "/catalog/entries/" + url.PathEscape(provider) + "/" + url.PathEscape(identifier)
}

// Figures counts what there is now.
func (c *Client) Figures(ctx context.Context) (queries.Figures, error) {
	return get[queries.Figures](ctx, c, "/figures", nil)
}

// Statistics sums up a period of days, YYYY-MM-DD, both included (Art. 26).
func (c *Client) Statistics(ctx context.Context, from, to string) (queries.Statistics, error) {
	return get[queries.Statistics](ctx, c, "/statistics", url.Values{"from": {from}, "to": {to}})
}

// ObjectionWork lists the objections that wait for the caller.
func (c *Client) ObjectionWork(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
	return get[ledger.Page[ledger.Objection]](ctx, c, "/work/objections", Paged(nil, page))
}

// SupervisionWork lists the supervision records that wait for the caller.
func (c *Client) SupervisionWork(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
	return get[ledger.Page[ledger.SupervisionRecord]](ctx, c, "/work/supervision", Paged(nil, page))
}

// WorkSummary counts the caller's applications.
func (c *Client) WorkSummary(ctx context.Context) (queries.Work, error) {
	return get[queries.Work](ctx, c, "/work/summary", nil)
}

// OwnEntries lists the caller's catalogue entries with what covers them, those that
// changed last first.
func (c *Client) OwnEntries(ctx context.Context, page ledger.PageRequest) (ledger.Page[queries.EntrySummary], error) {
	return get[ledger.Page[queries.EntrySummary]](ctx, c, "/work/entries", Paged(nil, page))
}

// Outdated lists the caller's registered entries that have changed since.
func (c *Client) Outdated(ctx context.Context, page ledger.PageRequest) (ledger.Page[queries.Outdated], error) {
	return get[ledger.Page[queries.Outdated]](ctx, c, "/work/outdated", Paged(nil, page))
}
