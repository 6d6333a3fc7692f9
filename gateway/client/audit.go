package client

import (
	"context"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/audit"
)

// AuditEntries lists the audit log, the newest first. The query holds account,
// address, requestId, text, from, to and refused; nil narrows nothing.
func (c *Client) AuditEntries(ctx context.Context, query url.Values, page ledger.PageRequest) (ledger.Page[audit.Entry], error) {
	return get[ledger.Page[audit.Entry]](ctx, c, "/audit/entries", Paged(query, page))
}

// AuditHead gives the newest entry's number and digest.
func (c *Client) AuditHead(ctx context.Context) (audit.Head, error) {
	return get[audit.Head](ctx, c, "/audit/head", nil)
}
