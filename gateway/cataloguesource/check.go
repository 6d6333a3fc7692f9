package cataloguesource

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/notification"
)

// Automatic withdrawal stops where more would go than a catalogue loses in the
// ordinary course: an officer has to look at it.
const (
	fewWithdrawals    = 20
	withdrawalPercent = 10 // of the entries on the chain
)

// check reads a source, compares it with the chain and stores what they differ in. A
// revision is new only where the differences are.
func (k *Keeper) check(ctx context.Context, of Source, acting account.Account) (Source, error) {
	got, err := k.read(ctx, of)
	if err == nil && !got.unchanged {
		err = k.store.stage(ctx, of.ID, got)
	}
	if err != nil {
		return of, err
	}
	found, err := k.compare(ctx, of, acting)
	if err != nil {
		return of, err
	}
	isNew := found.isNew(of)
	of.Counts = found.counts
	withdrawals := found.mayWithdraw(of)
	apply := withdrawals || of.Automatic && of.open(false) > 0
	if err := k.store.checked(ctx, of, got, found, isNew, apply, withdrawals); err != nil {
		return of, err
	}
	present, err := k.store.find(ctx, of.Provider, of.ID)
	if err == nil && isNew {
		err = k.announce(ctx, present, found)
	}
	return present, err
}

// announce tells the department where there is something to look at.
func (k *Keeper) announce(ctx context.Context, of Source, found comparison) error {
	if of.Applying != 0 || of.open(true) == 0 {
		return nil
	}
	return k.tell(ctx, of, notification.Differs, ledger.Text{
		ZH: fmt.Sprintf("新增 %d，变化 %d，来源已无 %d", found.counts[Added], found.counts[Changed], found.counts[Missing]),
		EN: fmt.Sprintf("%d new, %d changed, %d missing", found.counts[Added], found.counts[Changed], found.counts[Missing])}, found.digest)
}

// comparison is what a source and the chain differ in, but for the differences
// themselves, which stand in the database under the revision behind the present one.
type comparison struct {
	counts  map[Kind]int
	digest  string
	onChain int // active entries of the provider
}

// isNew reports whether the differences are others than those known.
func (c comparison) isNew(of Source) bool { return c.digest != of.digest || of.Revision == 0 }

// mayWithdraw reports whether what the source lacks is withdrawn without asking.
func (c comparison) mayWithdraw(of Source) bool {
	missing := c.counts[Missing]
	return of.Automatic && of.WithdrawMissing && missing > 0 && missing <= max(fewWithdrawals, c.onChain*withdrawalPercent/100)
}

// compare walks both sides in the order of the identifiers. It holds a page of each.
func (k *Keeper) compare(ctx context.Context, of Source, acting account.Account) (comparison, error) {
	found := comparison{counts: map[Kind]int{}}
	if err := k.store.clear(ctx, of); err != nil {
		return found, err
	}
	there, here := &staged{store: k.store, of: of}, &chained{keeper: k, acting: acting}
	for {
		some, more, err := k.compareSome(ctx, of, there, here, &found)
		if err == nil {
			err = k.store.write(ctx, of, some)
		}
		if err != nil || !more {
			return found, err
		}
	}
}

// compareSome goes on until a page of differences is found, or both sides are at their
// end.
func (k *Keeper) compareSome(ctx context.Context, of Source, there *staged, here *chained, found *comparison) (some []SourceDifference, more bool, err error) {
	for len(some) < pageSize {
		mine, theirs, err := next(ctx, there, here)
		if err != nil || mine == nil && theirs == nil {
			return some, false, err
		}
		if isActive(theirs) {
			found.onChain++
		}
		difference, differs, err := compare(mine, theirs)
		if difference.Kind == Missing && differs { // it may be another source's
			differs, err = k.store.isNobodys(ctx, of, difference.Identifier)
		}
		if err != nil {
			return some, false, err
		}
		if differs {
			found.add(difference)
			some = append(some, difference)
		}
	}
	return some, true, nil
}

// add counts a difference and goes on with the digest of all.
func (c *comparison) add(of SourceDifference) {
	c.counts[of.Kind]++
	c.digest = canonical.DigestOf([]byte(strings.Join([]string{c.digest, string(of.Kind), of.Identifier, of.digest, of.here}, "\n")))
}

// pageSize is how many entries are held of each side.
const pageSize = ledger.MaxPageSize

// next gives what comes next on either side: both where they have the same
// identifier. Identifiers compare by bytes, as on the ledger.
func next(ctx context.Context, there *staged, here *chained) (*row, *ledger.CatalogEntry, error) {
	mine, err := there.head(ctx)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := here.head(ctx)
	if err != nil {
		return nil, nil, err
	}
	if mine != nil && theirs != nil {
		switch order := strings.Compare(mine.identifier, theirs.Content.Identifier); {
		case order < 0:
			theirs = nil
		case order > 0:
			mine = nil
		}
	}
	if mine != nil {
		there.held = there.held[1:]
	}
	if theirs != nil {
		here.held = here.held[1:]
	}
	return mine, theirs, nil
}

// staged gives a source's rows in order.
type staged struct {
	store store
	of    Source
	held  []row
	after string
	ended bool
}

func (s *staged) head(ctx context.Context) (*row, error) {
	if len(s.held) == 0 && !s.ended {
		var err error
		if s.held, err = s.store.rows(ctx, s.of.ID, s.after, pageSize); err != nil {
			return nil, err
		}
		if s.ended = len(s.held) < pageSize; len(s.held) > 0 {
			s.after = s.held[len(s.held)-1].identifier
		}
	}
	if len(s.held) == 0 {
		return nil, nil
	}
	return &s.held[0], nil
}

// chained gives a provider's entries on the chain in order.
type chained struct {
	keeper   *Keeper
	acting   account.Account
	held     []ledger.CatalogEntry
	bookmark string
	ended    bool
}

func (c *chained) head(ctx context.Context) (*ledger.CatalogEntry, error) {
	for len(c.held) == 0 && !c.ended {
		page, err := ledgerclient.EvaluateFor[ledger.Page[ledger.CatalogEntry]](ctx, c.keeper.Ledger, c.acting.Identity, ledgerclient.Call{Transaction: ledger.TxListEntries,
			Request: ledger.PageRequest{Of: c.acting.Actor.USCC, PageSize: pageSize, Bookmark: c.bookmark}})
		if err != nil {
			return nil, err
		}
		c.held, c.bookmark, c.ended = page.Items, page.Bookmark, page.Bookmark == ""
	}
	if len(c.held) == 0 {
		return nil, nil
	}
	return &c.held[0], nil
}

func contentOf(of SourceDifference) (ledger.EntryContent, error) {
	var content ledger.EntryContent
	err := json.Unmarshal([]byte(of.content), &content)
	return content, err
}
