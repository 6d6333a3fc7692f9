package procedure_test

import (
	"fmt"
	"reflect"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// broken says which of the invariants a step from one world to the next breaks, or
// "". It knows the regulation, not the engine.
func broken(before, after world, actor ledger.Actor, change procedure.Change) string {
	for _, invariant := range []func(before, after world, actor ledger.Actor, change procedure.Change) string{
		codesOnlyAfterAFullNotice, noWayBackToActive, oneLiveRegistration, deadlinesAfterTheirStart,
		onlyWhoMay, explainedByHistory, noLateObjection, slotsFollowFilings, filedByAllOfThem, underAMandate,
	} {
		if what := invariant(before, after, actor, change); what != "" {
			return what
		}
	}
	return ""
}

func codesOnlyAfterAFullNotice(before, after world, _ ledger.Actor, change procedure.Change) string {
	if len(after.registrations) == len(before.registrations) {
		return ""
	}
	a := change.Application
	var start string
	for _, step := range after.steps[a.ID] {
		for _, clock := range step.Started {
			if clock.Clock == procedure.ClockPublicNotice {
				start = clock.Start
			}
		}
	}
	counted, err := knownCalendars.Between(start, after.today())
	if err != nil || counted <= before.pack.Clocks[procedure.ClockPublicNotice].WorkingDays && !dayIsOver(start, after, before.pack) {
		return fmt.Sprintf("code issued on %s, the notice began on %q", after.today(), start)
	}
	for _, o := range before.objections {
		if o.Application == a.ID && o.State != "dismissed" {
			return fmt.Sprintf("code issued while an objection is %s", o.State)
		}
	}
	return ""
}

// dayIsOver reports that all working days of the notice lie before today.
func dayIsOver(start string, w world, pack ledger.RulePack) bool {
	yesterday := ledger.Day(w.now.AddDate(0, 0, -1))
	counted, err := knownCalendars.Between(start, yesterday)
	return err == nil && counted >= pack.Clocks[procedure.ClockPublicNotice].WorkingDays
}

func noWayBackToActive(before, after world, _ ledger.Actor, _ procedure.Change) string {
	for i, r := range before.registrations {
		if r.Status != ledger.RegistrationActive && after.registrations[i].Status != r.Status {
			return fmt.Sprintf("a registration that is %s became %s", r.Status, after.registrations[i].Status)
		}
	}
	ended := []ledger.State{"registered", "cancelled", "not_accepted", "not_registered", "terminated", "withdrawn"}
	for i, a := range before.applications {
		if slices.Contains(ended, a.State) && !reflect.DeepEqual(a, after.applications[i]) {
			return fmt.Sprintf("an application that is %s changed", a.State)
		}
	}
	return ""
}

func oneLiveRegistration(_, after world, _ ledger.Actor, _ procedure.Change) string {
	live := map[ledger.EntryReference]string{}
	for _, r := range after.registrations {
		if r.Status != ledger.RegistrationActive {
			continue
		}
		for _, entry := range r.Entries {
			entry.Version = 0
			if other, twice := live[entry]; twice {
				return fmt.Sprintf("%s and %s are both live for %s", other, r.Code, entry.Identifier)
			}
			live[entry] = r.Code
		}
	}
	return ""
}

func deadlinesAfterTheirStart(_, _ world, _ ledger.Actor, change procedure.Change) string {
	for _, step := range change.Steps {
		for _, clock := range append(slices.Clone(step.Started), step.Ended...) {
			if clock.Due <= clock.Start || (clock.EndedOn != "" && clock.EndedOn < clock.Start) {
				return fmt.Sprintf("the clock %s starts on %s, is due on %s, ended on %s", clock.Clock, clock.Start, clock.Due, clock.EndedOn)
			}
		}
	}
	return ""
}

// onlyWhoMay is the access rule in plain words, independent of scopes and rows.
func onlyWhoMay(_, _ world, actor ledger.Actor, change procedure.Change) string {
	action := change.Steps[len(change.Steps)-1].Action
	refuse := fmt.Sprintf("%s/%s took %s", actor.Role, actor.ID, action)
	switch actor.ID {
	case "operator":
		return refuse
	case "chaoyang":
		if action != "open_record" {
			return refuse
		}
	case "haidian":
		if !slices.Contains([]string{"endorse_business_review", "return_business_review", "open_record"}, action) {
			return refuse
		}
	case "supervisor":
		if action != "open_record" {
			return refuse
		}
	case "stranger", "third":
		joint := len(change.Application.Joint) > 0 && slices.Contains([]string{"confirm", "decline", "answer"}, action)
		if !joint && !supplements(actor, change) && !slices.Contains([]string{"raise", "submit"}, action) && change.Application.Applicant.ID != actor.ID {
			return refuse
		}
	case "someone":
		if action != "raise" && !supplements(actor, change) && change.Application.Applicant.ID != "someone" {
			return refuse
		}
	case "intake":
		if action != "raise" && !supplements(actor, change) {
			return refuse
		}
	case "issuer":
		if !slices.Contains([]string{"issue", "register", "cancel", "expire", "revoke", "lapse"}, action) {
			return refuse
		}
	}
	return ""
}

// supplements reports an objector's own further evidence.
func supplements(actor ledger.Actor, change procedure.Change) bool {
	o := change.Objection
	return o != nil && change.Steps[len(change.Steps)-1].Action == "supplement" && o.Objector.ID == actor.ID && (o.Guest != "") == (actor.ID == "intake")
}

func explainedByHistory(_, after world, _ ledger.Actor, change procedure.Change) string {
	for i, subject := range change.Subjects {
		steps := after.steps[change.Steps[i].Subject]
		var of ledger.ApplicationType
		if subject == ledger.SubjectApplication {
			of = change.Application.Type
		}
		replayed, err := procedure.Replay(after.pack, subject, of, steps)
		if err != nil {
			return err.Error()
		}
		if what := differsFromHead(replayed, subject, change.Case); what != "" {
			return fmt.Sprintf("replaying the history of %s gives another %s", subject, what)
		}
	}
	return ""
}

func differsFromHead(r procedure.Replayed, subject ledger.Subject, c procedure.Case) string {
	switch subject {
	case ledger.SubjectApplication:
		a := c.Application
		same := map[string]bool{"state": r.State == a.State, "clocks": reflect.DeepEqual(r.Clocks, a.Clocks),
			"materials": reflect.DeepEqual(r.Materials, a.Materials), "fields": r.Fields != nil && *r.Fields == a.Publicised,
			"notice": r.NoticeStart == a.NoticeStart && r.NoticeEnd == a.NoticeEnd, "objections": r.Objections == a.Objections,
			"handlers": reflect.DeepEqual(r.Handlers, a.Handlers)}
		for _, part := range []string{"state", "clocks", "materials", "fields", "notice", "objections", "handlers"} {
			if !same[part] {
				return part
			}
		}
	case ledger.SubjectObjection:
		if r.State != c.Objection.State || !reflect.DeepEqual(r.Clocks, c.Objection.Clocks) {
			return "state or clocks"
		}
	case ledger.SubjectRegistration:
		if r.State != ledger.State(c.Registration.Status) {
			return "status"
		}
	case ledger.SubjectSupervision:
		if r.State != c.Supervision.State {
			return "state"
		}
	}
	return ""
}

func noLateObjection(before, after world, _ ledger.Actor, change procedure.Change) string {
	if len(after.objections) > len(before.objections) && after.today() > change.Application.NoticeEnd {
		return "an objection was raised after the notice"
	}
	return ""
}

func slotsFollowFilings(_, after world, _ ledger.Actor, change procedure.Change) string {
	a := change.Application
	if a == nil || a.Type != ledger.TypeFirst || !change.Touched(ledger.SubjectApplication) {
		return ""
	}
	if gone := a.State == "registered" || a.State == "terminated"; gone && after.slots[a.ID] {
		return "the issuance slot outlives the " + string(a.State)
	}
	if a.State == "public_notice" && !after.slots[a.ID] {
		return "an application in notice has no issuance slot"
	}
	return ""
}

// filedByAllOfThem is Art. 9: a joint application counts as filed once every
// registrant has confirmed it.
func filedByAllOfThem(_, _ world, _ ledger.Actor, change procedure.Change) string {
	a := change.Application
	if a == nil || (a.Type != ledger.TypeFirst && a.Type != ledger.TypeChange) || a.FiledAt == "" {
		return ""
	}
	for _, party := range a.Joint {
		if !party.Confirmed {
			return fmt.Sprintf("a joint application is %s without the word of %s", a.State, party.Name)
		}
	}
	return ""
}

// underAMandate is Art. 9: what the registrar files for a holder rests on that
// holder's mandate.
func underAMandate(before, after world, actor ledger.Actor, change procedure.Change) string {
	if len(after.applications) == len(before.applications) || actor.MSP != ledger.RegistrarMSP {
		return ""
	}
	a := change.Application
	if a.Mandate == nil || a.Filing == ledger.FilingEntrusted && a.Registrant != holder.USCC {
		return fmt.Sprintf("the registrar filed for %s without its mandate", a.Registrant)
	}
	return ""
}
