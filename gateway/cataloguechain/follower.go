package cataloguechain

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/catalogfile"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/notification"
	"dengji/gateway/recurring"
)

// Every is how often the chain is asked for new blocks.
const Every = 15 * time.Second

// Pauses after failures, and how much of their text is kept.
const (
	firstPause   = 15 * time.Second
	longestPause = time.Hour
)

// Accounts are in whose names entries are put on chain. *account.Directory is one.
type Accounts interface {
	Acting(ctx context.Context, name string) (account.Account, error)
}

// Announcer tells people what is no step of a case. *notification.Watcher is one.
type Announcer interface {
	Announce(ctx context.Context, told notification.Notification, reason string, to func(account.Recipient) bool) error
}

// Options are what a Follower works with; all but Profile are required.
type Options struct {
	Remote   *Remote
	Ledger   ledgerclient.Ledger
	Accounts Accounts
	Announce Announcer
	Database *sql.DB
	Profile  catalogfile.Profile // maps the chain's titles and values to the template's
	Clock    func() time.Time
	Log      *slog.Logger
}

// Follower keeps the ledger in step with the catalogue chain. It is safe for
// concurrent use.
type Follower struct {
	Options
	store  store
	passes sync.Mutex // one pass at a time
}

// New makes a Follower.
func New(options Options) *Follower {
	return &Follower{Options: options, store: store{options.Database, options.Clock}}
}

// Observe registers the follower's gauges; call it at most once for a registry.
func (f *Follower) Observe(registry prometheus.Registerer) {
	for _, state := range []State{Pending, Sending, Refused} {
		f.gauge(registry, "dengji_catalogue_chain_changes", "Changes of the catalogue chain that are not applied, by state.", prometheus.Labels{"state": string(state)},
			`SELECT COUNT(*) FROM catalogue_chain_changes WHERE state = ?`, state)
	}
	f.gauge(registry, "dengji_catalogue_chain_stopped", "1 where the catalogue chain has rewritten its history.", nil,
		`SELECT COUNT(*) FROM catalogue_chain WHERE stopped_at <> ''`)
	f.gauge(registry, "dengji_catalogue_chain_failures", "Attempts at the catalogue chain that have failed since the last one that succeeded.", nil,
		`SELECT COALESCE(MAX(attempts), 0) FROM catalogue_chain`)
}

func (f *Follower) gauge(registry prometheus.Registerer, name, help string, labels prometheus.Labels, query string, arguments ...any) {
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, func() float64 {
		var value float64
		if f.Database.QueryRow(query, arguments...).Scan(&value) != nil { //nolint:noctx // the registry has no context to give
			return -1
		}
		return value
	}))
}

// Run makes a pass now and every Every, until the context ends.
func (f *Follower) Run(ctx context.Context) {
	recurring.Run(ctx, Every, f.Pass, func(err error) { f.Log.WarnContext(ctx, "catalogue chain", "error", err.Error()) })
}

// Pass takes the blocks that are new and submits what can be submitted. It may be
// broken off and repeated at any point. Faults of the chain and refusals of the
// ledger are no errors of the pass: they are written down.
func (f *Follower) Pass(ctx context.Context) error {
	f.passes.Lock()
	defer f.passes.Unlock()
	at, err := f.store.checkpoint(ctx)
	if err != nil {
		return err
	}
	if at.StoppedAt != "" {
		return nil
	}
	if f.due(at.NextAt) {
		if err := f.follow(ctx, at); err != nil {
			return err
		}
	}
	if at, err = f.store.checkpoint(ctx); err != nil || at.StoppedAt != "" {
		return err
	}
	return f.submit(ctx)
}

func (f *Follower) due(next string) bool { return next <= f.store.now() }

// failed writes down an attempt at the chain that has failed.
func (f *Follower) failed(ctx context.Context, at Checkpoint, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.Log.WarnContext(ctx, "the catalogue chain was asked in vain", "attempts", at.Attempts+1, "error", cause.Error())
	return f.store.fail(ctx, at.Attempts+1, cause)
}

// stop ends everything because of a header that does not fit, and tells operators.
func (f *Follower) stop(ctx context.Context, at Checkpoint, cause *rewritten) error {
	f.Log.ErrorContext(ctx, "the catalogue chain has rewritten its history", "block", cause.given.Header.Number, "error", cause.Error())
	if err := f.store.stop(ctx, cause); err != nil {
		return err
	}
	digest, err := cause.given.Header.Digest()
	if err != nil {
		return err
	}
	told := notification.Notification{Kind: notification.ChainStopped, Subject: notification.SubjectCatalogueChain, Case: at.Known.Header.Chain,
		Title: at.Known.Header.Chain, State: ledger.Text{ZH: "已停止接收", EN: "Stopped"}}
	return f.Announce.Announce(ctx, told, "catalogue-chain/"+digest, func(to account.Recipient) bool { return to.Actor.Role == ledger.RoleOperator })
}

// Status tells how far the follower is.
func (f *Follower) Status(ctx context.Context) (Status, error) { return f.store.status(ctx) }

// Changes lists changes that are not superseded, the newest first; empty filters
// narrow nothing.
func (f *Follower) Changes(ctx context.Context, state State, provider string, page ledger.PageRequest) (ledger.Page[Change], error) {
	return f.store.list(ctx, state, provider, page)
}

// Retry has a refused change submitted again with the next pass: NOT_FOUND where
// there is none (of the provider, where one is given), ACTION_NOT_AVAILABLE where it
// is not refused.
func (f *Follower) Retry(ctx context.Context, id int64, provider string) (Change, error) {
	return f.store.retry(ctx, id, provider)
}

// Resume lets a stopped follower ask again, from where it was: a chain that still
// shows another history stops it again. ACTION_NOT_AVAILABLE where it is not stopped.
func (f *Follower) Resume(ctx context.Context) error { return f.store.resume(ctx) }

// Subscribe has a department's entries put on chain in the name of one of its
// accounts, or of another one from now on.
func (f *Follower) Subscribe(ctx context.Context, of account.Account) error {
	return f.store.subscribe(ctx, of)
}

// Unsubscribe ends that; what is on the ledger stays.
func (f *Follower) Unsubscribe(ctx context.Context, provider string) error {
	return f.store.unsubscribe(ctx, provider)
}

// rewritten is a well signed header that contradicts the one that is known.
type rewritten struct {
	given wire.Signed
	why   string
}

func (r *rewritten) Error() string { return "catalogue chain: history was rewritten: " + r.why }

func asRewritten(err error) *rewritten {
	var found *rewritten
	if errors.As(err, &found) {
		return found
	}
	return nil
}
