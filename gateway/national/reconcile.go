package national

import (
	"context"
	"database/sql"
	"dengji/gateway/database"
	"iter"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/national/wire"
)

// MaxDifferences is how many differences are named.
const MaxDifferences = 1000

// The ways in which the two sides differ.
const (
	MissingThere = "missing_there" // the national platform does not hold the registration
	UnknownHere  = "unknown_here"  // it holds one that is not on the ledger
	Outdated     = "outdated"      // it holds another state of it
	CodeDiffers  = "code_differs"  // its national code is not the ledger's
)

// Difference is a registration that the two sides do not hold alike.
type Difference struct {
	Registration string `json:"registration"`
	Kind         string `json:"kind"`
	Here         string `json:"here,omitempty"`  // digest, or national code
	There        string `json:"there,omitempty"` // digest, or national code
	OnTheWay     bool   `json:"onTheWay"`        // a delivery is in the outbox that is not finished
}

// Reconciliation is the result of a comparison.
type Reconciliation struct {
	Compared    int          `json:"compared"` // registrations of both sides together
	Equal       int          `json:"equal"`
	Differences []Difference `json:"differences"` // in the order of the codes, at most MaxDifferences
	More        bool         `json:"more"`        // there are more than that
	Resent      int          `json:"resent"`      // deliveries added to mend them
}

// sideBySide is a registration as both sides hold it; nil: not at all.
type sideBySide struct {
	code  string
	here  *ledger.Registration
	there *wire.State
}

// Reconcile compares every registration of the ledger with what the national
// platform holds, page by page. With resend, what it lacks or holds otherwise is
// put into the outbox anew, unless something is on its way already.
func (e *Exchange) Reconcile(ctx context.Context, resend bool) (Reconciliation, error) {
	result := Reconciliation{Differences: []Difference{}}
	if _, err := e.Collect(ctx); err != nil {
		return result, err
	}
	for pair, err := range merge(e.here(ctx), e.there(ctx)) {
		if err != nil {
			return result, err
		}
		result.Compared++
		found, err := compare(pair)
		if err != nil {
			return result, err
		}
		if found == nil {
			result.Equal++
			continue
		}
		if err := e.report(ctx, &result, *found, pair, resend); err != nil {
			return result, err
		}
	}
	return result, nil
}

func compare(pair sideBySide) (*Difference, error) {
	if pair.here == nil {
		return &Difference{Registration: pair.code, Kind: UnknownHere, There: pair.there.Digest}, nil
	}
	digest, err := wire.RecordOf(*pair.here).Digest()
	switch {
	case err != nil:
		return nil, err
	case pair.there == nil:
		return &Difference{Registration: pair.code, Kind: MissingThere, Here: digest}, nil
	case pair.there.Digest != digest:
		return &Difference{Registration: pair.code, Kind: Outdated, Here: digest, There: pair.there.Digest}, nil
	case pair.there.NationalCode != pair.here.NationalCode:
		return &Difference{Registration: pair.code, Kind: CodeDiffers, Here: pair.here.NationalCode, There: pair.there.NationalCode}, nil
	default:
		return nil, nil
	}
}

func (e *Exchange) report(ctx context.Context, result *Reconciliation, found Difference, pair sideBySide, resend bool) error {
	err := database.InTransaction(ctx, e.outbox.database, func(tx *sql.Tx) error {
		newest, err := last(ctx, tx, found.Registration)
		if err != nil {
			return err
		}
		found.OnTheWay = newest != nil && newest.State != Delivered
		if !resend || found.OnTheWay || pair.here == nil {
			return nil
		}
		_, err = e.outbox.add(ctx, tx, newest, kindOf(newest, *pair.here), wire.RecordOf(*pair.here))
		result.Resent++
		return err
	})
	if result.More = result.More || len(result.Differences) == MaxDifferences; !result.More {
		result.Differences = append(result.Differences, found)
	}
	return err
}

// here gives the ledger's registrations in the order of their codes.
func (e *Exchange) here(ctx context.Context) iter.Seq2[sideBySide, error] {
	return func(yield func(sideBySide, error) bool) {
		for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
			found, err := e.Lists.RegistrationsByCode(ctx, page)
			if err != nil {
				yield(sideBySide{}, err)
				return
			}
			for i := range found.Items {
				if !yield(sideBySide{code: found.Items[i].Code, here: &found.Items[i]}, nil) {
					return
				}
			}
			if page.Bookmark = found.Bookmark; page.Bookmark == "" {
				return
			}
		}
	}
}

// there gives the national platform's registrations in the order of their codes.
func (e *Exchange) there(ctx context.Context) iter.Seq2[sideBySide, error] {
	return func(yield func(sideBySide, error) bool) {
		for after, more := "", true; more; {
			page, err := e.statesAfter(ctx, after)
			if err != nil {
				yield(sideBySide{}, err)
				return
			}
			for i := range page.Items {
				after = page.Items[i].Code
				if !yield(sideBySide{code: after, there: &page.Items[i]}, nil) {
					return
				}
			}
			more = page.Next != "" && len(page.Items) > 0
		}
	}
}

func (e *Exchange) statesAfter(ctx context.Context, after string) (wire.StatePage, error) {
	page, err := e.Remote.states(ctx, after)
	if err == nil {
		err = inOrder(after, page.Items)
	}
	if err != nil {
		return page, fault.New(fault.NationalUnreachable, fault.Cause(err))
	}
	return page, nil
}

// inOrder holds a page to the order without which a comparison would not end.
func inOrder(after string, items []wire.State) error {
	for _, item := range items {
		if item.Code <= after {
			return errOrder
		}
		after = item.Code
	}
	return nil
}
