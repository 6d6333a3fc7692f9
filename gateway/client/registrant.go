package client

import (
	"context"
	"net/url"

	"dengji/chaincode/ledger"
)

// NamedEvidence is an anchor with the name of its file, which stays off the ledger.
type NamedEvidence struct {
	ledger.Evidence
	Name string `json:"name"`
}

// Applications lists the caller's applications.
func (c *Client) Applications(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Application], error) {
	return get[ledger.Page[ledger.Application]](ctx, c, "/applications", Paged(nil, page))
}

// Registrations lists the caller's registrations.
func (c *Client) Registrations(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
	return get[ledger.Page[ledger.Registration]](ctx, c, "/registrations", Paged(nil, page))
}

// EntriesOf lists a provider's catalogue entries, page by page.
func (c *Client) EntriesOf(ctx context.Context, provider string, page ledger.PageRequest) (ledger.Page[ledger.CatalogEntry], error) {
	return get[ledger.Page[ledger.CatalogEntry]](ctx, c, "/catalog/entries", Paged(url.Values{"provider": {provider}}, page))
}

// Evidence lists the caller's anchored files.
func (c *Client) Evidence(ctx context.Context, page ledger.PageRequest) (ledger.Page[NamedEvidence], error) {
	return get[ledger.Page[NamedEvidence]](ctx, c, "/evidence", Paged(nil, page))
}

// Mandates lists the mandates of a holder; of the caller where holder is empty.
func (c *Client) Mandates(ctx context.Context, holder string, page ledger.PageRequest) (ledger.Page[ledger.Mandate], error) {
	query := url.Values{}
	if holder != "" {
		query.Set("holder", holder)
	}
	return get[ledger.Page[ledger.Mandate]](ctx, c, "/mandates", Paged(query, page))
}

// GrantMandate has the registrar file for the caller (Art. 9).
func (c *Client) GrantMandate(ctx context.Context, request ledger.GrantMandateRequest) (ledger.Mandate, Receipt, error) {
	return post[ledger.Mandate](ctx, c, "/mandates", request)
}

// WithdrawMandate ends a mandate.
func (c *Client) WithdrawMandate(ctx context.Context, of ledger.MandateReference) (ledger.Mandate, Receipt, error) {
	return post[ledger.Mandate](ctx, c, "/mandates/withdrawals", of)
}

// Versions collects the older versions of a registration, the oldest first.
func (c *Client) Versions(ctx context.Context, code string) ([]ledger.Registration, error) {
	return all[ledger.Registration](ctx, c, "/registrations/"+url.PathEscape(code)+"/versions", nil)
}
