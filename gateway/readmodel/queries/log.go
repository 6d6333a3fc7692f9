package queries

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Event is one line of the event log.
type Event struct {
	Block    int64       `json:"block"`
	Position int         `json:"position"` // in the block
	TxID     string      `json:"txId"`
	Type     string      `json:"type"`
	Subject  string      `json:"subject"`
	Actor    string      `json:"actor"` // an actor's key
	Role     ledger.Role `json:"role"`
	At       string      `json:"at"` // ledger time, RFC 3339 UTC
}

// EventFilter narrows the event log; empty fields narrow nothing.
type EventFilter struct {
	Subject string
	Type    string
	Actor   string
}

// Events lists the event log, the newest first.
func (q *Queries) Events(ctx context.Context, filter EventFilter, page ledger.PageRequest) (ledger.Page[Event], error) {
	l := &listing{columns: eventColumns, from: "events",
		order: []column{{"block", true}, {"position", true}}, descending: true}
	l.where("subject = $?", "subject", filter.Subject).where("type = $?", "type", filter.Type).where("actor = $?", "actor", filter.Actor)
	return list(ctx, q, page, l, event)
}

// Clock is a running clock of a case.
type Clock struct {
	Subject     ledger.Subject `json:"subject"`
	ID          string         `json:"id"`
	Clock       string         `json:"clock"`
	Due         string         `json:"due"`
	Provisional bool           `json:"provisional,omitempty"`
}

// DueBefore lists the clocks that run and are due before a day, YYYY-MM-DD, the
// earliest first. Periods that only have to run out, as a public notice, are among
// them: the rule pack's clocks say which those are.
func (q *Queries) DueBefore(ctx context.Context, day string, page ledger.PageRequest) (ledger.Page[Clock], error) {
	l := &listing{columns: "subject, id, clock, due, provisional", from: "clocks",
		order: append(texts("due", "subject", "id"), column{"position", true})}
	return list(ctx, q, page, l.where("due < $?", "day", day), func(scan func(...any) error) (Clock, error) {
		var c Clock
		err := scan(&c.Subject, &c.ID, &c.Clock, &c.Due, &c.Provisional)
		return c, err
	})
}

// Network gives the network's record and its sandbox clock, which is zero outside
// a sandbox: NOT_FOUND before the network is initialised.
func (q *Queries) Network(ctx context.Context) (ledger.Network, ledger.SandboxClock, error) {
	network, err := one[ledger.Network](ctx, q, "documents", ledger.KindNetwork, []string{"kind", "id"}, ledger.KindNetwork, "")
	if err != nil {
		return network, ledger.SandboxClock{}, err
	}
	clock, err := one[ledger.SandboxClock](ctx, q, "documents", ledger.KindSandboxClock, []string{"kind", "id"}, ledger.KindSandboxClock, "")
	var missing *fault.Error
	if errors.As(err, &missing) && missing.Code == fault.NotFound {
		err = nil
	}
	return network, clock, err
}

// RulePacks lists the rule packs, whatever their status.
func (q *Queries) RulePacks(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.RulePackRecord], error) {
	return documents[ledger.RulePackRecord](ctx, q, ledger.KindRulePack, page)
}

// Calendars lists the calendars by year.
func (q *Queries) Calendars(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Calendar], error) {
	return documents[ledger.Calendar](ctx, q, ledger.KindCalendar, page)
}

// Heartbeats lists the organisations' last heartbeats.
func (q *Queries) Heartbeats(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Heartbeat], error) {
	return documents[ledger.Heartbeat](ctx, q, ledger.KindHeartbeat, page)
}

func documents[T any](ctx context.Context, q *Queries, kind string, page ledger.PageRequest) (ledger.Page[T], error) {
	l := &listing{columns: "record", from: "documents", order: texts("id")}
	return list(ctx, q, page, l.bind("kind = $?", kind), document[T])
}

// EventsAfter reads the event log behind a place, in order, at most limit events.
func (q *Queries) EventsAfter(ctx context.Context, after Place, limit int) ([]Event, error) {
	l := &listing{columns: eventColumns, from: "events", order: []column{{"block", true}, {"position", true}}}
	found, err := read(ctx, q, l, []any{after.Block, after.Position}, limit, event)
	return items(found), err
}

const eventColumns = "block, position, tx_id, type, subject, actor, actor_role, occurred_at"

func event(scan func(...any) error) (Event, error) {
	var e Event
	err := scan(&e.Block, &e.Position, &e.TxID, &e.Type, &e.Subject, &e.Actor, &e.Role, &e.At)
	return e, err
}

// Today gives the ledger's day, YYYY-MM-DD, of a machine's moment, the sandbox clock
// included.
func (q *Queries) Today(ctx context.Context, now time.Time) (string, error) {
	_, clock, err := q.Network(ctx)
	if err != nil {
		return "", err
	}
	return ledger.Day(now.Add(time.Duration(clock.OffsetSeconds) * time.Second)), nil
}

// ClockCount is how many running clocks of one name are due when.
type ClockCount struct {
	Clock   string
	Overdue int // due before today
	Soon    int // due today or later
}

// ClocksUntil counts the clocks that run and are due up to a day, by name. Both days
// are YYYY-MM-DD. It reads as many rows of an index as it counts.
func (q *Queries) ClocksUntil(ctx context.Context, today, until string) ([]ClockCount, error) {
	var all []ClockCount
	err := q.store.Select(ctx, "SELECT clock, SUM(CASE WHEN due < $1 THEN 1 ELSE 0 END), SUM(CASE WHEN due < $1 THEN 0 ELSE 1 END) FROM clocks WHERE due <= $2 GROUP BY clock ORDER BY clock",
		[]any{today, until}, func(found *sql.Rows) error {
			var c ClockCount
			err := found.Scan(&c.Clock, &c.Overdue, &c.Soon)
			all = append(all, c)
			return err
		})
	return all, err
}
