package blocktest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
)

// History invents the life of a registry: records of every kind, in the form in
// which they stand on the ledger, changed again and again. The same seed gives the
// same history. It does not follow a rule pack: what it writes is for readers.
type History struct {
	random        *rand.Rand
	transactions  int
	moment        time.Time
	entries       []ledger.CatalogEntry
	applications  []ledger.Application
	registrations []ledger.Registration
	issued        int // applications that have a code: the first ones
	objections    []ledger.Objection
	supervisions  []ledger.SupervisionRecord
}

// NewHistory begins a history.
func NewHistory(seed uint64) *History {
	return &History{random: rand.New(rand.NewPCG(seed, 7)), moment: time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)}
}

// Chain gives a chain of so many blocks, of none to five transactions each.
func (h *History) Chain(length int) *Chain {
	chain := &Chain{}
	for range length {
		transactions := make([]Transaction, h.random.IntN(6))
		for i := range transactions {
			transactions[i] = h.Next()
		}
		chain.Append(transactions...)
	}
	return chain
}

// Next gives any transaction.
func (h *History) Next() Transaction {
	kinds := []func() Transaction{h.PutEntries, h.PutEntries, h.Anchor, h.Submit, h.Submit, h.Act, h.Act, h.Act, h.Issue,
		h.ChangeRegistration, h.Object, h.Supervise, h.Mandate, h.Govern, h.Refused, h.Foreign}
	return kinds[h.random.IntN(len(kinds))]()
}

// draft collects a transaction's writes.
type draft struct {
	transaction Transaction
	actor       ledger.Actor
}

func (h *History) begin(actor ledger.Actor) *draft {
	h.transactions++
	h.moment = h.moment.Add(time.Duration(h.random.IntN(3600)) * time.Second)
	return &draft{actor: actor, transaction: Transaction{TxID: fmt.Sprintf("%064x", h.transactions), Time: h.moment}}
}

func (d *draft) put(key ledger.Key, record any) {
	d.transaction.Writes = append(d.transaction.Writes, memoryledger.Write{Key: key.String(), Value: must(json.Marshal(record))})
}

func (d *draft) remove(key ledger.Key) {
	d.transaction.Writes = append(d.transaction.Writes, memoryledger.Write{Key: key.String(), Deleted: true})
}

func (d *draft) emit(eventType, subject string) Transaction {
	d.transaction.Event = &ledger.Event{Schema: ledger.EventSchema, Type: eventType, Subject: subject,
		At: ledger.Stamp(d.transaction.Time), Actor: d.actor, TxID: d.transaction.TxID, Post: json.RawMessage(`{}`)}
	return d.transaction
}

var divisions = []string{"110000", "110101", "110105", "110108", "110112", "110302"}
var industries = []string{"I65", "S92", "G54", "Q84", "P83", "J66", "D44", "C39"}
var states = []ledger.State{ledger.StateBusinessReview, ledger.StateReady, ledger.StateFiled, ledger.StateAccepted, ledger.StatePublicNotice}
var words = []string{"交通", "道路", "医疗", "教育", "公交客流", "空气质量", "企业信用", "不动产", "养老", "停车"}

func pick[T any](h *History, from []T) T { return from[h.random.IntN(len(from))] }

// Registrant gives the USCC of the n-th of the invented registrants. It is no
// valid code: no reader of the ledger checks it again.
func Registrant(n int) string { return fmt.Sprintf("12110000%09dX", n) }

func (h *History) registrant() ledger.Actor {
	return Department(h.random.IntN(100))
}

func worker(role ledger.Role) ledger.Actor {
	return ledger.Actor{MSP: ledger.RoleOrganisation[role][0], ID: string(role) + "-1", Role: role}
}

func (h *History) stamp() string        { return ledger.Stamp(h.moment) }
func (h *History) day(ahead int) string { return ledger.Day(h.moment.AddDate(0, 0, ahead)) }
func (h *History) deadlines() []ledger.Deadline {
	running := make([]ledger.Deadline, h.random.IntN(3))
	for i := range running {
		running[i] = ledger.Deadline{Clock: pick(h, []string{"acceptance", "review", "notice"}), Article: "18", Start: h.day(0),
			WorkingDays: 3, Due: h.day(1 + h.random.IntN(30)), Provisional: h.random.IntN(5) == 0}
	}
	return running
}

