package client

import (
	"context"
	"net/http"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
)

// Accounts lists the accounts in the order of their names; operators all,
// administrators those of their organisation.
func (c *Client) Accounts(ctx context.Context, page ledger.PageRequest) (ledger.Page[account.Overview], error) {
	return get[ledger.Page[account.Overview]](ctx, c, "/accounts", Paged(nil, page))
}

// DisableAccount keeps an account out and ends its sessions.
func (c *Client) DisableAccount(ctx context.Context, name string) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/accounts/" + url.PathEscape(name) + "/disable", Body: struct{}{}}, nil)
}

// EnableAccount lets a disabled account log in again.
func (c *Client) EnableAccount(ctx context.Context, name string) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/accounts/" + url.PathEscape(name) + "/enable", Body: struct{}{}}, nil)
}

// AppointAdministrator lets an account keep the accounts of its organisation.
func (c *Client) AppointAdministrator(ctx context.Context, name string) error {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: administrator(name), Body: struct{}{}}, nil)
}

// DismissAdministrator is the opposite of AppointAdministrator.
func (c *Client) DismissAdministrator(ctx context.Context, name string) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: administrator(name)}, nil)
}

func administrator(name string) string { return "/accounts/" + url.PathEscape(name) + "/administrator" }

// RevokeAccount ends an account for good.
func (c *Client) RevokeAccount(ctx context.Context, name string) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/accounts/" + url.PathEscape(name) + "/revocation", Body: struct{}{}}, nil)
}

// ChangePassword gives the client's account another password; its other sessions
// end.
func (c *Client) ChangePassword(ctx context.Context, present, wanted string) error {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: "/me/password", Body: map[string]string{"present": present, "password": wanted}}, nil)
}
