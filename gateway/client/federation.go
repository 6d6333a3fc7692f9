package client

import (
	"context"
	"net/http"

	"dengji/chaincode/ledger"
	"dengji/gateway/federation"
)

// Federation says whether the city's unified login can be used.
type Federation struct {
	Available bool        `json:"available"`
	Name      ledger.Text `json:"name"`
}

// Federation asks whether the city's unified login can be used.
func (c *Client) Federation(ctx context.Context) (Federation, error) {
	return get[Federation](ctx, c, "/federation", nil)
}

// StartFederation begins a login at the unified login.
func (c *Client) StartFederation(ctx context.Context) (federation.Start, error) {
	started, _, err := post[federation.Start](ctx, c, "/federation/starts", struct{}{})
	return started, err
}

// FederationReturn is what a visitor brings back from it.
type FederationReturn struct {
	Ticket string `json:"ticket"`
	State  string `json:"state"`
	Code   string `json:"code"`
}

// OpenFederated logs in with what the unified login gave back.
func (c *Client) OpenFederated(ctx context.Context, brought FederationReturn) (Session, error) {
	session, _, err := post[Session](ctx, c, "/sessions/federated", brought)
	return session, err
}

// LinkFederation has the unified login log into the client's account from now on.
func (c *Client) LinkFederation(ctx context.Context, brought FederationReturn) error {
	return c.Do(ctx, Request{Method: http.MethodPut, Path: "/me/federation", Body: brought}, nil)
}

// UnlinkFederation ends that.
func (c *Client) UnlinkFederation(ctx context.Context) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: "/me/federation"}, nil)
}
