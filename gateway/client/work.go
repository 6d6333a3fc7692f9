package client

import (
	"context"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/objector"
	"dengji/gateway/readmodel/queries"
)

// CaseKind is where the records of one machine stand in the interface.
type CaseKind string

// The kinds of cases.
const (
	CaseApplication  CaseKind = "/applications/"
	CaseObjection    CaseKind = "/objections/"
	CaseSupervision  CaseKind = "/supervision/"
	CaseRegistration CaseKind = "/registrations/"
)

// FindWork lists the applications that wait for the caller. The query holds state,
// type, division and due_before; nil narrows nothing.
func (c *Client) FindWork(ctx context.Context, query url.Values, page ledger.PageRequest) (ledger.Page[queries.ApplicationSummary], error) {
	return get[ledger.Page[queries.ApplicationSummary]](ctx, c, "/work", Paged(query, page))
}

// StepsOf collects a case's history, page by page.
func (c *Client) StepsOf(ctx context.Context, kind CaseKind, id string) ([]ledger.Step, error) {
	return all[ledger.Step](ctx, c, string(kind)+url.PathEscape(id)+"/steps", nil)
}

// ActionsOf lists what the caller can do with a case now.
func (c *Client) ActionsOf(ctx context.Context, kind CaseKind, id string) ([]ledger.AvailableAction, error) {
	return get[[]ledger.AvailableAction](ctx, c, string(kind)+url.PathEscape(id)+"/actions", nil)
}

// ActOn takes a step on a case.
func (c *Client) ActOn(ctx context.Context, kind CaseKind, act ledger.ActRequest) (Receipt, error) {
	_, receipt, err := takeStep[struct{}](ctx, c, string(kind), act)
	return receipt, err
}

// Objection reads an objection.
func (c *Client) Objection(ctx context.Context, id string) (ledger.Objection, error) {
	return get[ledger.Objection](ctx, c, "/objections/"+url.PathEscape(id), nil)
}

// Objector reads who objects, for those who re-examine.
func (c *Client) Objector(ctx context.Context, id string) (objector.Objector, error) {
	return get[objector.Objector](ctx, c, "/objections/"+url.PathEscape(id)+"/objector", nil)
}

// ObjectionsTo collects the objections to an application, page by page.
func (c *Client) ObjectionsTo(ctx context.Context, application string) ([]ledger.Objection, error) {
	return all[ledger.Objection](ctx, c, "/applications/"+url.PathEscape(application)+"/objections", nil)
}

// Record reads a supervision record.
func (c *Client) Record(ctx context.Context, id string) (ledger.SupervisionRecord, error) {
	return get[ledger.SupervisionRecord](ctx, c, "/supervision/"+url.PathEscape(id), nil)
}

// Records lists the supervision records of a concern: ledger.ConcernRegistrar, or
// a registrant's USCC.
func (c *Client) Records(ctx context.Context, concern string, page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
	return get[ledger.Page[ledger.SupervisionRecord]](ctx, c, "/supervision", Paged(url.Values{"concern": {concern}}, page))
}

// Anchor reads the anchor of an owner's file.
func (c *Client) Anchor(ctx context.Context, owner, cid string) (NamedEvidence, error) {
	return get[NamedEvidence](ctx, c, "/evidence/"+url.PathEscape(cid), url.Values{"owner": {owner}})
}

// AnchoredContent gives the address of an owner's file, for Download.
func AnchoredContent(owner, cid string) string {
	return "/evidence/" + url.PathEscape(cid) + "/content?" + url.Values{"owner": {owner}}.Encode()
}

// all collects a list page by page. The query narrows it; nil narrows nothing.
func all[Item any](ctx context.Context, c *Client, path string, query url.Values) ([]Item, error) {
	var items []Item
	page := ledger.PageRequest{PageSize: ledger.MaxPageSize}
	for {
		found, err := get[ledger.Page[Item]](ctx, c, path, Paged(query, page))
		if err != nil {
			return nil, err
		}
		items = append(items, found.Items...)
		if page.Bookmark = found.Bookmark; page.Bookmark == "" {
			return items, nil
		}
	}
}

// Standing says whether the registrar may act (Art. 27).
func (c *Client) Standing(ctx context.Context) (ledger.RegistrarStanding, error) {
	return get[ledger.RegistrarStanding](ctx, c, "/registrar/standing", nil)
}

// RulePacks lists the rule packs, whatever their status.
func (c *Client) RulePacks(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.RulePackRecord], error) {
	return get[ledger.Page[ledger.RulePackRecord]](ctx, c, "/rule-packs", Paged(nil, page))
}

// Calendars lists the calendars by year.
func (c *Client) Calendars(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Calendar], error) {
	return get[ledger.Page[ledger.Calendar]](ctx, c, "/calendar/years", Paged(nil, page))
}
