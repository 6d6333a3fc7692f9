package notification

import (
	"slices"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/rows"
)

// matter is an application, objection or registration as far as it matters who is
// told of it.
type matter struct {
	subject   ledger.Subject
	id        string
	title     string
	state     ledger.State
	division  string
	municipal bool                 // of the municipality's own registrants, which the authority reviews (Art. 9)
	parts     map[string]rows.Part // of organisations, by USCC
	applicant string               // key of who filed the application
	objector  string               // key of who raised the objection
	clocks    []ledger.Deadline
	pack      ledger.RulePack
	reason    string // of a notification about its present step
}

// concerns reports whether a case is an actor's to see to, or its own (Art. 5, 6, 9).
func (m matter) concerns(actor ledger.Actor) bool {
	switch actor.Role {
	case ledger.RoleDistrict:
		return actor.Division != "" && actor.Division == m.division
	case ledger.RoleAuthority: // decides objections of all divisions (Art. 23)
		return m.municipal || m.subject == ledger.SubjectObjection
	case ledger.RoleAcceptor, ledger.RoleReviewer, ledger.RoleIssuer:
		return true
	default:
		return m.ownedBy(actor)
	}
}

func (m matter) ownedBy(actor ledger.Actor) bool {
	return actor.USCC != "" && actor.Role == ledger.RoleRegistrant && m.parts[actor.USCC] != "" || actor.Key() == m.applicant || actor.Key() == m.objector
}

// partOf gives what an actor, or its organisation, has to do with the case.
func (m matter) partOf(actor ledger.Actor) rows.Part {
	switch {
	case actor.Role == ledger.RoleRegistrant:
		return m.parts[actor.USCC]
	case actor.Key() == m.applicant:
		return rows.PartApplicant
	default:
		return ""
	}
}

// waitsFor reports whether the next step is the actor's, by the rule pack's table.
func (m matter) waitsFor(actor ledger.Actor) bool {
	if m.subject == ledger.SubjectRegistration || !m.concerns(actor) {
		return false
	}
	return slices.ContainsFunc(queries.TurnsOf(m.subject, actor.Role, m.pack), func(turn queries.Turn) bool {
		return turn.State == m.state && turn.Takes(m.partOf(actor))
	})
}

// now tells of the present step: those whose turn it is, and the others whose case
// it is. Who took the step knows.
func (m matter) now(actor ledger.Actor, by string) (Notification, bool) {
	told := m.about(Progress)
	told.reason = m.reason
	switch {
	case actor.Key() == by:
		return told, false
	case m.waitsFor(actor):
		told.Kind = Turn
		return m.timed(told, m.clockOf(actor)), true
	default:
		return m.timed(told, m.waiting()), m.ownedBy(actor)
	}
}

func (m matter) about(kind Kind) Notification {
	return Notification{Kind: kind, Subject: m.subject, Case: m.id, Title: m.title, State: m.label()}
}

func (m matter) label() ledger.Text {
	for _, state := range m.pack.States {
		if state.Subject == m.subject && state.Name == m.state {
			return state.Label
		}
	}
	return ledger.Text{ZH: string(m.state), EN: string(m.state)}
}

// timed adds a clock that runs.
func (m matter) timed(told Notification, clock *ledger.Deadline) Notification {
	if clock != nil {
		told.Clock, told.Due, told.Article = m.pack.Clocks[clock.Clock].Label, clock.Due, clock.Article
	}
	return told
}

// clockOf finds the clock that an actor has to stop.
func (m matter) clockOf(actor ledger.Actor) *ledger.Deadline {
	return m.clock(func(rule ledger.ClockRule) bool { return rule.Owner == actor.Role })
}

// waiting finds the period that only has to run out, as a public notice.
func (m matter) waiting() *ledger.Deadline {
	return m.clock(func(rule ledger.ClockRule) bool { return rule.Waiting })
}

func (m matter) clock(wanted func(ledger.ClockRule) bool) *ledger.Deadline {
	for i := range m.clocks {
		if rule, known := m.pack.Clocks[m.clocks[i].Clock]; known && wanted(rule) {
			return &m.clocks[i]
		}
	}
	return nil
}

// reminds tells of a clock that ends soon or has ended whoever has to stop it.
func (m matter) reminds(actor ledger.Actor, kind Kind, clock ledger.Deadline) (Notification, bool) {
	rule, known := m.pack.Clocks[clock.Clock]
	told := m.timed(m.about(kind), &clock)
	told.reason = string(m.subject) + "/" + m.id + "/" + clock.Clock + "/" + clock.Due + "/" + string(kind)
	return told, known && !rule.Waiting && rule.Owner == actor.Role && m.concerns(actor) && (m.partOf(actor) == "" || m.waitsFor(actor))
}
