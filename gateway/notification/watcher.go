package notification

import (
	"context"
	"database/sql"
	"dengji/gateway/database"
	"dengji/gateway/recurring"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/readmodel/queries"
)

// Every is how often a watcher looks for something to tell.
const Every = 5 * time.Second

// told bounds: events that are older are history that a read model catches up with,
// not news.
const news = 7 * 24 * time.Hour

// atOnce is how many events, clocks or registrations go into one transaction.
const atOnce = 100

// Accounts are whom a watcher tells. *account.Directory is one.
type Accounts interface {
	Recipients(ctx context.Context) ([]account.Recipient, error)
	Email(ctx context.Context, name string) (string, error)
}

// Options are the parts of a watcher.
type Options struct {
	Box      *Box
	Accounts Accounts
	Lists    func() *queries.Queries
	Post     *Post // nil: no mail is sent
	Clock    func() time.Time
	Log      *slog.Logger
}

// Watcher tells what happens. One at a time MUST work on a database.
type Watcher struct{ Options }

// NewWatcher makes a watcher of its parts.
func NewWatcher(options Options) *Watcher { return &Watcher{options} }

// Run makes a pass from time to time until the context ends.
func (w *Watcher) Run(ctx context.Context) {
	recurring.Run(ctx, Every, w.Pass, func(err error) { w.Log.Warn("notifications are still to be made", slog.String("error", err.Error())) })
}

// Pass tells everything that is new, reminds once on each day of the ledger, and
// sends the mail that is due. It may be broken off and repeated at any point. What
// it holds in memory grows with the number of accounts, not with the ledger.
func (w *Watcher) Pass(ctx context.Context) error {
	err := w.follow(ctx)
	if err == nil {
		err = w.remindToday(ctx)
	}
	if errors.Is(err, fault.New(fault.NotFound)) { // the ledger has not been founded yet
		err = nil
	}
	if w.Post != nil {
		err = errors.Join(err, w.Post.send(ctx))
	}
	return err
}

// progress is how far a watcher has come.
type progress struct {
	queries.Place
	reminded string // ledger day
}

func (w *Watcher) progress(ctx context.Context) (progress, error) {
	at := progress{Place: queries.Origin}
	err := w.Box.database.QueryRowContext(ctx, `SELECT block, position, reminded FROM notification_place`).Scan(&at.Block, &at.Position, &at.reminded)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("notification: place: %w", err)
	}
	return at, nil
}

// write stores notifications and how far the watcher has come, in one transaction.
func (w *Watcher) write(ctx context.Context, letters []letter, at progress) error {
	return database.InTransaction(ctx, w.Box.database, func(transaction *sql.Tx) error {
		for _, each := range letters {
			if err := w.Box.put(ctx, transaction, each.to.Name, each.to.HasEmail && w.Post != nil, each.Notification); err != nil {
				return err
			}
		}
		_, err := transaction.ExecContext(ctx, `INSERT INTO notification_place (one, block, position, reminded) VALUES (1, ?, ?, ?)
			ON CONFLICT (one) DO UPDATE SET block = excluded.block, position = excluded.position, reminded = excluded.reminded`, at.Block, at.Position, at.reminded)
		if err != nil {
			return fmt.Errorf("notification: remember the place: %w", err)
		}
		return nil
	})
}

// Announce tells what no event of the ledger says to those whom to admits, each once
// for a reason.
func (w *Watcher) Announce(ctx context.Context, told Notification, reason string, to func(account.Recipient) bool) error {
	recipients, err := w.Accounts.Recipients(ctx)
	if err != nil {
		return err
	}
	told.reason = reason
	return database.InTransaction(ctx, w.Box.database, func(transaction *sql.Tx) error {
		for _, each := range recipients {
			if !to(each) {
				continue
			}
			if err := w.Box.put(ctx, transaction, each.Name, each.HasEmail && w.Post != nil, told); err != nil {
				return err
			}
		}
		return nil
	})
}

// letter is a notification for somebody.
type letter struct {
	to account.Recipient
	Notification
}

// follow goes on in the event log.
func (w *Watcher) follow(ctx context.Context) error {
	lists := w.Lists()
	at, err := w.progress(ctx)
	for err == nil {
		var events []queries.Event
		if events, err = lists.EventsAfter(ctx, at.Place, atOnce); err != nil || len(events) == 0 {
			break
		}
		last := events[len(events)-1]
		letters, failure := w.lettersOf(ctx, lists, events)
		if failure != nil {
			return failure
		}
		at.Place = queries.Place{Block: last.Block, Position: last.Position}
		err = w.write(ctx, letters, at)
	}
	return err
}

func (w *Watcher) lettersOf(ctx context.Context, lists *queries.Queries, events []queries.Event) ([]letter, error) {
	matters, outdated, err := w.movedBy(ctx, lists, events)
	if err != nil || len(matters)+len(outdated) == 0 {
		return nil, err
	}
	recipients, err := w.Accounts.Recipients(ctx)
	if err != nil {
		return nil, err
	}
	var letters []letter
	for _, each := range outdated {
		letters = append(letters, lettersTo(recipients, each.tells)...)
	}
	for _, each := range matters {
		letters = append(letters, lettersTo(recipients, func(actor ledger.Actor) (Notification, bool) { return each.now(actor, each.by) })...)
	}
	return letters, nil
}

// movedBy reads what the events that are news have moved, and which cases rest on
// entries of the catalogue that they have changed.
func (w *Watcher) movedBy(ctx context.Context, lists *queries.Queries, events []queries.Event) ([]moved, []outdated, error) {
	today, err := lists.Today(ctx, w.Clock())
	if err != nil {
		return nil, nil, err
	}
	fresh := slices.DeleteFunc(events, func(event queries.Event) bool { return !isNews(event.At, today) })
	if len(fresh) == 0 { // history that a read model catches up with
		return nil, nil, nil
	}
	reader, err := newReader(ctx, lists)
	if err != nil {
		return nil, nil, err
	}
	matters, err := collect(fresh, func(event queries.Event) ([]moved, error) {
		machine, _, _ := strings.Cut(event.Type, ".")
		found, err := reader.of(ctx, ledger.Subject(machine), event.Subject)
		matters := make([]moved, len(found))
		for i := range found {
			matters[i] = moved{found[i], event.Actor}
		}
		return matters, err
	})
	if err != nil {
		return nil, nil, err
	}
	affected, err := collect(providersOf(fresh), func(provider string) ([]outdated, error) { return reader.outdatedBy(ctx, provider) })
	return matters, affected, err
}

// collect gives what is made of each item, in order.
func collect[From, To any](items []From, of func(From) ([]To, error)) ([]To, error) {
	var all []To
	for _, item := range items {
		made, err := of(item)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	return all, nil
}

// lettersTo gives those whom something is to be told their notifications.
func lettersTo(recipients []account.Recipient, tells func(ledger.Actor) (Notification, bool)) []letter {
	var letters []letter
	for _, to := range recipients {
		if told, tell := tells(to.Actor); tell {
			letters = append(letters, letter{to, told})
		}
	}
	return letters
}

func isNews(at, today string) bool {
	moment, err := time.Parse(time.RFC3339, at)
	return err == nil && ledger.Day(moment.Add(news)) >= today
}
