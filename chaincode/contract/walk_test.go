package contract_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/chaincode/rules/procedure"
	"dengji/fixtures/rulepacks"
)

// walk is a random walk of all parties over one ledger.
type walk struct {
	*caseStage
	packs    map[string]ledger.RulePack
	records  []walked
	changed  []walked // by the newest step
	accepted int
}

// walked is a record that the walk knows of.
type walked struct {
	subject ledger.Subject
	id      string
}

// stageOfWalks is prepared once: two packs on the ledger, entries and evidence of
// two registrants and of a party.
func stageOfWalks(t *testing.T) (*caseStage, map[string]ledger.RulePack) {
	c := newCase(t)
	packs := map[string]ledger.RulePack{}
	all, err := rulepacks.All()
	require.NoError(t, err)
	for _, p := range all {
		packs[p.Reference().String()] = p
	}
	for _, by := range []ledger.Actor{contracttest.Haidian, contracttest.Chaoyang, contracttest.Party} {
		if by.USCC != "" {
			c.entry(by, "parking-1")
		}
		for _, p := range all {
			for _, m := range p.Materials {
				for n := range 2 {
					c.material(by, m.Key, m.Evidence[0], fmt.Sprint(n))
				}
			}
		}
	}
	return c, packs
}

func TestRandomWalksKeepTheInvariants(t *testing.T) {
	prepared, packs := stageOfWalks(t)
	total := 0
	rapid.Check(t, func(r *rapid.T) {
		prepared.Clock.Set(contracttest.Start.AddDate(0, 0, 1))
		w := &walk{caseStage: prepared.branch(), packs: packs}
		w.submitFirst(r, contracttest.Haidian)
		r.Repeat(map[string]func(*rapid.T){
			"submit":            w.submitAny,
			"step that is open": w.takeSeveral,
			"any step":          w.takeAny,
			"object":            w.objectAny,
			"another pack":      w.switchPack,
			"":                  w.check,
		})
		total += w.accepted
	})
	t.Logf("%d steps taken", total)
	require.Greater(t, total, 500, "steps taken over all walks")
}

var walkers = append([]ledger.Actor{acceptor2, bothRoles}, contracttest.Cast...)

// try sends a request; what is refused must leave no trace, what is accepted must
// tell of itself.
func (w *walk) try(r *rapid.T, by ledger.Actor, name string, request any) memoryledger.Outcome {
	height := w.Height()
	outcome := w.Try(by, name, request)
	if outcome.Fault != nil {
		if outcome.Fault.Code == fault.Internal || outcome.Fault.Code == fault.ConcurrentChange {
			r.Fatalf("%s by %s: %v", name, by.ID, outcome.Fault)
		}
		if w.Height() != height || len(outcome.Writes) > 0 {
			r.Fatalf("%s by %s was refused and wrote", name, by.ID)
		}
		return outcome
	}
	w.accepted++
	change, err := changeOf(outcome)
	if err != nil {
		r.Fatal(err)
	}
	for i, step := range change.Steps {
		w.know(walked{change.Subjects[i], step.Subject})
		w.changed = append(w.changed, walked{change.Subjects[i], step.Subject})
	}
	return outcome
}

func (w *walk) know(record walked) {
	for _, known := range w.records {
		if known == record {
			return
		}
	}
	w.records = append(w.records, record)
}

func changeOf(o memoryledger.Outcome) (ledger.CaseChange, error) {
	var change ledger.CaseChange
	err := json.Unmarshal(o.Event.Post, &change)
	return change, err
}

func (w *walk) submitAny(r *rapid.T) {
	by := rapid.SampledFrom([]ledger.Actor{contracttest.Haidian, contracttest.Haidian, contracttest.Chaoyang, contracttest.Party, contracttest.Acceptor}).Draw(r, "by")
	of := rapid.SampledFrom([]ledger.ApplicationType{ledger.TypeFirst, ledger.TypeFirst, ledger.TypeChange, ledger.TypeCorrection, ledger.TypeCancellation, ledger.TypeRenewal}).Draw(r, "type")
	pack := w.inForce()
	request := ledger.SubmitRequest{Type: of, Reason: "理由", Materials: materialsOf(pack, of)}
	switch of {
	case ledger.TypeFirst:
		request.Kind, request.DataName, request.Industry, request.DataType, request.Summary = ledger.KindResource, "名称", "G54", "数据资源", "简介"
		request.Entries = []ledger.EntryReference{{Provider: by.USCC, Identifier: "parking-1"}}
		request.Kind = rapid.SampledFrom([]ledger.Kind{ledger.KindResource, ledger.KindResource, ledger.KindProduct}).Draw(r, "kind")
	case ledger.TypeChange, ledger.TypeCorrection:
		request.Summary = rapid.SampledFrom([]string{"", "简介", "另一简介"}).Draw(r, "summary")
	case ledger.TypeCancellation:
		request.Grounds = "lost"
	}
	if of != ledger.TypeFirst {
		request.Registration = w.anyOf(r, ledger.SubjectRegistration)
	}
	w.try(r, by, ledger.TxSubmit, request)
}

