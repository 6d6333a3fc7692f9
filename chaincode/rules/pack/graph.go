package pack

import (
	"slices"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// graph demands, of each machine, that every state can be reached and that every
// state that is not final leads on to a final one. Of applications each type is
// looked at alone, in the states that it can reach.
func graph(p ledger.RulePack) error {
	for _, subject := range subjects {
		reached := map[ledger.State]bool{}
		for _, rows := range machines(p, subject.name) {
			if err := wayOut(p, subject.name, rows, reached); err != nil {
				return err
			}
		}
		for _, s := range p.States {
			if s.Subject == subject.name && !reached[s.Name] {
				return invalid("states", "the state %s of %s cannot be reached", s.Name, subject.name)
			}
		}
	}
	return nil
}

// wayOut demands that every state that the rows reach leads on to an end, and notes
// the states.
func wayOut(p ledger.RulePack, subject ledger.Subject, rows []ledger.Transition, reached map[ledger.State]bool) error {
	for _, s := range reach(rows, ledger.StateNone) {
		reached[s] = true
		if !ends(p, subject, rows, s) {
			return invalid("transitions", "the state %s of %s has no way out to an end", s, subject)
		}
	}
	return nil
}

// machines splits a subject's rows by application type; the other subjects have
// one machine.
func machines(p ledger.RulePack, subject ledger.Subject) [][]ledger.Transition {
	if subject != ledger.SubjectApplication {
		return [][]ledger.Transition{rowsOf(p, subject, "")}
	}
	list := make([][]ledger.Transition, len(p.ApplicationTypes))
	for i, t := range p.ApplicationTypes {
		list[i] = rowsOf(p, subject, t.Type)
	}
	return list
}

func rowsOf(p ledger.RulePack, subject ledger.Subject, t ledger.ApplicationType) []ledger.Transition {
	var rows []ledger.Transition
	for _, row := range p.Transitions {
		if row.Subject == subject && (t == "" || len(row.Types) == 0 || slices.Contains(row.Types, t)) {
			rows = append(rows, row)
		}
	}
	return rows
}

// reach lists the states that can be reached from a state, in the order found.
func reach(rows []ledger.Transition, from ledger.State) []ledger.State {
	var found []ledger.State
	frontier := []ledger.State{from}
	for len(frontier) > 0 {
		at := frontier[0]
		frontier = frontier[1:]
		for _, row := range rows {
			if row.From == at && !slices.Contains(found, row.To) {
				found = append(found, row.To)
				frontier = append(frontier, row.To)
			}
		}
	}
	return found
}

func ends(p ledger.RulePack, subject ledger.Subject, rows []ledger.Transition, from ledger.State) bool {
	isFinal := func(s ledger.State) bool {
		rule, found := state(p, subject, s)
		return found && rule.Final
	}
	return isFinal(from) || slices.ContainsFunc(reach(rows, from), isFinal)
}

// consequences demands the rows that effects take on other machines.
func consequences(p ledger.RulePack) error {
	for _, row := range p.Transitions {
		for _, effect := range row.Effects {
			needed, action := procedure.Consequence(effect)
			if action == "" {
				continue
			}
			if !slices.ContainsFunc(p.Transitions, func(o ledger.Transition) bool {
				return o.Subject == needed && o.Action == action && o.Scope == procedure.ScopeEffect
			}) {
				return invalid("transitions", "the effect %s needs a row %s of %s with the scope effect", effect, action, needed)
			}
		}
	}
	return nil
}

// durable demands what no pack may give up: a code only after a notice that is
// over, with no open objection, of a thing that nobody else has registered; a
// change only of what is active; revocation only on verified findings.
func durable(p ledger.RulePack) error {
	for _, row := range p.Transitions {
		for _, guard := range indispensable(row) {
			if !slices.Contains(row.Guards, guard) {
				return invalid("transitions", "%s: the guard %s is missing", row.Action, guard)
			}
		}
		if err := aroundNotice(row); err != nil {
			return err
		}
	}
	return nil
}

// aroundNotice ties codes, the state of public notice and its clock together.
func aroundNotice(row ledger.Transition) error {
	issues := slices.Contains(row.Effects, procedure.EffectIssue)
	if issues && (row.From != ledger.StatePublicNotice || !slices.Contains(row.Inputs, procedure.InputIssue)) {
		return invalid("transitions", "%s: a code is issued out of the public notice, with a query code digest", row.Action)
	}
	starts := slices.Contains(row.StartClocks, procedure.ClockPublicNotice)
	if starts && row.To != ledger.StatePublicNotice {
		return invalid("transitions", "%s: the notice clock starts with the state %s", row.Action, ledger.StatePublicNotice)
	}
	if row.To == ledger.StatePublicNotice && row.From != row.To && !starts {
		return invalid("transitions", "%s: the state %s starts the notice clock", row.Action, ledger.StatePublicNotice)
	}
	return nil
}

// indispensable lists the guards that a row cannot do without.
func indispensable(row ledger.Transition) []string {
	ends := func(status ledger.RegistrationStatus) bool {
		return row.Subject == ledger.SubjectRegistration && row.To == ledger.State(status)
	}
	has := func(effect string) bool { return slices.Contains(row.Effects, effect) }
	switch {
	case has(procedure.EffectIssue):
		return []string{procedure.GuardNoticeOver, procedure.GuardObjectionsClosed, procedure.GuardResourceFree}
	case has(procedure.EffectAmend):
		return []string{procedure.GuardRegistrationActive, procedure.GuardResourceFree}
	case has(procedure.EffectExtend), has(procedure.EffectCancel):
		return []string{procedure.GuardRegistrationActive}
	case ends(ledger.RegistrationRevoked):
		return []string{procedure.GuardFindingVerified}
	case ends(ledger.RegistrationExpired):
		return []string{procedure.GuardValidityOver, procedure.GuardNoRenewalPending}
	}
	return nil
}
