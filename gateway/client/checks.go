package client

import (
	"context"

	"dengji/gateway/checks"
)

// Checks tells how the registry itself stands.
func (c *Client) Checks(ctx context.Context) (checks.CheckReport, error) {
	return get[checks.CheckReport](ctx, c, "/checks", nil)
}