// PutEntries puts new catalogue entries on the chain and new versions of old ones.
func (h *History) PutEntries() Transaction {
	actor := h.registrant()
	d := h.begin(actor)
	for range 1 + h.random.IntN(4) {
		d.put(h.entry(actor))
	}
	if len(h.entries) > 4 {
		old := &h.entries[h.random.IntN(len(h.entries)-4)]
		d.put(ledger.CatalogVersionKey(old.Provider, old.Content.Identifier, old.Version), *old)
		old.Version++
		old.At, old.TxID = h.stamp(), d.transaction.TxID
		old.Status = pick(h, []ledger.EntryStatus{ledger.EntryActive, ledger.EntryActive, ledger.EntryWithdrawn})
		d.put(ledger.CatalogKey(old.Provider, old.Content.Identifier), *old)
	}
	return d.emit("catalog.put", actor.USCC)
}

// PutContents puts entries of a department on the chain, as a batch does. PutEntries
// does not change them.
func (h *History) PutContents(actor ledger.Actor, contents []ledger.EntryContent) Transaction {
	d := h.begin(actor)
	for _, content := range contents {
		d.put(ledger.CatalogKey(actor.USCC, content.Identifier), ledger.CatalogEntry{Schema: 1, Provider: actor.USCC, Content: content,
			Version: 1, Status: ledger.EntryActive, At: h.stamp(), By: actor, TxID: d.transaction.TxID})
	}
	return d.emit("catalog.put", actor.USCC)
}

// Department gives the n-th of the invented registrants.
func Department(n int) ledger.Actor {
	return ledger.Actor{MSP: ledger.RegistrantsMSP, ID: fmt.Sprintf("registrant-%d", n), Role: ledger.RoleRegistrant,
		USCC: Registrant(n), Division: divisions[n%len(divisions)], Name: fmt.Sprintf("第%d单位", n)}
}

func (h *History) entry(actor ledger.Actor) (ledger.Key, ledger.CatalogEntry) {
	made := ledger.CatalogEntry{Schema: 1, Provider: actor.USCC, Version: 1, Status: ledger.EntryActive, At: h.stamp(), By: actor,
		TxID: fmt.Sprintf("%064x", h.transactions), Content: ledger.EntryContent{Identifier: fmt.Sprintf("ZY%06d", len(h.entries)),
			Name: pick(h, words) + pick(h, words) + "数据", ProviderName: actor.Name, Summary: "摘要", Format: pick(h, ledger.Formats),
			Items:       []ledger.InformationItem{{Name: "名称", Type: "C", Length: 100}},
			SharingType: pick(h, ledger.SharingTypes), OpenType: pick(h, ledger.OpenTypes), UpdateCycle: pick(h, ledger.UpdateCycles),
			PublishDate: h.day(0), Industry: pick(h, industries), Division: actor.Division}}
	h.entries = append(h.entries, made)
	return ledger.CatalogKey(made.Provider, made.Content.Identifier), made
}

// Anchor anchors a piece of evidence.
func (h *History) Anchor() Transaction {
	actor := h.registrant()
	d := h.begin(actor)
	anchored := ledger.Evidence{Schema: 1, Owner: actor.USCC, CID: fmt.Sprintf("bafk%d", h.transactions), Kind: pick(h, ledger.EvidenceKinds),
		Sealed: h.random.IntN(2) == 0, Size: 7, MediaType: "text/plain", At: h.stamp(), By: actor, TxID: d.transaction.TxID}
	d.put(ledger.EvidenceKey(anchored.Owner, anchored.CID), anchored)
	return d.emit("evidence.anchor", anchored.Owner+"/"+anchored.CID)
}

// Submit hands an application in.
func (h *History) Submit() Transaction {
	actor := h.registrant()
	d := h.begin(actor)
	made := ledger.Application{Schema: 1, ID: fmt.Sprintf("A%07d", len(h.applications)), Type: ledger.TypeFirst, Kind: ledger.KindResource,
		Filing: ledger.FilingOwn, State: ledger.StateBusinessReview, Registrant: actor.USCC, Division: actor.Division, Applicant: actor,
		Publicised: ledger.Publicised{DataName: pick(h, words) + "资源", RegistrantName: actor.Name, Industry: pick(h, industries),
			DataType: "数据资源", Summary: "简介"}, SubmittedAt: h.stamp()}
	if h.random.IntN(4) == 0 {
		made.Filing = ledger.FilingJoint
		made.Joint = []ledger.JointParty{{USCC: actor.USCC}, {USCC: h.registrant().USCC, Name: "共同方"}}
	}
	if len(h.entries) > 0 {
		entry := pick(h, h.entries)
		made.Entries = []ledger.EntryReference{{Provider: entry.Provider, Identifier: entry.Content.Identifier, Version: entry.Version}}
	}
	h.applications = append(h.applications, made)
	d.put(ledger.ApplicationByRegistrantKey(actor.USCC, made.ID), made.ID)
	h.step(d, &h.applications[len(h.applications)-1], "submit", made.State)
	return d.emit("application.submit", made.ID)
}

