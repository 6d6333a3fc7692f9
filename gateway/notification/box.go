package notification

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/database"
)

// Kind says why somebody is told.
type Kind string

// The kinds of notification.
const (
	Turn     Kind = "turn"     // the case waits for the recipient
	Progress Kind = "progress" // a step was taken in a case of the recipient
	DueSoon  Kind = "due_soon" // a clock that the recipient has to stop ends within a working day
	Overdue  Kind = "overdue"  // such a clock has ended
	Expiring Kind = "expiring" // a registration of the recipient can be renewed and will expire (Art. 24)

	Outdated     Kind = "outdated"      // an entry of a case of the recipient has changed on the chain (Art. 15)
	Differs      Kind = "differs"       // a catalogue source of the recipient and the chain differ (Art. 8)
	SourceFails  Kind = "source_fails"  // a catalogue source of the recipient cannot be read
	ChainStopped Kind = "chain_stopped" // the city's catalogue chain has rewritten its history

	CheckFails Kind = "check_fails" // a check of the registry itself has found something (Art. 12)
	CheckHolds Kind = "check_holds" // what it had found has ended
)

// Subjects of notifications beside the cases of the ledger.
const (
	SubjectCatalogueChain  ledger.Subject = "catalogue_chain"
	SubjectCatalogueSource ledger.Subject = "catalogue_source"
	SubjectCheck           ledger.Subject = "check"
)

// Keep is how long notifications stay in a box.
const Keep = 366 * 24 * time.Hour

// Notification is one line of an account's box.
type Notification struct {
	ID      int64          `json:"id"`
	Kind    Kind           `json:"kind"`
	Subject ledger.Subject `json:"subject"` // application, objection, registration, catalogue_chain, catalogue_source or check
	Case    string         `json:"case"`    // its id or code
	Title   string         `json:"title"`   // name of the data
	State   ledger.Text    `json:"state"`   // of the case when this was written
	Clock   ledger.Text    `json:"clock"`   // empty: none runs
	Due     string         `json:"due,omitempty"`
	Article string         `json:"article,omitempty"`
	At      string         `json:"at"` // RFC 3339 UTC
	ReadAt  string         `json:"readAt,omitempty"`
	reason  string
}

// Box gives and keeps the notifications of every account. It is safe for concurrent
// use.
type Box struct {
	database *sql.DB
	clock    func() time.Time
}

// NewBox opens the boxes of a database.
func NewBox(opened *sql.DB, clock func() time.Time) *Box { return &Box{opened, clock} }

const columns = `id, kind, subject, case_id, title, state_zh, state_en, clock_zh, clock_en, due, article, created_at, COALESCE(read_at, '')`

func scan(row interface{ Scan(into ...any) error }) (Notification, error) {
	var n Notification
	err := row.Scan(&n.ID, &n.Kind, &n.Subject, &n.Case, &n.Title, &n.State.ZH, &n.State.EN, &n.Clock.ZH, &n.Clock.EN, &n.Due, &n.Article, &n.At, &n.ReadAt)
	return n, err
}

// List gives an account's notifications, the newest first.
func (b *Box) List(ctx context.Context, account string, page ledger.PageRequest) (ledger.Page[Notification], error) {
	answer := ledger.Page[Notification]{Items: []Notification{}}
	size, before, err := database.NewestFirst(page, ledger.MaxPageSize)
	if err != nil {
		return answer, err
	}
	rows, err := b.database.QueryContext(ctx, `SELECT `+columns+` FROM notifications WHERE account = ? AND id < ? ORDER BY id DESC LIMIT ?`, account, before, size+1)
	if err != nil {
		return answer, fmt.Errorf("notification: list: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	for rows.Next() {
		if len(answer.Items) == size {
			answer.Bookmark = strconv.FormatInt(answer.Items[size-1].ID, 10)
			break
		}
		read, err := scan(rows)
		if err != nil {
			return answer, fmt.Errorf("notification: list: %w", err)
		}
		answer.Items = append(answer.Items, read)
	}
	return answer, rows.Err()
}

// Unread counts what an account has not read.
func (b *Box) Unread(ctx context.Context, account string) (int, error) {
	var unread int
	if err := b.database.QueryRowContext(ctx, `SELECT COUNT(*) FROM notifications WHERE account = ? AND read_at IS NULL`, account).Scan(&unread); err != nil {
		return 0, fmt.Errorf("notification: unread: %w", err)
	}
	return unread, nil
}

// Read marks an account's notifications up to an id as read, so that none that has
// come since is lost.
func (b *Box) Read(ctx context.Context, account string, upTo int64) error {
	_, err := b.database.ExecContext(ctx, `UPDATE notifications SET read_at = ? WHERE account = ? AND id <= ? AND read_at IS NULL`, database.Stamp(b.clock()), account, upTo)
	if err != nil {
		return fmt.Errorf("notification: mark as read: %w", err)
	}
	return nil
}

// put adds a notification and, for an account that wants it, a mail. What the
// account was told before is left alone.
func (b *Box) put(ctx context.Context, in *sql.Tx, account string, mail bool, n Notification) error {
	now := database.Stamp(b.clock())
	result, err := in.ExecContext(ctx, `INSERT INTO notifications (account, reason, kind, subject, case_id, title, state_zh, state_en, clock_zh, clock_en, due, article, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account, reason) DO NOTHING`,
		account, n.reason, n.Kind, n.Subject, n.Case, n.Title, n.State.ZH, n.State.EN, n.Clock.ZH, n.Clock.EN, n.Due, n.Article, now)
	if err != nil {
		return fmt.Errorf("notification: write: %w", err)
	}
	if added, err := result.RowsAffected(); err != nil || added == 0 || !mail {
		return err
	}
	id, err := result.LastInsertId()
	if err == nil {
		_, err = in.ExecContext(ctx, `INSERT INTO mails (notification, attempts, next_at, state, error) VALUES (?, 0, ?, 'pending', '')`, id, now)
	}
	if err != nil {
		return fmt.Errorf("notification: write: %w", err)
	}
	return nil
}

// remove drops what is older than Keep.
func (b *Box) remove(ctx context.Context) error {
	if _, err := b.database.ExecContext(ctx, `DELETE FROM notifications WHERE created_at < ?`, database.Stamp(b.clock().Add(-Keep))); err != nil {
		return fmt.Errorf("notification: remove what is old: %w", err)
	}
	return nil
}
