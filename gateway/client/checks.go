package client

import (
	"context"

	"dengji/gateway/checks"
)

// Checks tells how the registry itself stands.
func (c *Client) Checks(ctx context.Context) (checks.Report, error) {
	return get[checks.Report](ctx, c, "/checks", nil)
}
