package client

import (
	"context"
	"net/http"
	"net/url"

	"dengji/chaincode/ledger"
	"dengji/gateway/draft"
)

// DraftCheck is what the ledger's rules say of a draft now.
type DraftCheck struct {
	Ready    bool                `json:"ready"`
	Problems []Error             `json:"problems"`
	Preview  *ledger.Application `json:"preview"` // where it is ready
}

// CreateDraft begins a draft; prefill has its empty fields filled from the
// registration or the first entry that it names.
func (c *Client) CreateDraft(ctx context.Context, request ledger.SubmitRequest, prefill bool) (draft.Draft, error) {
	made, _, err := post[draft.Draft](ctx, c, "/drafts", map[string]any{"request": request, "prefill": prefill})
	return made, err
}

// Drafts lists the caller's drafts, what was worked on last first.
func (c *Client) Drafts(ctx context.Context) ([]draft.Draft, error) {
	page, err := get[ledger.Page[draft.Draft]](ctx, c, "/drafts", nil)
	return page.Items, err
}

// Draft reads one draft.
func (c *Client) Draft(ctx context.Context, id string) (draft.Draft, error) {
	return get[draft.Draft](ctx, c, draftPath(id), nil)
}

// SaveDraft replaces the request of a draft whose revision is that which was read.
func (c *Client) SaveDraft(ctx context.Context, id string, revision int, request ledger.SubmitRequest) (draft.Draft, error) {
	var saved draft.Draft
	err := c.Do(ctx, Request{Method: http.MethodPut, Path: draftPath(id), Body: map[string]any{"revision": revision, "request": request}}, &saved)
	return saved, err
}

// DeleteDraft throws a draft away.
func (c *Client) DeleteDraft(ctx context.Context, id string) error {
	return c.Do(ctx, Request{Method: http.MethodDelete, Path: draftPath(id)}, nil)
}

// CheckDraft asks what the rules say of a draft; nothing is filed.
func (c *Client) CheckDraft(ctx context.Context, id string) (DraftCheck, error) {
	checked, _, err := post[DraftCheck](ctx, c, draftPath(id)+"/check", nil)
	return checked, err
}

// FileDraft hands a draft's application in, exactly once however often it is called.
func (c *Client) FileDraft(ctx context.Context, id string) (ledger.Application, Receipt, error) {
	return post[ledger.Application](ctx, c, draftPath(id)+"/filing", nil)
}

func draftPath(id string) string { return "/drafts/" + url.PathEscape(id) }
