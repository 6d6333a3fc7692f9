package client

import (
	"context"
	"net/http"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/invitation"
)

// Invitations lists those of the client's organisation, the newest first.
func (c *Client) Invitations(ctx context.Context, page ledger.PageRequest) (ledger.Page[invitation.Invitation], error) {
	return get[ledger.Page[invitation.Invitation]](ctx, c, "/invitations", Paged(nil, page))
}

// Invite makes an invitation, which is mailed where there is an address and a mail
// server; its link is given otherwise, once.
func (c *Client) Invite(ctx context.Context, grant invitation.Grant, email string) (invitation.Made, error) {
	request := map[string]any{"grant": grant}
	if email != "" {
		request["email"] = email
	}
	made, _, err := post[invitation.Made](ctx, c, "/invitations", request)
	return made, err
}

// WithdrawInvitation ends an invitation that is open.
func (c *Client) WithdrawInvitation(ctx context.Context, id string) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/invitations/" + url.PathEscape(id) + "/withdrawal", Body: struct{}{}}, nil)
}

// OpenInvitation says what a link invites to; nobody has to log in for it.
func (c *Client) OpenInvitation(ctx context.Context, token string) (invitation.Offer, error) {
	offer, _, err := post[invitation.Offer](ctx, c, "/invitations/offers", map[string]string{"token": token})
	return offer, err
}

// AcceptInvitation makes the account of a link.
func (c *Client) AcceptInvitation(ctx context.Context, token, account, password string) error {
	return c.Do(ctx, Request{Method: http.MethodPost, Path: "/invitations/acceptances", Body: map[string]string{"token": token, "account": account, "password": password}}, nil)
}