// submitFirst gets a walk going.
func (w *walk) submitFirst(r *rapid.T, by ledger.Actor) {
	w.try(r, by, ledger.TxSubmit, ledger.SubmitRequest{Type: ledger.TypeFirst, Kind: ledger.KindResource, DataName: "名称", Industry: "G54",
		DataType: "数据资源", Summary: "简介", Entries: []ledger.EntryReference{{Provider: by.USCC, Identifier: "parking-1"}},
		Materials: materialsOf(w.inForce(), ledger.TypeFirst)})
}

func (w *walk) inForce() ledger.RulePack {
	reference := contracttest.Stored[ledger.PackReference](w.Stage, ledger.RulePackInForceKey())
	return w.packs[reference.String()]
}

// materialsOf gives the first edition of what a pack demands: the same file has the
// same CID whoever has anchored it.
func materialsOf(pack ledger.RulePack, of ledger.ApplicationType) []ledger.Material {
	var list []ledger.Material
	for _, rule := range pack.Materials {
		if slices.Contains(rule.Types, of) && rule.When == "" && !rule.Optional {
			list = append(list, ledger.Material{Key: rule.Key, CID: fileCID(rule.Evidence[0], rule.Key+"0")})
		}
	}
	return list
}

func (w *walk) anyOf(r *rapid.T, subject ledger.Subject) string {
	ids := []string{}
	for _, record := range w.records {
		if record.subject == subject {
			ids = append(ids, record.id)
		}
	}
	if len(ids) == 0 {
		r.Skip("there is none")
	}
	return rapid.SampledFrom(ids).Draw(r, "record")
}

// detours lead away from registration: walks take them now and then.
var detours = map[string]bool{"withdraw": true, "lapse": true, "decline": true, "refuse_acceptance": true, "reject": true, "return_business_review": true, "notify_deficiency": true, "uphold": true}

// takeLikely takes a step that the table lists for a record's state, by somebody of
// a role that it lists.
func (w *walk) takeLikely(r *rapid.T) {
	record := w.records[len(w.records)-1-rapid.IntRange(0, min(2, len(w.records)-1)).Draw(r, "how old")]
	state, pack := w.stateOf(record)
	detour := rapid.IntRange(0, 7).Draw(r, "detour") == 0
	var rows []ledger.Transition
	for _, row := range pack.Transitions {
		if row.Subject == record.subject && row.From == state && row.Scope != procedure.ScopeEffect && (detour || !detours[row.Action]) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return
	}
	row := rapid.SampledFrom(rows).Draw(r, "row")
	able := slices.DeleteFunc(slices.Clone(walkers), func(a ledger.Actor) bool { return !slices.Contains(row.Roles, a.Role) })
	w.take(r, record, rapid.SampledFrom(able).Draw(r, "by"), row.Action)
}

// stateOf gives a record's state and the pack that it stands under.
func (w *walk) stateOf(record walked) (ledger.State, ledger.RulePack) {
	switch record.subject {
	case ledger.SubjectApplication:
		a := contracttest.Stored[ledger.Application](w.Stage, ledger.ApplicationKey(record.id))
		return a.State, w.packs[a.Pack]
	case ledger.SubjectObjection:
		o := contracttest.Stored[ledger.Objection](w.Stage, ledger.ObjectionKey(record.id))
		return o.State, w.packs[o.Pack]
	default:
		registration := contracttest.Stored[ledger.Registration](w.Stage, ledger.RegistrationKey(record.id))
		return ledger.State(registration.Status), w.packs[registration.Pack]
	}
}

// takeSeveral takes a few likely steps, with some days between them.
func (w *walk) takeSeveral(r *rapid.T) {
	for range 12 {
		w.takeLikely(r)
		w.check(r)
		w.Clock.Set(w.Clock.Now().AddDate(0, 0, rapid.SampledFrom([]int{0, 0, 1, 3, 17, 17, 900}).Draw(r, "days")))
	}
}

// takeAny tries a step that may well be refused.
func (w *walk) takeAny(r *rapid.T) {
	if len(w.records) == 0 {
		r.Skip("nothing is there")
	}
	record := rapid.SampledFrom(w.records).Draw(r, "record")
	by := rapid.SampledFrom(walkers).Draw(r, "by")
	w.take(r, record, by, rapid.SampledFrom(actionsIn(w.inForce(), record.subject)).Draw(r, "action"))
}

