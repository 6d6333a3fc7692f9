package cataloguesource

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/notification"
	"dengji/gateway/recurring"
)

// Every is how often a keeper looks for something to do.
const Every = 5 * time.Second

// Pauses after failures, and after how many of them the officers are told.
const (
	firstPause   = time.Minute
	longestPause = 6 * time.Hour
	tellAfter    = 3
)

// Accounts are in whose names differences are applied. *account.Directory is one.
type Accounts interface {
	Acting(ctx context.Context, name string) (account.Account, error)
}

// Announcer tells people what is no step of a case. *notification.Watcher is one.
type Announcer interface {
	Announce(ctx context.Context, told notification.Notification, reason string, to func(account.Recipient) bool) error
}

// Options are what a Keeper works with; all are required.
type Options struct {
	Ledger   ledgerclient.Ledger
	Accounts Accounts
	Announce Announcer
	Database *sql.DB
	Door     Door
	Clock    func() time.Time
	Log      *slog.Logger
}

// Keeper keeps the sources of all departments. It is safe for concurrent use.
type Keeper struct {
	Options
	store  store
	passes sync.Mutex // one pass at a time
}

// New makes a Keeper.
func New(options Options) *Keeper {
	return &Keeper{Options: options, store: store{options.Database, options.Clock}}
}

// Observe registers the keeper's gauge; call it at most once for a registry.
func (k *Keeper) Observe(registry prometheus.Registerer) {
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dengji_catalogue_sources_failing", Help: "Catalogue sources of departments whose last reading failed."}, func() float64 {
		var count float64
		if k.Database.QueryRow(`SELECT COUNT(*) FROM catalogue_sources WHERE attempts > 0`).Scan(&count) != nil { //nolint:noctx // the registry has no context to give
			return -1
		}
		return count
	}))
}

// Run makes a pass now and every Every, until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	recurring.Run(ctx, Every, k.Pass, func(err error) { k.Log.WarnContext(ctx, "catalogue sources", "error", err.Error()) })
}

// Pass applies what is to be applied and reads the sources that are due. It may be
// broken off and repeated at any point. What goes wrong with one source is written
// down with it.
func (k *Keeper) Pass(ctx context.Context) error {
	k.passes.Lock()
	defer k.passes.Unlock()
	due, err := k.store.due(ctx)
	if err != nil {
		return err
	}
	for _, of := range due {
		failed := k.keep(ctx, of)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := k.conclude(ctx, of, failed); err != nil {
			return err
		}
	}
	return nil
}

// keep applies a source's differences where that is under way, else reads it, and
// goes on with what it then finds to apply.
func (k *Keeper) keep(ctx context.Context, of Source) error {
	acting, err := k.Accounts.Acting(ctx, of.Account)
	if err == nil && (acting.Actor.Role != ledger.RoleRegistrant || acting.Actor.USCC != of.Provider) {
		err = fault.New(fault.NotOwner, fault.Field("account"))
	}
	if err != nil {
		return err
	}
	if of.Applying == 0 {
		if of, err = k.check(ctx, of, acting); err != nil || of.Applying == 0 {
			return err
		}
	}
	return k.apply(ctx, of, acting)
}

// conclude writes down how it went; after some failures the department is told.
func (k *Keeper) conclude(ctx context.Context, of Source, failed error) error {
	if failed == nil {
		return nil
	}
	k.Log.WarnContext(ctx, "a catalogue source failed", "source", of.ID, "error", failed.Error())
	if err := k.store.fail(ctx, of, failed); err != nil || of.Attempts+1 != tellAfter {
		return err
	}
	return k.tell(ctx, of, notification.SourceFails, ledger.Text{ZH: "连续读取失败", EN: "Reading it fails again and again"}, of.CheckedAt)
}