func (h *History) step(d *draft, a *ledger.Application, action string, to ledger.State) {
	a.Steps++
	from := a.State
	a.State, a.Clocks, a.UpdatedAt, a.TxID = to, h.deadlines(), h.stamp(), d.transaction.TxID
	if to == ledger.StatePublicNotice {
		a.NoticeStart, a.NoticeEnd = h.day(0), h.day(14)
	}
	ended := []ledger.Deadline{{Clock: "acceptance", Due: h.day(0), UsedDays: h.random.IntN(6), OverdueDays: h.random.IntN(2)}}
	d.put(ledger.ApplicationStepKey(a.ID, a.Steps), ledger.Step{Schema: 1, Subject: a.ID, Seq: a.Steps, Action: action, From: from, To: to,
		Article: "18", Actor: d.actor, At: a.UpdatedAt, Ended: ended, TxID: a.TxID})
	d.put(ledger.MeasurementKey(h.day(0), a.TxID, 1), ledger.Measurement{Schema: 1, Day: h.day(0), Subject: ledger.SubjectApplication,
		ID: a.ID, Action: action, Counts: action, Clocks: ended, TxID: a.TxID})
	d.put(ledger.ApplicationKey(a.ID), *a)
}

// Act moves an application to any state.
func (h *History) Act() Transaction {
	if len(h.applications) == 0 {
		return h.Submit()
	}
	d := h.begin(worker(pick(h, []ledger.Role{ledger.RoleDistrict, ledger.RoleAcceptor, ledger.RoleReviewer})))
	a := &h.applications[h.random.IntN(len(h.applications))]
	h.step(d, a, pick(h, []string{"accept", "notify_deficiency", "pass_review"}), pick(h, states))
	return d.emit("application.act", a.ID)
}

// Issue issues the code of an application that has none.
func (h *History) Issue() Transaction {
	if h.issued == len(h.applications) {
		return h.Submit()
	}
	d := h.begin(worker(ledger.RoleIssuer))
	a := &h.applications[h.issued]
	h.issued++
	made := ledger.Registration{Schema: 1, Code: fmt.Sprintf("%sR2026%08d", a.Division, len(h.registrations)), Version: 1,
		Status: ledger.RegistrationActive, Kind: a.Kind, Registrant: a.Registrant, Joint: a.Joint, Division: a.Division, Entries: a.Entries,
		Publicised: a.Publicised, Application: a.ID, IssuedAt: h.stamp(), ValidFrom: h.day(0), ValidUntil: h.day(3 * 365),
		UpdatedAt: h.stamp(), TxID: d.transaction.TxID}
	h.registrations = append(h.registrations, made)
	d.remove(ledger.IssuanceKey(a.ID))
	d.put(ledger.RegistrationKey(made.Code), made)
	d.put(ledger.RegistrationByExpiryKey(made.ValidUntil, made.Code), made.Code)
	a.Registration = made.Code
	h.step(d, a, "issue", ledger.StateRegistered)
	return d.emit("application.issue", a.ID)
}

// ChangeRegistration makes a new version of a registration, or ends it.
func (h *History) ChangeRegistration() Transaction {
	if len(h.registrations) == 0 {
		return h.Issue()
	}
	d := h.begin(worker(ledger.RoleIssuer))
	r := &h.registrations[h.random.IntN(len(h.registrations))]
	d.put(ledger.RegistrationVersionKey(r.Code, r.Version), *r)
	r.Version++
	r.Steps++
	r.Status = pick(h, []ledger.RegistrationStatus{ledger.RegistrationActive, ledger.RegistrationActive, ledger.RegistrationRevoked})
	r.Entries, r.UpdatedAt, r.TxID = r.Entries[:h.random.IntN(len(r.Entries)+1)], h.stamp(), d.transaction.TxID
	d.put(ledger.RegistrationStepKey(r.Code, r.Steps), ledger.Step{Schema: 1, Subject: r.Code, Seq: r.Steps, Action: "change",
		Actor: d.actor, At: r.UpdatedAt, TxID: r.TxID})
	d.put(ledger.RegistrationKey(r.Code), *r)
	return d.emit("registration.act", r.Code)
}

