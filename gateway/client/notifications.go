package client

import (
	"context"
	"net/http"

	"dengji/chaincode/ledger"
	"dengji/gateway/notification"
)

// Notifications lists what the client's account was told, the newest first.
func (c *Client) Notifications(ctx context.Context, page ledger.PageRequest) (ledger.Page[notification.Notification], error) {
	return get[ledger.Page[notification.Notification]](ctx, c, "/notifications", Paged(nil, page))
}

// ReadNotifications marks those up to an id as read.
func (c *Client) ReadNotifications(ctx context.Context, upTo int64) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/notifications/read", Body: map[string]int64{"upTo": upTo}}, nil)
}

// SetEmail says where notifications are sent as well; "" ends that.
func (c *Client) SetEmail(ctx context.Context, address string) error {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: "/me/email", Body: map[string]string{"email": address}}, nil)
}
