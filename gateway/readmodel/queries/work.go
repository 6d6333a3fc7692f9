package queries

import (
	"context"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/gateway/readmodel/rows"
)

// ownScopes are of rows that only a side of the case takes.
var ownScopes = []string{procedure.ScopeApplicant, procedure.ScopeRegistrant, procedure.ScopeJoint}

// partsOf says which organisations take the rows of a scope; of other scopes all do.
var partsOf = map[string][]rows.Part{
	procedure.ScopeApplicant:  {rows.PartApplicant},
	procedure.ScopeJoint:      {rows.PartAsked},
	procedure.ScopeRegistrant: {rows.PartApplicant, rows.PartAsked, rows.PartConfirmed, rows.PartRegistrant},
}

// Turn is a state in which a case waits for a role.
type Turn struct {
	State ledger.State
	Parts []rows.Part // whose turn it is among the case's own; empty: whoever has the role
}

// Takes reports whether it is the turn of who has a part in the case; empty: none.
func (t Turn) Takes(part rows.Part) bool { return len(t.Parts) == 0 || slices.Contains(t.Parts, part) }

// TurnsOf gives the states in which a case waits for a role, by the tables of some
// rule packs. What a role may do but does not have to - an applicant's withdrawal,
// an objector's further evidence, the closing of a case whose registration has
// ended - makes no case wait for it.
func TurnsOf(subject ledger.Subject, role ledger.Role, packs ...ledger.RulePack) []Turn {
	var turns []Turn
	for _, pack := range packs {
		for _, row := range pack.Transitions {
			if row.Subject == subject && row.From != ledger.StateNone && slices.Contains(row.Roles, role) && isWork(pack, row, role) {
				turns = withTurn(turns, Turn{row.From, partsOf[row.Scope]})
			}
		}
	}
	return turns
}

// withTurn adds a turn, or its parts to those of the same state.
func withTurn(turns []Turn, more Turn) []Turn {
	at := slices.IndexFunc(turns, func(known Turn) bool { return known.State == more.State })
	switch {
	case at < 0:
		return append(turns, Turn{more.State, slices.Clone(more.Parts)})
	case len(turns[at].Parts) == 0 || len(more.Parts) == 0:
		turns[at].Parts = nil
		return turns
	}
	for _, part := range more.Parts {
		if !slices.Contains(turns[at].Parts, part) {
			turns[at].Parts = append(turns[at].Parts, part)
		}
	}
	return turns
}

func isWork(pack ledger.RulePack, row ledger.Transition, role ledger.Role) bool {
	own := slices.Contains(ownScopes, row.Scope)
	switch {
	case row.Scope == procedure.ScopeEffect, row.Scope == procedure.ScopeObjector, slices.Contains(row.Guards, "registration_ended"), slices.Contains(row.Guards, "application_ended"):
		return false
	case own && role != ledger.RoleRegistrant && role != ledger.RoleParty: // it files for others: not the queue of its office
		return false
	default:
		return !own || !isFinal(pack, row)
	}
}

func isFinal(pack ledger.RulePack, row ledger.Transition) bool {
	return slices.ContainsFunc(pack.States, func(state ledger.StateRule) bool {
		return state.Subject == row.Subject && state.Name == row.To && state.Final
	})
}

// Work sums up the applications that somebody has to see to.
type Work struct {
	States  map[string]int `json:"states"`  // applications by state
	Overdue int            `json:"overdue"` // whose clock has run out; periods that only have to run out do not count
}

// Work counts the applications of a filter by state, whatever its Turns, and those
// that are overdue on a day, YYYY-MM-DD. Waiting names the clocks that nobody can
// be late for.
func (q *Queries) Work(ctx context.Context, filter QueueFilter, day string, waiting []string) (Work, error) {
	l := filter.whole()
	if l.err != nil || !storable(day) {
		return Work{}, fault.New(fault.InvalidValue, fault.Field("division"))
	}
	states, err := q.count(ctx, "SELECT a.state, COUNT(*) FROM "+l.from+l.narrowing()+" GROUP BY a.state", l.arguments...)
	work := Work{States: states}
	for state := range states {
		late, err := q.late(ctx, filter, state, day)
		if err != nil {
			return work, err
		}
		for clock, count := range late {
			if !slices.Contains(waiting, clock) {
				work.Overdue += count
			}
		}
	}
	return work, err
}

// whole lists the applications of a filter, whatever their states.
func (f QueueFilter) whole() *listing {
	l := &listing{from: "applications a"}
	if f.Registrant != "" {
		l.from = "application_parties p JOIN applications a ON a.id = p.application"
	}
	return l.where("a.division = $?", "division", f.Division).where("p.registrant = $?", "registrant", f.Registrant).
		where("a.applicant = $?", "applicant", f.Applicant)
}

// late counts the applications in a state whose clock has run out, by clock. It
// reads those alone: the others are behind the day in the index.
func (q *Queries) late(ctx context.Context, filter QueueFilter, state, day string) (map[string]int, error) {
	l := filter.whole().bind("a.state = $?", state).bind("a.due < $?", day)
	l.conditions = append(l.conditions, "a.due > ''")
	return q.count(ctx, "SELECT a.due_clock, COUNT(*) FROM "+l.from+l.narrowing()+" GROUP BY a.due_clock", l.arguments...)
}
