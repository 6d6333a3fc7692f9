package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguesource"
)

// CatalogueChain tells how far the city's catalogue chain is followed.
func (c *Client) CatalogueChain(ctx context.Context) (cataloguechain.Status, error) {
	return get[cataloguechain.Status](ctx, c, "/catalog/chain", nil)
}

// ChainChanges lists what has become of the catalogue chain's changes. The query holds
// state and provider; nil narrows nothing.
func (c *Client) ChainChanges(ctx context.Context, query url.Values, page ledger.PageRequest) (ledger.Page[cataloguechain.Change], error) {
	return get[ledger.Page[cataloguechain.Change]](ctx, c, "/catalog/chain/changes", Paged(query, page))
}

// RetryChainChange has a refused change submitted again.
func (c *Client) RetryChainChange(ctx context.Context, id int64) (cataloguechain.Change, error) {
	answer, _, err := post[cataloguechain.Change](ctx, c, fmt.Sprintf("/catalog/chain/changes/%d/retry", id), struct{}{})
	return answer, err
}

// ResumeCatalogueChain has a chain followed again that was stopped.
func (c *Client) ResumeCatalogueChain(ctx context.Context) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/catalog/chain/resumption", Body: struct{}{}}, nil)
}

// SubscribeToCatalogueChain has the own department's entries taken over from it.
func (c *Client) SubscribeToCatalogueChain(ctx context.Context) error {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: "/catalog/chain/subscription", Body: struct{}{}}, nil)
}

// UnsubscribeFromCatalogueChain ends that.
func (c *Client) UnsubscribeFromCatalogueChain(ctx context.Context) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: "/catalog/chain/subscription"}, nil)
}

func sourcePath(id string) string { return "/catalog/sources/" + url.PathEscape(id) }

// CatalogueSources lists the own department's catalogue sources.
func (c *Client) CatalogueSources(ctx context.Context) ([]cataloguesource.Source, error) {
	return get[[]cataloguesource.Source](ctx, c, "/catalog/sources", nil)
}

// CatalogueSource gives one of them.
func (c *Client) CatalogueSource(ctx context.Context, id string) (cataloguesource.Source, error) {
	return get[cataloguesource.Source](ctx, c, sourcePath(id), nil)
}

// RegisterCatalogueSource adds one.
func (c *Client) RegisterCatalogueSource(ctx context.Context, settings cataloguesource.Settings) (cataloguesource.Source, error) {
	answer, _, err := post[cataloguesource.Source](ctx, c, "/catalog/sources", settings)
	return answer, err
}

// ChangeCatalogueSource gives one other settings.
func (c *Client) ChangeCatalogueSource(ctx context.Context, id string, settings cataloguesource.Settings) (cataloguesource.Source, error) {
	var answer cataloguesource.Source
	err := c.Do(ctx, Request{Method: http.MethodPut, Path: sourcePath(id), Body: settings}, &answer)
	return answer, err
}

// RemoveCatalogueSource forgets one.
func (c *Client) RemoveCatalogueSource(ctx context.Context, id string) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: sourcePath(id)}, nil)
}

// ReadCatalogueSource has one read now.
func (c *Client) ReadCatalogueSource(ctx context.Context, id string) (cataloguesource.Source, error) {
	answer, _, err := post[cataloguesource.Source](ctx, c, sourcePath(id)+"/readings", struct{}{})
	return answer, err
}

// SourceDifferences lists what one and the chain differ in; an empty kind narrows
// nothing.
func (c *Client) SourceDifferences(ctx context.Context, id string, kind cataloguesource.Kind, page ledger.PageRequest) (ledger.Page[cataloguesource.SourceDifference], error) {
	query := url.Values{}
	if kind != "" {
		query.Set("kind", string(kind))
	}
	return get[ledger.Page[cataloguesource.SourceDifference]](ctx, c, sourcePath(id)+"/differences", Paged(query, page))
}

// RefusedRows lists the rows of one that are not fit for the ledger.
func (c *Client) RefusedRows(ctx context.Context, id string, page ledger.PageRequest) (ledger.Page[cataloguesource.RefusedRow], error) {
	return get[ledger.Page[cataloguesource.RefusedRow]](ctx, c, sourcePath(id)+"/refused", Paged(nil, page))
}

// ApplySourceDifferences applies the differences of a revision, as they were shown.
func (c *Client) ApplySourceDifferences(ctx context.Context, id string, revision int, withdrawals bool) (cataloguesource.Source, error) {
	answer, _, err := post[cataloguesource.Source](ctx, c, sourcePath(id)+"/applications", map[string]any{"revision": revision, "withdrawals": withdrawals})
	return answer, err
}