// Object raises an objection, or moves one on.
func (h *History) Object() Transaction {
	if len(h.applications) == 0 {
		return h.Submit()
	}
	d := h.begin(ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "party-7", Role: ledger.RoleParty})
	if len(h.objections) == 0 || h.random.IntN(2) == 0 {
		h.objections = append(h.objections, ledger.Objection{Schema: 1, ID: fmt.Sprintf("O%06d", len(h.objections)),
			Application: pick(h, h.applications).ID, State: "raised", Objector: d.actor, RaisedAt: h.stamp()})
	}
	o := &h.objections[h.random.IntN(len(h.objections))]
	o.Steps++
	o.State = pick(h, []ledger.State{"raised", "re_examination", "escalated", "dismissed"})
	o.Clocks, o.UpdatedAt, o.TxID = h.deadlines(), h.stamp(), d.transaction.TxID
	d.put(ledger.ObjectionStepKey(o.ID, o.Steps), ledger.Step{Schema: 1, Subject: o.ID, Seq: o.Steps, Action: "act", Actor: d.actor, At: o.UpdatedAt, TxID: o.TxID})
	d.put(ledger.ObjectionKey(o.ID), *o)
	return d.emit("objection.act", o.ID)
}

// Supervise opens a supervision record, or moves one on.
func (h *History) Supervise() Transaction {
	d := h.begin(worker(ledger.RoleSupervisor))
	if len(h.supervisions) == 0 || h.random.IntN(2) == 0 {
		h.supervisions = append(h.supervisions, ledger.SupervisionRecord{Schema: 1, ID: fmt.Sprintf("S%06d", len(h.supervisions)),
			Concern: pick(h, []string{ledger.ConcernRegistrar, Registrant(1)}), State: "open", OpenedBy: d.actor, OpenedAt: h.stamp()})
	}
	s := &h.supervisions[h.random.IntN(len(h.supervisions))]
	s.Steps++
	s.Clocks, s.UpdatedAt, s.TxID = h.deadlines(), h.stamp(), d.transaction.TxID
	d.put(ledger.SupervisionStepKey(s.ID, s.Steps), ledger.Step{Schema: 1, Subject: s.ID, Seq: s.Steps, Action: "interview", Actor: d.actor, At: s.UpdatedAt, TxID: s.TxID})
	d.put(ledger.SupervisionKey(s.ID), *s)
	return d.emit("supervision.act", s.ID)
}

// Mandate grants or withdraws a mandate.
func (h *History) Mandate() Transaction {
	actor := h.registrant()
	d := h.begin(actor)
	granted := ledger.Mandate{Schema: 1, ID: fmt.Sprintf("M%d", h.random.IntN(5)), Holder: actor.USCC, Division: actor.Division,
		ValidUntil: h.day(300), Withdrawn: h.random.IntN(2) == 0, By: actor, At: h.stamp(), UpdatedAt: h.stamp(), TxID: d.transaction.TxID}
	d.put(ledger.MandateKey(granted.Holder, granted.ID), granted)
	return d.emit("mandate.grant", granted.ID)
}

// Govern writes one of the records that rule the registry.
func (h *History) Govern() Transaction {
	d := h.begin(worker(ledger.RoleOperator))
	switch h.random.IntN(4) {
	case 0:
		d.put(ledger.NetworkKey(), ledger.Network{Schema: 1, Mode: ledger.ModeSandbox, Name: "公共数据资源登记平台", TxID: d.transaction.TxID})
	case 1:
		d.put(ledger.SandboxClockKey(), ledger.SandboxClock{OffsetSeconds: int64(h.transactions), TxID: d.transaction.TxID})
	case 2:
		d.put(ledger.CalendarKey(2026), ledger.Calendar{Schema: 1, Year: 2026, Source: fmt.Sprint(h.transactions)})
	default:
		d.put(ledger.RulePackKey("beijing", 1), ledger.RulePackRecord{Status: "in-force", TxID: d.transaction.TxID})
		d.put(ledger.RulePackInForceKey(), ledger.PackReference{ID: "beijing", Version: 1})
	}
	return d.emit("network.governed", "network")
}

// Refused is a transaction that the peers have marked invalid.
func (h *History) Refused() Transaction {
	d := h.begin(h.registrant())
	d.put(ledger.ApplicationKey("A0000000"), ledger.Application{ID: "never"})
	refused := d.emit("application.submit", "never")
	refused.Code = peer.TxValidationCode_MVCC_READ_CONFLICT
	return refused
}

// Foreign is another chaincode's transaction.
func (h *History) Foreign() Transaction {
	d := h.begin(h.registrant())
	d.put(ledger.ApplicationKey("A0000000"), "not the registry's")
	d.transaction.Chaincode = "noop"
	return d.transaction
}
