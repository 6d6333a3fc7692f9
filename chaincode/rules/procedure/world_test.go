package procedure_test

import (
	"fmt"
	"slices"
	"time"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/rules/workday"
	"dengji/fixtures/calendars"
)

// The cast of the explorations, one of every role and some of other organisations.
var (
	authority = ledger.Actor{MSP: ledger.AuthorityMSP, ID: "authority", Role: ledger.RoleAuthority}
	haidian   = ledger.Actor{MSP: ledger.DistrictsMSP, ID: "haidian", Role: ledger.RoleDistrict, Division: "110108"}
	chaoyang  = ledger.Actor{MSP: ledger.DistrictsMSP, ID: "chaoyang", Role: ledger.RoleDistrict, Division: "110105"}
	acceptor  = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor", Role: ledger.RoleAcceptor}
	acceptor2 = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor2", Role: ledger.RoleAcceptor}
	reviewer  = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "reviewer", Role: ledger.RoleReviewer}
	twoHats   = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "acceptor", Role: ledger.RoleReviewer}
	issuer    = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "issuer", Role: ledger.RoleIssuer}
	inspector = ledger.Actor{MSP: ledger.SupervisorsMSP, ID: "supervisor", Role: ledger.RoleSupervisor}
	operator  = ledger.Actor{MSP: ledger.RegistrarMSP, ID: "operator", Role: ledger.RoleOperator}
	holder    = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "holder", Role: ledger.RoleRegistrant, USCC: "11110108DJ0031310Q", Division: "110108", Name: "持有部门"}
	stranger  = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "stranger", Role: ledger.RoleRegistrant, USCC: "11110105DJ0032321Q", Division: "110105", Name: "其他部门"}
	third     = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "third", Role: ledger.RoleRegistrant, USCC: "11110102DJ00373740", Division: "110102", Name: "第三部门"}
	someone   = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "someone", Role: ledger.RoleParty}

	intake = ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "intake", Role: ledger.RoleIntake}

	cast = []ledger.Actor{authority, haidian, chaoyang, acceptor, reviewer, twoHats, issuer, inspector, operator, holder, stranger, someone}
)

// begin is the first day of every exploration.
var begin = time.Date(2026, 3, 2, 9, 0, 0, 0, ledger.Shanghai)

// world is a whole registry without a ledger: the records of some cases about one
// thing, and the day. It is a value: a step makes a new one.
type world struct {
	pack          ledger.RulePack
	now           time.Time
	serial        int
	applications  []ledger.Application
	objections    []ledger.Objection
	registrations []ledger.Registration
	records       []ledger.SupervisionRecord
	claims        []ledger.Claim
	renewals      map[string]string // registration -> application
	disqualified  bool
	steps         map[string][]ledger.Step
	slots         map[string]bool
}

func newWorld(pack ledger.RulePack) world {
	return world{pack: pack, now: begin, renewals: map[string]string{}, steps: map[string][]ledger.Step{}, slots: map[string]bool{}}
}

// copied gives a world whose lists and maps can be written without the other
// seeing it. Records are replaced whole, never written into.
func (w world) copied() world {
	c := w
	c.applications, c.objections = slices.Clone(w.applications), slices.Clone(w.objections)
	c.registrations, c.records, c.claims = slices.Clone(w.registrations), slices.Clone(w.records), slices.Clone(w.claims)
	c.renewals, c.steps, c.slots = map[string]string{}, map[string][]ledger.Step{}, map[string]bool{}
	for k, v := range w.renewals {
		c.renewals[k] = v
	}
	for k, v := range w.steps {
		c.steps[k] = slices.Clip(v)
	}
	for k, v := range w.slots {
		c.slots[k] = v
	}
	return c
}

var knownCalendars = func() workday.Calendars {
	all, err := calendars.All()
	if err != nil {
		panic(err)
	}
	return workday.NewCalendars(all...)
}()

func (w world) today() string { return ledger.Day(w.now) }

func (w world) setting(actor ledger.Actor) procedure.Setting {
	return procedure.Setting{Pack: w.pack, Calendars: knownCalendars, Actor: actor, Now: w.now, TxID: fmt.Sprintf("tx-%d", w.serial),
		Network:      ledger.Network{Name: "平台", Division: "110000", Registrar: "登记机构", RegistrarID: "12110000DJ0034343Y"},
		Disqualified: w.disqualified}
}

// evidence is anchored for whoever asks: whose it is is the contracts' business.
var evidence = func() map[string]ledger.Evidence {
	all := map[string]ledger.Evidence{}
	for _, kind := range ledger.EvidenceKinds {
		for n := range 2 {
			id := fmt.Sprintf("%s-%d", kind, n)
			all[id] = ledger.Evidence{CID: id, Kind: kind, SM3: canonical.DigestOf([]byte(id))}
		}
	}
	return all
}()

