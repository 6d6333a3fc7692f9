package draft

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/evidence/sealing"
)

// Limits of drafts.
const (
	MaxDrafts = 100       // of one account, those that are filed apart
	MaxBytes  = 128 << 10 // of one request, as JSON
	keptFiled = 20        // filed drafts of one account that stay, the newest
)

// Draft is an application that is being written, or that has been filed.
type Draft struct {
	ID          string               `json:"id"`
	Revision    int                  `json:"revision"` // from 1; counts what was saved
	Request     ledger.SubmitRequest `json:"request"`
	Application string               `json:"application,omitempty"` // id under which it was ordered
	Filed       bool                 `json:"filed"`                 // whether the ledger is known to have it
	CreatedAt   string               `json:"createdAt"`             // RFC 3339, UTC
	UpdatedAt   string               `json:"updatedAt"`
	OrderedAt   string               `json:"-"`
}

// Cabinet keeps drafts. It is safe for concurrent use. A draft of another account
// is NOT_FOUND.
type Cabinet struct {
	database *sql.DB
	sealer   sealing.Sealer
	clock    func() time.Time
}

// NewCabinet makes a Cabinet.
func NewCabinet(opened *sql.DB, sealer sealing.Sealer, clock func() time.Time) *Cabinet {
	return &Cabinet{database: opened, sealer: sealer, clock: clock}
}

// Create begins a draft: TOO_MANY_ITEMS where the account has MaxDrafts.
func (c *Cabinet) Create(ctx context.Context, account string, request ledger.SubmitRequest) (Draft, error) {
	now := database.Stamp(c.clock())
	made := Draft{ID: rand.Text(), Revision: 1, Request: request, CreatedAt: now, UpdatedAt: now}
	sealed, err := c.seal(ctx, account, made)
	if err != nil {
		return Draft{}, err
	}
	result, err := c.database.ExecContext(ctx, `
		INSERT INTO drafts (id, account, revision, sealed_document, created_at, updated_at)
		SELECT ?, ?, 1, ?, ?, ? WHERE (SELECT COUNT(*) FROM drafts WHERE account = ? AND filed = 0) < ?`,
		made.ID, account, sealed, now, now, account, MaxDrafts)
	if err := changed(result, err, fault.New(fault.TooManyItems, fault.Value("limit", strconv.Itoa(MaxDrafts)))); err != nil {
		return Draft{}, err
	}
	return made, nil
}

// Save replaces a draft's request: CONCURRENT_CHANGE where another revision has
// been saved since, ACTION_NOT_AVAILABLE where it has been ordered.
func (c *Cabinet) Save(ctx context.Context, account, id string, revision int, request ledger.SubmitRequest) (Draft, error) {
	found, err := c.Find(ctx, account, id)
	switch {
	case err != nil:
		return Draft{}, err
	case found.Application != "":
		return Draft{}, fault.New(fault.ActionNotAvailable, fault.Value("application", found.Application))
	case found.Revision != revision:
		return Draft{}, fault.New(fault.ConcurrentChange)
	}
	found.Request, found.Revision, found.UpdatedAt = request, revision+1, database.Stamp(c.clock())
	sealed, err := c.seal(ctx, account, found)
	if err != nil {
		return Draft{}, err
	}
	result, err := c.database.ExecContext(ctx, `UPDATE drafts SET sealed_document = ?, revision = ?, updated_at = ?
		WHERE id = ? AND account = ? AND revision = ? AND application = ''`, sealed, found.Revision, found.UpdatedAt, id, account, revision)
	return found, changed(result, err, fault.New(fault.ConcurrentChange))
}

// Order writes down, durably, the id under which a draft is about to be ordered. Of
// two who file at the same time one gets CONCURRENT_CHANGE: before is the id that
// stood there when filing began, or that this filing wrote.
func (c *Cabinet) Order(ctx context.Context, account string, filing Draft, before, application string) error {
	result, err := c.database.ExecContext(ctx, `UPDATE drafts SET application = ?, ordered_at = ?
		WHERE id = ? AND account = ? AND revision = ? AND application = ? AND filed = 0`,
		application, database.Stamp(c.clock()), filing.ID, account, filing.Revision, before)
	return changed(result, err, fault.New(fault.ConcurrentChange))
}

