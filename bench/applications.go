package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"dengji/chaincode/ledger"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/ledgerclient"
)

// transitionAction is the step that is measured: the passed business review
// (Art. 9), by the authority, as a municipal registrant's cases are its own.
const transitionAction = "endorse_business_review"

// entriesPerPreparation is how many entries one preparing transaction writes.
const entriesPerPreparation = 500

// applications prepares first registrations, each of a catalogue entry of its
// own, and then measures their submission and one step of each.
type applications struct {
	target    *target
	entries   []ledger.EntryContent
	materials []ledger.Material

	mutex sync.Mutex
	ids   []string // submitted and not yet moved on
}

// prepareApplications writes what count applications need: entries, and the
// evidence that the rule pack in force demands, which all of them share.
func (t *target) prepareApplications(ctx context.Context, count int) (*applications, error) {
	prepared := &applications{target: t, entries: t.entries(count)}
	for batch := range slices.Chunk(prepared.entries, entriesPerPreparation) {
		if err := t.putEntries(ctx, batch); err != nil {
			return nil, fmt.Errorf("bench: entries of applications: %w", err)
		}
	}
	record, err := ledgerclient.EvaluateFor[ledger.RulePackRecord](ctx, t.ledger, t.registrant,
		ledgerclient.Call{Transaction: ledger.TxGetRulePack, Request: ledger.PackReference{}})
	if err != nil {
		return nil, fmt.Errorf("bench: rule pack: %w", err)
	}
	for _, rule := range record.Pack.Materials {
		if !demanded(rule) {
			continue
		}
		material, err := t.anchor(ctx, rule)
		if err != nil {
			return nil, err
		}
		prepared.materials = append(prepared.materials, material)
	}
	return prepared, nil
}

// demanded reports whether a first registration of a resource that the registrant
// files for itself needs a material.
func demanded(rule ledger.MaterialRule) bool {
	return !rule.Optional && rule.When == "" && len(rule.Evidence) > 0 &&
		slices.Contains(rule.Types, ledger.TypeFirst) && slices.Contains(rule.Kinds, ledger.KindResource)
}

// anchor anchors a small file as evidence for a material.
func (t *target) anchor(ctx context.Context, rule ledger.MaterialRule) (ledger.Material, error) {
	id, err := contentid.Compute(ctx, strings.NewReader(t.run+" "+rule.Key))
	if err != nil {
		return ledger.Material{}, fmt.Errorf("bench: evidence for %s: %w", rule.Key, err)
	}
	_, err = t.ledger.Submit(ctx, t.registrant, ledgerclient.Call{Transaction: ledger.TxAnchorEvidence, Request: ledger.AnchorEvidenceRequest{
		CID: id.CID, SM3: id.SM3, Kind: rule.Evidence[0], Size: id.Size, MediaType: "text/plain"}})
	if err != nil {
		return ledger.Material{}, fmt.Errorf("bench: anchor evidence for %s: %w", rule.Key, err)
	}
	return ledger.Material{Key: rule.Key, CID: id.CID, SM3: id.SM3}, nil
}

// submissions submits one application for each entry that is left.
func (a *applications) submissions() supply {
	return func() (operation, bool) {
		if len(a.entries) == 0 {
			return operation{}, false
		}
		entry := a.entries[0]
		a.entries = a.entries[1:]
		var id string
		submit := func(ctx context.Context) error {
			made, _, err := ledgerclient.SubmitFor[ledger.Application](ctx, a.target.ledger, a.target.registrant,
				ledgerclient.Call{Transaction: ledger.TxSubmit, Request: a.request(entry)})
			if err != nil {
				return err
			}
			id = made.ID
			a.add(id)
			return nil
		}
		check := func(ctx context.Context, ran error) error {
			if ran == nil { // else its id was never given out
				return a.expect(ctx, id, ledger.StateBusinessReview)
			}
			return nil
		}
		return operation{run: submit, units: 1, check: check}, true
	}
}

func (a *applications) request(entry ledger.EntryContent) ledger.SubmitRequest {
	return ledger.SubmitRequest{
		Type: ledger.TypeFirst, Kind: ledger.KindResource, Filing: ledger.FilingOwn,
		Entries:  []ledger.EntryReference{{Provider: a.target.provider, Identifier: entry.Identifier}},
		DataName: entry.Name, Industry: entry.Industry, DataType: "数据资源", Summary: entry.Summary,
		Materials: a.materials,
	}
}

func (a *applications) add(id string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.ids = append(a.ids, id)
}

// next takes one of the submitted applications.
func (a *applications) next() (string, bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if len(a.ids) == 0 {
		return "", false
	}
	id := a.ids[0]
	a.ids = a.ids[1:]
	return id, true
}

// transitions moves at most so many applications on by one step each.
func (a *applications) transitions(most int) supply {
	return func() (operation, bool) {
		if most == 0 {
			return operation{}, false
		}
		id, ok := a.next()
		if !ok {
			return operation{}, false
		}
		most--
		act := func(ctx context.Context) error {
			moved, _, err := ledgerclient.SubmitFor[ledger.Application](ctx, a.target.ledger, a.target.authority,
				ledgerclient.Call{Transaction: ledger.TxAct, Request: ledger.ActRequest{ID: id, Action: transitionAction}})
			if err == nil && moved.State != ledger.StateReady {
				err = fmt.Errorf("bench: application %s is %q after %s", id, moved.State, transitionAction)
			}
			return err
		}
		check := func(ctx context.Context, ran error) error {
			if ran != nil {
				return a.expect(ctx, id, ledger.StateBusinessReview)
			}
			return a.expect(ctx, id, ledger.StateReady)
		}
		return operation{run: act, units: 1, check: check}, true
	}
}

func (a *applications) expect(ctx context.Context, id string, state ledger.State) error {
	found, err := ledgerclient.EvaluateFor[ledger.Application](ctx, a.target.ledger, a.target.registrant,
		ledgerclient.Call{Transaction: ledger.TxGetApplication, Request: ledger.IDRequest{ID: id}})
	if err != nil {
		return fmt.Errorf("bench: read application %s back: %w", id, err)
	}
	if found.State != state {
		return fmt.Errorf("bench: application %s is %q on the ledger, not %q", id, found.State, state)
	}
	return nil
}

// count gives how many submitted applications are left.
func (a *applications) count() int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return len(a.ids)
}