var entry = ledger.CatalogEntry{Provider: holder.USCC, Content: ledger.EntryContent{Identifier: "e1"}, Version: 1, Status: ledger.EntryActive}

// materials gives what the pack demands of a type, each backed by evidence number n.
func materials(pack ledger.RulePack, of ledger.ApplicationType, n int) []ledger.Material {
	var list []ledger.Material
	for _, rule := range pack.Materials {
		if slices.Contains(rule.Types, of) && rule.When == "" && !rule.Optional && slices.Contains(rule.Kinds, ledger.KindResource) {
			list = append(list, ledger.Material{Key: rule.Key, CID: fmt.Sprintf("%s-%d", rule.Evidence[0], n)})
		}
	}
	return list
}

func submission(pack ledger.RulePack, of ledger.ApplicationType, registration string) ledger.SubmitRequest {
	request := ledger.SubmitRequest{Type: of, Materials: materials(pack, of, 0), Registration: registration}
	switch of {
	case ledger.TypeFirst:
		request.Kind, request.Entries = ledger.KindResource, []ledger.EntryReference{{Provider: holder.USCC, Identifier: "e1"}}
		request.DataName, request.Industry, request.DataType, request.Summary = "名称", "G54", "数据资源", "简介"
	case ledger.TypeChange:
		request.Reason, request.Summary = "变化", "新的简介"
	case ledger.TypeCorrection:
		request.Reason, request.Industry = "有误", "G55"
	case ledger.TypeCancellation:
		request.Reason, request.Grounds = "灭失", "lost"
	}
	return request
}

// submit tries a submission; a refused one gives the world back as it was.
func (w world) submit(actor ledger.Actor, request ledger.SubmitRequest) (world, procedure.Change, error) {
	var registration *ledger.Registration
	for i := range w.registrations {
		if w.registrations[i].Code == request.Registration {
			registration = &w.registrations[i]
		}
	}
	made, err := procedure.NewApplication(w.setting(actor), request, registration, mandateOf(request.Mandate))
	if err != nil {
		return w, procedure.Change{}, err
	}
	return w.decide(actor, ledger.SubjectApplication, procedure.Case{Application: &made, Registration: registration}, ledger.ActRequest{Action: procedure.ActionSubmit})
}

func (w world) raise(actor ledger.Actor, a ledger.Application) (world, procedure.Change, error) {
	guest := ""
	if actor.Role == ledger.RoleIntake {
		guest = canonical.DigestOf([]byte("c"))
	}
	made, err := procedure.NewObjection(w.setting(actor), ledger.RaiseObjectionRequest{Application: a.ID, Guest: guest,
		IdentityDigest: canonical.DigestOf([]byte("a")), StatementDigest: canonical.DigestOf([]byte("b")), Evidence: []string{"other-0"}}, a)
	if err != nil {
		return w, procedure.Change{}, err
	}
	c := procedure.Case{Application: &a, Objection: &made}
	return w.decide(actor, ledger.SubjectObjection, c, ledger.ActRequest{Action: procedure.ActionRaise, Evidence: []string{"other-0"}})
}

func (w world) open(actor ledger.Actor, concern, ground string) (world, procedure.Change, error) {
	made, err := procedure.NewRecord(w.setting(actor), ledger.OpenRecordRequest{Concern: concern, Ground: ground}, nil)
	if err != nil {
		return w, procedure.Change{}, err
	}
	return w.decide(actor, ledger.SubjectSupervision, procedure.Case{Supervision: &made},
		ledger.ActRequest{Action: procedure.ActionOpenRecord, ReasonCode: ground, Reason: "线索"})
}

// place names a record of the world.
type place struct {
	subject ledger.Subject
	index   int
}

func (w world) places() []place {
	var all []place
	for _, list := range []struct {
		subject ledger.Subject
		length  int
	}{{ledger.SubjectApplication, len(w.applications)}, {ledger.SubjectObjection, len(w.objections)},
		{ledger.SubjectRegistration, len(w.registrations)}, {ledger.SubjectSupervision, len(w.records)}} {
		for i := range list.length {
			all = append(all, place{list.subject, i})
		}
	}
	return all
}

// caseAt gathers a record with everything around it, as the contracts do.
func (w world) caseAt(p place) procedure.Case {
	var c procedure.Case
	switch p.subject {
	case ledger.SubjectApplication:
		c.Application = &w.applications[p.index]
	case ledger.SubjectObjection:
		c.Objection = &w.objections[p.index]
		for i := range w.applications {
			if w.applications[i].ID == c.Objection.Application {
				c.Application = &w.applications[i]
			}
		}
	case ledger.SubjectRegistration:
		c.Registration = &w.registrations[p.index]
	case ledger.SubjectSupervision:
		c.Supervision = &w.records[p.index]
	}
	if c.Application != nil {
		for i := range w.registrations {
			if w.registrations[i].Code == c.Application.Registration {
				c.Registration = &w.registrations[i]
			}
		}
	}
	return c
}

