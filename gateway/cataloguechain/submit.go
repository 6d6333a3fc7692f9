package cataloguechain

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/catalogfile"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/database"
	"dengji/gateway/ledgerclient"
)

// submit submits the changes of every department that has subscribed. What fails for
// one does not hold up the others.
func (f *Follower) submit(ctx context.Context) error {
	all, err := f.store.subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, of := range all {
		if !f.due(of.NextAt) {
			continue
		}
		failed := f.submitFor(ctx, of)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if failed != nil {
			f.Log.WarnContext(ctx, "entries of the catalogue chain were not submitted", "provider", of.Provider, "error", failed.Error())
		}
		if failed != nil || of.Attempts > 0 {
			if err := f.store.note(ctx, of, failed); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn is a department's turn to have its changes submitted.
type turn struct {
	*Follower
	of     account.Account
	single bool // one change in a transaction, to find one that the ledger refuses
}

func (f *Follower) submitFor(ctx context.Context, of Subscription) error {
	acting, err := f.Accounts.Acting(ctx, of.Account)
	if err != nil {
		return err
	}
	if acting.Actor.Role != ledger.RoleRegistrant || acting.Actor.USCC != of.Provider {
		return fault.New(fault.NotOwner, fault.Field("account"))
	}
	t := &turn{Follower: f, of: acting}
	if err := t.settleDoubts(ctx); err != nil {
		return err
	}
	for {
		more, err := t.batch(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// item is a change that is ready to be submitted.
type item struct {
	Change
	entry ledger.EntryContent
}

// batch submits the next changes that go into one transaction; false: there are none.
func (t *turn) batch(ctx context.Context) (more bool, err error) {
	limit := catalogfile.BatchEntries
	if t.single {
		limit = 1
	}
	pending, err := t.store.inState(ctx, Pending, t.of.Actor.USCC, limit)
	if err != nil || len(pending) == 0 {
		return false, err
	}
	if pending[0].Action == wire.Withdraw {
		return true, t.withdraw(ctx, pending[0])
	}
	ready, err := t.ready(ctx, pending)
	if err != nil || len(ready) == 0 {
		return true, err
	}
	ready = catalogfile.NextBatch(ready, func(of item) ledger.EntryContent { return of.entry })
	return true, t.put(ctx, ready)
}

// ready maps changes up to the first one that has to wait for an earlier one. Those
// that cannot be mapped are refused.
func (t *turn) ready(ctx context.Context, pending []Change) ([]item, error) {
	var ready []item
	for _, change := range pending {
		if change.Action == wire.Withdraw || slices.ContainsFunc(ready, func(of item) bool { return of.EntryID == change.EntryID }) {
			return ready, nil
		}
		entry, taken, err := t.takeOrRefuse(ctx, change)
		if err != nil {
			return nil, err
		}
		if !taken {
			continue
		}
		if slices.ContainsFunc(ready, func(of item) bool { return of.entry.Identifier == entry.Identifier }) {
			return ready, nil
		}
		change.Identifier = entry.Identifier
		ready = append(ready, item{change, entry})
	}
	return ready, nil
}

func (t *turn) takeOrRefuse(ctx context.Context, change Change) (entry ledger.EntryContent, taken bool, err error) {
	entry, problems, err := t.mapped(ctx, change)
	if err == nil && len(problems) == 0 {
		problems, err = t.store.conflicts(ctx, change, entry.Identifier)
	}
	if err == nil && len(problems) > 0 {
		err = t.store.refuse(ctx, change.ID, problems)
	}
	return entry, len(problems) == 0, err
}

// put submits new versions of different entries in one transaction.
func (t *turn) put(ctx context.Context, batch []item) error {
	changes, entries := make([]Change, len(batch)), make([]ledger.EntryContent, len(batch))
	for i, of := range batch {
		changes[i], entries[i] = of.Change, of.entry
	}
	if err := t.store.sending(ctx, changes); err != nil {
		return err
	}
	outcomes, _, err := ledgerclient.SubmitFor[[]ledger.EntryOutcome](ctx, t.Ledger, t.of.Identity, ledgerclient.Call{Transaction: ledger.TxPutBatch, Request: ledger.PutBatchRequest{Entries: entries}})
	if err != nil {
		return t.refused(ctx, changes, err)
	}
	if len(outcomes) != len(changes) {
		return fmt.Errorf("catalogue chain: %d outcomes for %d entries", len(outcomes), len(changes))
	}
	for i := range changes {
		changes[i].LedgerVersion = outcomes[i].Version
	}
	return t.store.applied(ctx, changes)
}

// refused deals with a transaction that failed. One that the ledger refuses for its
// content wrote nothing: the change that is at fault is found and refused.
func (t *turn) refused(ctx context.Context, changes []Change, cause error) error {
	known := fault.Of(cause)
	if status := known.Row().Status; status != http.StatusUnprocessableEntity && status != http.StatusRequestEntityTooLarge {
		return cause
	}
	at := 0
	if len(changes) > 1 {
		var named bool
		if at, named = catalogfile.RefusedEntry(known.Field); !named || at >= len(changes) {
			t.single = true
			return t.store.unsent(ctx, t.of.Actor.USCC)
		}
	}
	if err := t.store.refuse(ctx, changes[at].ID, []catalogfile.Problem{problemOf(known)}); err != nil {
		return err
	}
	return t.store.unsent(ctx, t.of.Actor.USCC)
}

// withdraw withdraws an entry here that was withdrawn on the chain. One that is not
// on the ledger, or withdrawn already, needs nothing.
func (t *turn) withdraw(ctx context.Context, change Change) error {
	identifier, err := t.store.identifierOf(ctx, change)
	if err != nil {
		return err
	}
	change.Identifier = identifier
	if identifier == "" {
		return t.store.applied(ctx, []Change{change})
	}
	if err := t.store.sending(ctx, []Change{change}); err != nil {
		return err
	}
	withdrawn, _, err := ledgerclient.SubmitFor[ledger.CatalogEntry](ctx, t.Ledger, t.of.Identity, ledgerclient.Call{Transaction: ledger.TxWithdrawEntry,
		Request: ledger.WithdrawEntryRequest{Identifier: identifier, Reason: withdrawalReason(change)}})
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.ActionNotAvailable {
		return t.store.applied(ctx, []Change{change})
	}
	if err != nil {
		return t.refused(ctx, []Change{change}, err)
	}
	change.LedgerVersion = withdrawn.Version
	return t.store.applied(ctx, []Change{change})
}

// settleDoubts finds out what has become of changes whose transaction was broken off:
// an entry's versions name the source that they were made of.
func (t *turn) settleDoubts(ctx context.Context) error {
	for {
		doubtful, err := t.store.inState(ctx, Sending, t.of.Actor.USCC, catalogfile.BatchEntries)
		if err != nil || len(doubtful) == 0 {
			return err
		}
		done, err := t.arrived(ctx, doubtful)
		if err == nil {
			err = t.store.applied(ctx, done)
		}
		if err != nil {
			return err
		}
		if err := t.store.unsent(ctx, t.of.Actor.USCC); err != nil {
			return err
		}
	}
}

// arrived are those of the changes that the ledger holds, with their versions.
func (t *turn) arrived(ctx context.Context, doubtful []Change) ([]Change, error) {
	var done []Change
	for _, change := range doubtful {
		version, err := t.versionOf(ctx, change)
		if err != nil {
			return nil, err
		}
		if change.LedgerVersion = version; version > 0 {
			done = append(done, change)
		}
	}
	return done, nil
}

// versionOf finds the version of the entry on the ledger that a change has made; 0
// where it has made none.
func (t *turn) versionOf(ctx context.Context, change Change) (int, error) {
	reference := ledger.EntryReference{Provider: change.Provider, Identifier: change.Identifier}
	head, err := ledgerclient.EvaluateFor[ledger.CatalogEntry](ctx, t.Ledger, t.of.Identity, ledgerclient.Call{Transaction: ledger.TxGetEntry, Request: reference})
	if errors.Is(err, fault.New(fault.NotFound)) {
		return 0, nil
	}
	if err != nil || madeBy(head, change) {
		return head.Version, err
	}
	for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
		older, err := ledgerclient.EvaluateFor[ledger.Page[ledger.CatalogEntry]](ctx, t.Ledger, t.of.Identity, ledgerclient.Call{Transaction: ledger.TxListEntryHistory,
			Request: ledger.EntryHistoryRequest{Entry: reference, Page: page}})
		if err != nil {
			return 0, err
		}
		for _, version := range older.Items {
			if madeBy(version, change) {
				return version.Version, nil
			}
		}
		if page.Bookmark = older.Bookmark; page.Bookmark == "" {
			return 0, nil
		}
	}
}

// madeBy reports whether a version on the ledger is what a change has become.
func madeBy(version ledger.CatalogEntry, change Change) bool {
	if change.Action == wire.Withdraw {
		return version.Status == ledger.EntryWithdrawn && version.Reason == withdrawalReason(change)
	}
	source := version.Content.Source
	return version.Status == ledger.EntryActive && source != nil && source.Chain == change.Chain && source.EntryID == change.EntryID &&
		source.Version == strconv.Itoa(change.Version) && source.TxID == change.TxID
}

// sending marks changes as being submitted, before they are.
func (s store) sending(ctx context.Context, changes []Change) error {
	return s.each(ctx, changes, func(tx *sql.Tx, of Change) error {
		_, err := tx.ExecContext(ctx, `UPDATE catalogue_chain_changes SET state = 'sending', identifier = ?, updated_at = ? WHERE id = ?`, of.Identifier, s.now(), of.ID)
		return err
	})
}

// applied marks changes as done and drops what they have superseded.
func (s store) applied(ctx context.Context, changes []Change) error {
	return s.each(ctx, changes, func(tx *sql.Tx, of Change) error {
		_, err := tx.ExecContext(ctx, `UPDATE catalogue_chain_changes SET state = 'applied', identifier = ?, content = '', problems = '[]', ledger_version = ?, updated_at = ? WHERE id = ?`,
			of.Identifier, of.LedgerVersion, s.now(), of.ID)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM catalogue_chain_changes WHERE provider = ? AND entry_id = ? AND id < ? AND state IN ('applied', 'refused')`, of.Provider, of.EntryID, of.ID)
		}
		return err
	})
}

func (s store) each(ctx context.Context, changes []Change, do func(*sql.Tx, Change) error) error {
	if len(changes) == 0 {
		return nil
	}
	return failure("note changes", database.InTransaction(ctx, s.database, func(tx *sql.Tx) error {
		for _, of := range changes {
			if err := do(tx, of); err != nil {
				return err
			}
		}
		return nil
	}))
}

// unsent has what is still marked as being submitted submitted again.
func (s store) unsent(ctx context.Context, provider string) error {
	_, err := s.database.ExecContext(ctx, `UPDATE catalogue_chain_changes SET state = 'pending' WHERE state = 'sending' AND provider = ?`, provider)
	return failure("note changes", err)
}

func (s store) refuse(ctx context.Context, id int64, problems []catalogfile.Problem) error {
	_, err := s.database.ExecContext(ctx, `UPDATE catalogue_chain_changes SET state = 'refused', problems = ?, updated_at = ? WHERE id = ?`, marshalled(problems), s.now(), id)
	return failure("refuse a change", err)
}

// identifierOf gives the identifier under which an entry of the chain stands on the
// ledger; "" where it does not.
func (s store) identifierOf(ctx context.Context, change Change) (string, error) {
	var identifier string
	err := s.database.QueryRowContext(ctx, `SELECT identifier FROM catalogue_chain_changes WHERE provider = ? AND entry_id = ? AND state = 'applied' AND id < ? AND identifier <> '' ORDER BY id DESC LIMIT 1`,
		change.Provider, change.EntryID, change.ID).Scan(&identifier)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return identifier, failure("identifier", err)
}

// conflicts finds out whether an entry would take another one's place: its identifier
// is the one that it has always had, and no other entry's.
func (s store) conflicts(ctx context.Context, change Change, identifier string) ([]catalogfile.Problem, error) {
	before, err := s.identifierOf(ctx, change)
	if err != nil {
		return nil, err
	}
	if before != "" && before != identifier {
		return []catalogfile.Problem{problemOf(fault.New(fault.InvalidValue, fault.Field("identifier"), fault.Value("before", before)))}, nil
	}
	var other string
	err = s.database.QueryRowContext(ctx, `SELECT entry_id FROM catalogue_chain_changes WHERE provider = ? AND identifier = ? AND entry_id <> ? AND state = 'applied' LIMIT 1`,
		change.Provider, identifier, change.EntryID).Scan(&other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, failure("identifier", err)
	}
	return []catalogfile.Problem{problemOf(fault.New(fault.DuplicateItem, fault.Field("identifier"), fault.Value("entryId", other)))}, nil
}