// Refused forgets an order of which nothing came.
func (c *Cabinet) Refused(ctx context.Context, account, id, application string) error {
	_, err := c.database.ExecContext(ctx, `UPDATE drafts SET application = '', ordered_at = '' WHERE id = ? AND account = ? AND application = ? AND filed = 0`,
		id, account, application)
	return failure("forget order", err)
}

// Filed marks a draft whose application the ledger has, and drops the oldest of
// those that were filed long ago.
func (c *Cabinet) Filed(ctx context.Context, account, id string) error {
	_, err := c.database.ExecContext(ctx, `UPDATE drafts SET filed = 1, updated_at = ? WHERE id = ? AND account = ?`,
		database.Stamp(c.clock()), id, account)
	if err == nil {
		_, err = c.database.ExecContext(ctx, `DELETE FROM drafts WHERE account = ? AND filed = 1 AND id NOT IN
			(SELECT id FROM drafts WHERE account = ? AND filed = 1 ORDER BY updated_at DESC, id LIMIT ?)`, account, account, keptFiled)
	}
	return failure("mark as filed", err)
}

// Delete throws a draft away.
func (c *Cabinet) Delete(ctx context.Context, account, id string) error {
	result, err := c.database.ExecContext(ctx, `DELETE FROM drafts WHERE id = ? AND account = ?`, id, account)
	return changed(result, err, fault.New(fault.NotFound))
}

const columns = `SELECT id, revision, sealed_document, application, ordered_at, filed, created_at, updated_at FROM drafts WHERE account = ?`

// Find gives a draft of an account.
func (c *Cabinet) Find(ctx context.Context, account, id string) (Draft, error) {
	found, err := c.read(ctx, account, columns+` AND id = ?`, account, id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound)
	}
	if err != nil {
		return Draft{}, err
	}
	return found[0], nil
}

// List gives all drafts of an account, what was worked on last first.
func (c *Cabinet) List(ctx context.Context, account string) ([]Draft, error) {
	return c.read(ctx, account, columns+` ORDER BY updated_at DESC, id LIMIT ?`, account, MaxDrafts+keptFiled)
}

func (c *Cabinet) read(ctx context.Context, account, query string, values ...any) ([]Draft, error) {
	rows, err := c.database.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, failure("read", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	found := []Draft{}
	for rows.Next() {
		var one Draft
		var sealed string
		if err := rows.Scan(&one.ID, &one.Revision, &sealed, &one.Application, &one.OrderedAt, &one.Filed, &one.CreatedAt, &one.UpdatedAt); err != nil {
			return nil, failure("read", err)
		}
		content, err := c.sealer.Open(ctx, sealed, sealContext(account, one.ID))
		if err == nil {
			err = json.Unmarshal(content, &one.Request)
		}
		if err != nil {
			return nil, failure("open", err)
		}
		found = append(found, one)
	}
	return found, failure("read", rows.Err())
}

func (c *Cabinet) seal(ctx context.Context, account string, of Draft) (string, error) {
	content, err := json.Marshal(of.Request)
	if err != nil {
		return "", failure("write", err)
	}
	if len(content) > MaxBytes {
		return "", fault.New(fault.RequestTooLarge, fault.Value("limitBytes", strconv.Itoa(MaxBytes)))
	}
	sealed, err := c.sealer.Seal(ctx, content, sealContext(account, of.ID))
	return sealed, failure("seal", err)
}

func sealContext(account, id string) string { return "draft/" + account + "/" + id }

// changed gives none where a statement found nothing to change.
func changed(result sql.Result, err, none error) error {
	return failure("write", database.Changed(result, err, none))
}

func failure(what string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fmt.Errorf("draft: %s: %w", what, err)
}

// Sealed is the column of the requests, which a new master key seals anew.
var Sealed = database.Sealed{Table: "drafts", Column: "sealed_document", Key: []string{"account", "id"},
	Context: func(of []string) string { return sealContext(of[0], of[1]) }}