// act tries an action with everything that it takes.
func (w world) act(actor ledger.Actor, p place, action string) (world, procedure.Change, error) {
	return w.decide(actor, p.subject, w.caseAt(p), w.request(p, action))
}

// request gives an action every input that any of its rows takes.
func (w world) request(p place, action string) ledger.ActRequest {
	c := w.caseAt(p)
	request := ledger.ActRequest{Action: action}
	for _, row := range w.pack.Transitions {
		if row.Subject != p.subject || row.Action != action {
			continue
		}
		for _, input := range append(slices.Clone(row.Inputs), row.Optional...) {
			switch input {
			case procedure.InputReason:
				request.Reason = "理由"
			case procedure.InputReasonCode:
				request.ReasonCode = w.pack.Grounds[row.Ground][0].Code
			case procedure.InputEvidence:
				request.Evidence = []string{"other-1"}
			case procedure.InputDefects:
				request.Defects = []ledger.Defect{{Material: c.Application.Materials[0].Key, Reason: "缺页"}}
			case procedure.InputMaterials:
				request.Materials = w.otherMaterial(c.Application)
			case procedure.InputIssue:
				request.Issue = &ledger.IssueRequest{QueryCodeDigest: canonical.DigestOf([]byte("q")), QueryCodeSalt: "00112233445566778899aabbccddeeff"}
			case procedure.InputFinding:
				request.Finding = "any"
			}
		}
	}
	return request
}

// otherMaterial swaps the evidence of the first material.
func (w world) otherMaterial(a *ledger.Application) []ledger.Material {
	for n := range 2 {
		swapped := materials(w.pack, a.Type, n)[0]
		if swapped.CID != a.Materials[0].CID {
			return []ledger.Material{swapped}
		}
	}
	return nil
}

// decide asks the rules and takes the change over.
func (w world) decide(actor ledger.Actor, subject ledger.Subject, c procedure.Case, request ledger.ActRequest) (world, procedure.Change, error) {
	c.Evidence, c.Claims = evidence, w.claims
	if c.Application != nil {
		c.Mandate = mandateOf(c.Application.Mandate)
		c.Entries = make([]*ledger.CatalogEntry, len(c.Application.Entries))
		for i := range c.Entries {
			c.Entries[i] = &entry
		}
	}
	if c.Registration != nil {
		if renewal, pending := w.renewals[c.Registration.Code]; pending {
			c.Renewal = &ledger.Renewal{Application: renewal}
		}
	}
	if request.Finding != "" && len(w.records) > 0 {
		c.Finding = &w.records[0]
	}
	change, err := procedure.Act(w.setting(actor), subject, c, request)
	if err != nil {
		return w, change, err
	}
	return w.after(change), change, nil
}

// after is what the contracts write.
func (w world) after(change procedure.Change) world {
	next := w.copied()
	next.serial++
	if change.Touched(ledger.SubjectApplication) {
		next.applications = put(next.applications, *change.Application, func(a ledger.Application) string { return a.ID })
		if change.OpenSlot {
			next.slots[change.Application.ID] = true
		}
		if change.ConsumeSlot {
			delete(next.slots, change.Application.ID)
		}
	}
	if change.Touched(ledger.SubjectObjection) {
		next.objections = put(next.objections, *change.Objection, func(o ledger.Objection) string { return o.ID })
	}
	if change.Touched(ledger.SubjectRegistration) {
		next.registrations = put(next.registrations, *change.Registration, func(r ledger.Registration) string { return r.Code })
	}
	if change.Touched(ledger.SubjectSupervision) {
		next.records = put(next.records, *change.Supervision, func(s ledger.SupervisionRecord) string { return s.ID })
	}
	if change.Standing != nil {
		next.disqualified = change.Standing.Disqualified
	}
	for _, claim := range change.Claimed {
		next.claims = put(next.claims, claim, func(c ledger.Claim) string { return c.Holder + "/" + c.Thing + "/" + string(c.Kind) })
	}
	if change.Registration != nil {
		delete(next.renewals, change.Registration.Code)
		if change.Renewal != nil {
			next.renewals[change.Registration.Code] = change.Renewal.Application
		}
	}
	for _, step := range change.Steps {
		next.steps[step.Subject] = append(next.steps[step.Subject], step)
	}
	return next
}

func put[T any](list []T, record T, key func(T) string) []T {
	for i := range list {
		if key(list[i]) == key(record) {
			list[i] = record
			return list
		}
	}
	return append(list, record)
}