func (w *walk) take(r *rapid.T, record walked, by ledger.Actor, action string) {
	pack := w.inForce()
	for _, row := range pack.Transitions {
		if row.Subject != record.subject || row.Action != action || row.From == ledger.StateNone {
			continue
		}
		request := actRequest(record.id, action, complete(w.caseStage, row, by))
		for i := range request.Evidence {
			request.Evidence[i] = fileCID(pack.Materials[0].Evidence[0], pack.Materials[0].Key+"1")
		}
		if action == "notify_deficiency" {
			request.Defects[0].Material = rapid.SampledFrom([]string{"other", "risk_assessment", "summary"}).Draw(r, "material")
		}
		if action == "resubmit" {
			request.Materials = w.swapped(r, record.id)
		}
		w.try(r, by, actTransactions[record.subject], request)
		return
	}
}

// swapped gives one of an application's materials with the other of its two files.
func (w *walk) swapped(r *rapid.T, id string) []ledger.Material {
	a := contracttest.Stored[ledger.Application](w.Stage, ledger.ApplicationKey(id))
	m := rapid.SampledFrom(a.Materials).Draw(r, "material")
	for _, rule := range w.packs[a.Pack].Materials {
		for _, edition := range []string{"0", "1"} {
			if other := fileCID(rule.Evidence[0], rule.Key+edition); rule.Key == m.Key && other != m.CID {
				return []ledger.Material{{Key: m.Key, CID: other}}
			}
		}
	}
	return nil
}

func (w *walk) objectAny(r *rapid.T) {
	id := w.anyOf(r, ledger.SubjectApplication)
	by := rapid.SampledFrom([]ledger.Actor{contracttest.Party, contracttest.Chaoyang, contracttest.Haidian}).Draw(r, "by")
	request := w.objection(by, ledger.Application{ID: id})
	w.try(r, by, ledger.TxRaiseObjection, request)
}

func (w *walk) switchPack(r *rapid.T) {
	if _, put := w.Record(ledger.RulePackKey(rulepacks.ExtendedNotice, 1)); put {
		r.Skip("it is in force")
	}
	w.putInForce(rulepacks.ExtendedNotice)
}

// check holds what the newest step has changed to the invariants.
func (w *walk) check(r *rapid.T) {
	for _, record := range w.changed {
		switch record.subject {
		case ledger.SubjectApplication:
			w.checkApplication(r, record.id)
		case ledger.SubjectRegistration:
			registration := contracttest.Stored[ledger.Registration](w.Stage, ledger.RegistrationKey(record.id))
			w.replayed(r, record, registration.Pack, "", ledger.State(registration.Status))
			w.checkLive(r)
		case ledger.SubjectObjection:
			objection := contracttest.Stored[ledger.Objection](w.Stage, ledger.ObjectionKey(record.id))
			w.replayed(r, record, objection.Pack, "", objection.State)
		}
	}
	w.changed = nil
}

// checkLive looks for two live registrations of one thing.
func (w *walk) checkLive(r *rapid.T) {
	live := map[ledger.EntryReference]string{}
	for _, record := range w.records {
		if record.subject != ledger.SubjectRegistration {
			continue
		}
		registration := contracttest.Stored[ledger.Registration](w.Stage, ledger.RegistrationKey(record.id))
		if registration.Status != ledger.RegistrationActive || registration.Kind != ledger.KindResource {
			continue
		}
		for _, entry := range registration.Entries {
			entry.Version = 0
			if other, twice := live[entry]; twice {
				r.Fatalf("%s and %s are both live", other, registration.Code)
			}
			live[entry] = registration.Code
		}
	}
}

func (w *walk) checkApplication(r *rapid.T, id string) {
	a := contracttest.Stored[ledger.Application](w.Stage, ledger.ApplicationKey(id))
	history := w.replayed(r, walked{ledger.SubjectApplication, id}, a.Pack, a.Type, a.State)
	if !reflect.DeepEqual(history.Materials, a.Materials) || *history.Fields != a.Publicised || history.Objections != a.Objections || history.NoticeEnd != a.NoticeEnd {
		r.Fatalf("the history of %s gives another record", id)
	}
	for _, clock := range a.Clocks {
		if clock.Due <= clock.Start {
			r.Fatalf("the clock %s is due on %s, before its start", clock.Clock, clock.Due)
		}
	}
}

func (w *walk) replayed(r *rapid.T, record walked, pack string, of ledger.ApplicationType, state ledger.State) procedure.Replayed {
	keys := map[ledger.Subject]func(string, int) ledger.Key{ledger.SubjectApplication: ledger.ApplicationStepKey,
		ledger.SubjectObjection: ledger.ObjectionStepKey, ledger.SubjectRegistration: ledger.RegistrationStepKey}
	var steps []ledger.Step
	for seq := 1; ; seq++ {
		key := keys[record.subject](record.id, seq)
		if _, found := w.Record(key); !found {
			break
		}
		steps = append(steps, contracttest.Stored[ledger.Step](w.Stage, key))
	}
	history, err := procedure.Replay(w.packs[pack], record.subject, of, steps)
	if err != nil {
		r.Fatal(err)
	}
	if history.State != state {
		r.Fatalf("the history of %s says %s, the record %s", record.id, history.State, state)
	}
	return history
}