// tell tells every account of the source's department, once for a reason.
func (k *Keeper) tell(ctx context.Context, of Source, kind notification.Kind, state ledger.Text, reason string) error {
	told := notification.Notification{Kind: kind, Subject: notification.SubjectCatalogueSource, Case: of.ID, Title: of.Label, State: state, Article: "8"}
	return k.Announce.Announce(ctx, told, "catalogue-source/"+of.ID+"/"+string(kind)+"/"+reason, func(to account.Recipient) bool {
		return to.Actor.Role == ledger.RoleRegistrant && to.Actor.USCC == of.Provider
	})
}

// Register adds a source of an account's department, which is read at once:
// TOO_MANY_ITEMS where it has MaxSources.
func (k *Keeper) Register(ctx context.Context, by account.Account, settings Settings) (Source, error) {
	if err := settings.check(k.Door); err != nil {
		return Source{}, err
	}
	id := rand.Text()
	if err := k.store.register(ctx, id, by, settings); err != nil {
		return Source{}, err
	}
	return k.store.find(ctx, by.Actor.USCC, id)
}

// Change gives a source other settings, in the name of another account from now on,
// and has it read anew.
func (k *Keeper) Change(ctx context.Context, by account.Account, id string, settings Settings) (Source, error) {
	if err := settings.check(k.Door); err != nil {
		return Source{}, err
	}
	if err := k.store.change(ctx, id, by, settings); err != nil {
		return Source{}, err
	}
	return k.store.find(ctx, by.Actor.USCC, id)
}

// Remove forgets a source; what is on the ledger stays. NOT_FOUND for another
// provider's.
func (k *Keeper) Remove(ctx context.Context, provider, id string) error {
	return k.store.remove(ctx, provider, id)
}

// Sources lists a provider's sources.
func (k *Keeper) Sources(ctx context.Context, provider string) ([]Source, error) {
	return k.store.of(ctx, provider)
}

// Source gives one of a provider's sources: NOT_FOUND for another one.
func (k *Keeper) Source(ctx context.Context, provider, id string) (Source, error) {
	return k.store.find(ctx, provider, id)
}

// Differences lists what a source and the chain differ in, in the order of the
// identifiers.
func (k *Keeper) Differences(ctx context.Context, provider, id string, kind Kind, page ledger.PageRequest) (ledger.Page[SourceDifference], error) {
	of, err := k.store.find(ctx, provider, id)
	if err != nil {
		return ledger.Page[SourceDifference]{}, err
	}
	return k.store.differences(ctx, of, kind, page)
}

// RefusedRows lists a source's rows that are not fit for the ledger.
func (k *Keeper) RefusedRows(ctx context.Context, provider, id string, page ledger.PageRequest) (ledger.Page[RefusedRow], error) {
	of, err := k.store.find(ctx, provider, id)
	if err != nil {
		return ledger.Page[RefusedRow]{}, err
	}
	return k.store.refusedRows(ctx, of, page)
}

// ReadNow has a source read with the next pass, also while it is paused.
func (k *Keeper) ReadNow(ctx context.Context, provider, id string) (Source, error) {
	if err := k.store.readNow(ctx, provider, id); err != nil {
		return Source{}, err
	}
	return k.store.find(ctx, provider, id)
}

// Apply has the differences of a revision applied with the next pass, exactly those
// that were shown: CONCURRENT_CHANGE where there is a newer one, ACTION_NOT_AVAILABLE
// where there is nothing to apply or that is under way.
func (k *Keeper) Apply(ctx context.Context, by account.Account, id string, revision int, withdrawals bool) (Source, error) {
	of, err := k.store.find(ctx, by.Actor.USCC, id)
	switch {
	case err != nil:
		return of, err
	case of.Revision != revision:
		return of, fault.New(fault.ConcurrentChange, fault.Value("revision", strconv.Itoa(of.Revision)))
	case of.Applying != 0 || of.open(withdrawals) == 0:
		return of, fault.New(fault.ActionNotAvailable)
	}
	if err := k.store.begin(ctx, of, by.Name, withdrawals); err != nil {
		return of, err
	}
	return k.store.find(ctx, by.Actor.USCC, id)
}
