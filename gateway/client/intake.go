package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"dengji/chaincode/ledger"
)

// ObjectionPermit lets its holder upload evidence without an account, and hand it
// in once.
type ObjectionPermit struct {
	Permit       string    `json:"permit"`
	ExpiresAt    time.Time `json:"expiresAt"`
	MaxFiles     int       `json:"maxFiles"`
	MaxFileBytes int64     `json:"maxFileBytes"`
	Files        []struct {
		Name string `json:"name"`
		Size int64  `json:"size"`
	} `json:"files"`
}

// GuestObjection is what the holder of a tracking code sees of an objection.
type GuestObjection struct {
	ID             string                   `json:"id"`
	Application    string                   `json:"application"`
	DataName       string                   `json:"dataName"`
	RegistrantName string                   `json:"registrantName"`
	NoticeEnd      string                   `json:"noticeEnd"`
	Pack           string                   `json:"pack"`
	State          ledger.State             `json:"state"`
	RaisedAt       string                   `json:"raisedAt"`
	Files          int                      `json:"files"`
	Clocks         []ledger.Deadline        `json:"clocks"`
	Steps          []ledger.Step            `json:"steps"`
	Actions        []ledger.AvailableAction `json:"actions"`
}

// ObjectionReceipt is given once; nobody can have the code afterwards.
type ObjectionReceipt struct {
	TrackingCode string         `json:"trackingCode"`
	Objection    GuestObjection `json:"objection"`
}

// GuestWords are what somebody without an account says in an objection.
type GuestWords struct {
	Permit         string `json:"permit"`
	Name           string `json:"name"`
	IdentityNumber string `json:"identityNumber"`
	Contact        string `json:"contact"`
	Statement      string `json:"statement"`
}

const guestObjections = "/guest-objections"

// BeginObjection gives a permit to object to an application without an account.
func (c *Client) BeginObjection(ctx context.Context, application string) (ObjectionPermit, error) {
	permit, _, err := post[ObjectionPermit](ctx, c, guestObjections+"/permits", map[string]string{"application": application})
	return permit, err
}

// BeginSupplement gives a permit to supply the objection of a tracking code with
// more.
func (c *Client) BeginSupplement(ctx context.Context, trackingCode string) (ObjectionPermit, error) {
	permit, _, err := post[ObjectionPermit](ctx, c, guestObjections+"/permits", map[string]string{"trackingCode": trackingCode})
	return permit, err
}

// Permitted reads what was uploaded under a permit.
func (c *Client) Permitted(ctx context.Context, permit string) (ObjectionPermit, error) {
	var found ObjectionPermit
	err := c.Do(ctx, Request{Method: http.MethodGet, Path: guestObjections + "/permit", Permit: permit}, &found)
	return found, err
}

// AddObjectionFile uploads evidence under a permit.
func (c *Client) AddObjectionFile(ctx context.Context, permit, name string, content io.Reader) (ObjectionPermit, error) {
	var found ObjectionPermit
	err := c.Do(ctx, Request{Method: http.MethodPost, Path: guestObjections + "/files", Query: url.Values{"name": {name}}, Body: content,
		ContentType: "application/octet-stream", Permit: permit}, &found)
	return found, err
}

// ObjectAsGuest objects without an account.
func (c *Client) ObjectAsGuest(ctx context.Context, words GuestWords) (ObjectionReceipt, error) {
	receipt, _, err := post[ObjectionReceipt](ctx, c, guestObjections, words)
	return receipt, err
}

// Supplement hands in what was uploaded under a permit.
func (c *Client) Supplement(ctx context.Context, permit string) (GuestObjection, error) {
	found, _, err := post[GuestObjection](ctx, c, guestObjections+"/supplements", map[string]string{"permit": permit})
	return found, err
}

// TrackObjection follows an objection by its tracking code.
func (c *Client) TrackObjection(ctx context.Context, trackingCode string) (GuestObjection, error) {
	found, _, err := post[GuestObjection](ctx, c, guestObjections+"/tracking", map[string]string{"trackingCode": trackingCode})
	return found, err
}
