package client

import (
	"context"
	"fmt"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/national"
)

// Deliveries lists what was sent or is to be sent to the national platform, the
// newest first. The query holds state and registration; nil narrows nothing.
func (c *Client) Deliveries(ctx context.Context, query url.Values, page ledger.PageRequest) (ledger.Page[national.Delivery], error) {
	return get[ledger.Page[national.Delivery]](ctx, c, "/national/deliveries", Paged(query, page))
}

// ReplayDelivery has a dead letter sent again.
func (c *Client) ReplayDelivery(ctx context.Context, id int64) (national.Delivery, error) {
	answer, _, err := post[national.Delivery](ctx, c, fmt.Sprintf("/national/deliveries/%d/replay", id), struct{}{})
	return answer, err
}

// Reconcile compares the ledger with the national platform; resend sends anew what
// differs.
func (c *Client) Reconcile(ctx context.Context, resend bool) (national.Reconciliation, error) {
	answer, _, err := post[national.Reconciliation](ctx, c, "/national/reconciliations", map[string]bool{"resend": resend})
	return answer, err
}
