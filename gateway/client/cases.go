package client

import (
	"context"
	"net/url"
	"strconv"

	"dengji/chaincode/ledger"
)

// Objection is what an objector hands in under a real name (Art. 23). The ledger
// keeps digests of name, identity number and statement alone.
type Objection struct {
	Application    string   `json:"application"`
	Name           string   `json:"name"`
	IdentityNumber string   `json:"identityNumber"`
	Statement      string   `json:"statement"`
	Evidence       []string `json:"evidence"` // CIDs
}

// Object raises an objection to a public notice.
func (c *Client) Object(ctx context.Context, objection Objection) (ledger.Objection, Receipt, error) {
	return post[ledger.Objection](ctx, c, "/objections", objection)
}

// ActOnObjection takes a step on an objection.
func (c *Client) ActOnObjection(ctx context.Context, act ledger.ActRequest) (ledger.Objection, Receipt, error) {
	return takeStep[ledger.Objection](ctx, c, "/objections/", act)
}

// ActOnRegistration takes a step on a registration, named by its code.
func (c *Client) ActOnRegistration(ctx context.Context, act ledger.ActRequest) (ledger.Registration, Receipt, error) {
	return takeStep[ledger.Registration](ctx, c, "/registrations/", act)
}

// Due lists the first page of the registrations in force, by the end of their
// validity.
func (c *Client) Due(ctx context.Context) (ledger.Page[ledger.Registration], error) {
	return get[ledger.Page[ledger.Registration]](ctx, c, "/due-registrations", url.Values{"pageSize": {strconv.Itoa(ledger.MaxPageSize)}})
}

// OpenRecord opens a supervision record (Art. 27, 28).
func (c *Client) OpenRecord(ctx context.Context, request ledger.OpenRecordRequest) (ledger.SupervisionRecord, Receipt, error) {
	return post[ledger.SupervisionRecord](ctx, c, "/supervision", request)
}

// ActOnRecord takes a step on a supervision record.
func (c *Client) ActOnRecord(ctx context.Context, act ledger.ActRequest) (ledger.SupervisionRecord, Receipt, error) {
	return takeStep[ledger.SupervisionRecord](ctx, c, "/supervision/", act)
}

// ProposeRulePack puts a rule pack on the ledger; another organisation approves it.
func (c *Client) ProposeRulePack(ctx context.Context, pack ledger.RulePack) (ledger.RulePackRecord, Receipt, error) {
	return post[ledger.RulePackRecord](ctx, c, "/rule-packs", pack)
}

// ApproveRulePack puts a proposed rule pack in force.
func (c *Client) ApproveRulePack(ctx context.Context, pack ledger.PackReference) (ledger.RulePackRecord, Receipt, error) {
	return post[ledger.RulePackRecord](ctx, c, "/rule-packs/approvals", pack)
}

// Measurements collects what the steps of a month (YYYY-MM) or a day (YYYY-MM-DD)
// count for the evaluation of the registrar (Art. 26), page by page.
func (c *Client) Measurements(ctx context.Context, period string) ([]ledger.Measurement, error) {
	return all[ledger.Measurement](ctx, c, "/measurements", url.Values{"period": {period}})
}

func takeStep[Record any](ctx context.Context, c *Client, cases string, act ledger.ActRequest) (Record, Receipt, error) {
	return post[Record](ctx, c, cases+url.PathEscape(act.ID)+"/actions/"+url.PathEscape(act.Action), stepOf(act))
}

// stepOf leaves out what stands in the path, and what the gateway makes itself.
func stepOf(act ledger.ActRequest) any {
	return struct {
		ReasonCode string             `json:"reasonCode,omitempty"`
		Reason     string             `json:"reason,omitempty"`
		Defects    []ledger.Defect    `json:"defects,omitempty"`
		Materials  []ledger.Material  `json:"materials,omitempty"`
		Fields     *ledger.Publicised `json:"fields,omitempty"`
		Evidence   []string           `json:"evidence,omitempty"`
		Finding    string             `json:"finding,omitempty"`
	}{act.ReasonCode, act.Reason, act.Defects, act.Materials, act.Fields, act.Evidence, act.Finding}
}

// PublicNotice is what the public sees of one application under notice (Art. 22).
type PublicNotice struct {
	Application string            `json:"application"`
	Publicised  ledger.Publicised `json:"publicised"`
	Kind        ledger.Kind       `json:"kind"`
	Start       string            `json:"start"` // YYYY-MM-DD
	End         string            `json:"end"`   // last day, YYYY-MM-DD
}

// Notice reads a current public notice.
func (c *Client) Notice(ctx context.Context, application string) (PublicNotice, error) {
	return get[PublicNotice](ctx, c, "/notices/"+url.PathEscape(application), nil)
}

// Calendar reads the working days of a year.
func (c *Client) Calendar(ctx context.Context, year int) (ledger.Calendar, error) {
	return get[ledger.Calendar](ctx, c, "/calendar/years/"+strconv.Itoa(year), nil)
}
