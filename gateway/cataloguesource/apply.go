package cataloguesource

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/catalogfile"
	"dengji/gateway/ledgerclient"
)

// application is the application of a source's differences.
type application struct {
	*Keeper
	of     Source
	acting account.Account
	single bool // one entry in a transaction, to find one that the ledger refuses
}

// apply writes the differences that were shown, batch by batch. What the chain holds
// otherwise than when it was shown is left alone.
func (k *Keeper) apply(ctx context.Context, of Source, acting account.Account) error {
	a := &application{Keeper: k, of: of, acting: acting}
	for {
		limit := catalogfile.BatchEntries
		if a.single {
			limit = 1
		}
		open, err := k.store.openOnes(ctx, of, limit)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return k.store.finish(ctx, of)
		}
		if err := a.batch(ctx, open); err != nil {
			return err
		}
	}
}

// batch looks at what the chain holds of some entries, settles what needs nothing, and
// writes the others.
func (a *application) batch(ctx context.Context, open []SourceDifference) error {
	var settled, ready []SourceDifference
	for _, each := range open {
		head, err := a.headOf(ctx, each.Identifier)
		if err != nil {
			return err
		}
		if each.Outcome = a.outcomeOf(each, head); each.Outcome == Open {
			ready = append(ready, each)
		} else {
			settled = append(settled, each)
		}
	}
	if err := a.store.settle(ctx, a.of, settled); err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(ready), func(each SourceDifference) bool { return each.Kind != Missing })
	if err := a.put(ctx, slices.DeleteFunc(ready, func(each SourceDifference) bool { return each.Kind == Missing })); err != nil {
		return err
	}
	for _, each := range gone {
		if err := a.withdraw(ctx, each); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) headOf(ctx context.Context, identifier string) (*ledger.CatalogEntry, error) {
	head, err := ledgerclient.EvaluateFor[ledger.CatalogEntry](ctx, a.Ledger, a.acting.Identity, ledgerclient.Call{Transaction: ledger.TxGetEntry,
		Request: ledger.EntryReference{Provider: a.of.Provider, Identifier: identifier}})
	if errors.Is(err, fault.New(fault.NotFound)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &head, nil
}

// outcomeOf says what is to become of a difference, given what the chain holds now:
// Open where it has to be written.
func (a *application) outcomeOf(each SourceDifference, head *ledger.CatalogEntry) Outcome {
	state := stateOf(head)
	switch {
	case each.Kind == Missing && head != nil && head.Status == ledger.EntryWithdrawn && head.Reason == a.reason():
		return Applied // by an attempt that was broken off
	case each.Kind != Missing && state == each.digest:
		return Applied
	case state != each.here:
		return Overtaken
	case each.Kind == Missing && !a.of.Withdrawals:
		return Kept
	default:
		return Open
	}
}

func (a *application) reason() string {
	return fmt.Sprintf("来源系统“%s”已无此目录条目", a.of.Label)
}

// put writes entries, in as many transactions as they take.
func (a *application) put(ctx context.Context, ready []SourceDifference) error {
	contents := make([]ledger.EntryContent, len(ready))
	for i, each := range ready {
		var err error
		if contents[i], err = contentOf(each); err != nil {
			return err
		}
	}
	for len(contents) > 0 {
		batch := catalogfile.NextBatch(contents, func(of ledger.EntryContent) ledger.EntryContent { return of })
		_, err := a.Ledger.Submit(ctx, a.acting.Identity, ledgerclient.Call{Transaction: ledger.TxPutBatch, Request: ledger.PutBatchRequest{Entries: batch}})
		if err != nil {
			return a.refused(ctx, ready[:len(batch)], err)
		}
		if err := a.settle(ctx, ready[:len(batch)]); err != nil {
			return err
		}
		contents, ready = contents[len(batch):], ready[len(batch):]
	}
	return nil
}

func (a *application) settle(ctx context.Context, all []SourceDifference) error {
	for i := range all {
		all[i].Outcome = Applied
	}
	return a.store.settle(ctx, a.of, all)
}

// refused deals with a transaction that failed. One that the ledger refuses for its
// content wrote nothing: the entry that is at fault is found and left out.
func (a *application) refused(ctx context.Context, batch []SourceDifference, cause error) error {
	known := fault.Of(cause)
	row := known.Row()
	if row.Status != http.StatusUnprocessableEntity {
		return cause
	}
	at := 0
	if len(batch) > 1 {
		var named bool
		if at, named = catalogfile.RefusedEntry(known.Field); !named || at >= len(batch) {
			a.single = true
			return nil
		}
	}
	batch[at].Outcome = Refused
	batch[at].Problem = &catalogfile.Problem{Field: known.Field, Code: known.Code, Article: known.Article, Detail: known.Detail, Values: known.Values, Message: ledger.Text{ZH: row.ZH, EN: row.EN}}
	return a.store.settle(ctx, a.of, batch[at:at+1])
}

// withdraw withdraws an entry that the source no longer has.
func (a *application) withdraw(ctx context.Context, each SourceDifference) error {
	_, err := a.Ledger.Submit(ctx, a.acting.Identity, ledgerclient.Call{Transaction: ledger.TxWithdrawEntry, Request: ledger.WithdrawEntryRequest{Identifier: each.Identifier, Reason: a.reason()}})
	if err != nil {
		return a.refused(ctx, []SourceDifference{each}, err)
	}
	return a.settle(ctx, []SourceDifference{each})
}
