package queries

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// ownScopes are of rows that only a side of the case takes.
var ownScopes = []string{procedure.ScopeApplicant, procedure.ScopeRegistrant, procedure.ScopeJoint}

// StatesOf gives the states in which a case waits for a role, by the table of a rule
// pack. What a role may do but does not have to - an applicant's withdrawal, the
// closing of a case whose registration has ended - makes no case wait for it.
func StatesOf(pack ledger.RulePack, subject ledger.Subject, role ledger.Role) []ledger.State {
	var states []ledger.State
	for _, row := range pack.Transitions {
		if row.Subject == subject && row.From != ledger.StateNone && slices.Contains(row.Roles, role) && isWork(pack, row, role) &&
			!slices.Contains(states, row.From) {
			states = append(states, row.From)
		}
	}
	return states
}

func isWork(pack ledger.RulePack, row ledger.Transition, role ledger.Role) bool {
	own := slices.Contains(ownScopes, row.Scope)
	switch {
	case row.Scope == procedure.ScopeEffect, slices.Contains(row.Guards, "registration_ended"), slices.Contains(row.Guards, "application_ended"):
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

// Work counts the applications of a filter by state, whatever its States, and those
// that are overdue on a day, YYYY-MM-DD. Waiting names the clocks that nobody can
// be late for.
func (q *Queries) Work(ctx context.Context, filter QueueFilter, day string, waiting []string) (Work, error) {
	l := &listing{columns: "a.state, a.due, a.due_clock", from: "applications a"}
	if filter.Registrant != "" {
		l.from = "application_parties p JOIN applications a ON a.id = p.application"
	}
	l.where("a.division = $?", "division", filter.Division).where("p.registrant = $?", "registrant", filter.Registrant).
		where("a.applicant = $?", "applicant", filter.Applicant)
	if l.err != nil || !storable(day) {
		return Work{}, fault.New(fault.InvalidValue, fault.Field("division"))
	}
	condition := ""
	if len(l.conditions) > 0 {
		condition = " WHERE " + strings.Join(l.conditions, " AND ")
	}
	work := Work{States: map[string]int{}}
	l.bind("$?", day)
	late := "CASE WHEN a.due < " + l.conditions[len(l.conditions)-1] + " THEN a.due_clock ELSE '' END"
	err := q.store.Select(ctx, "SELECT state, late, COUNT(*) FROM (SELECT a.state AS state, "+late+" AS late FROM "+l.from+condition+") counted GROUP BY state, late",
		l.arguments, func(found *sql.Rows) error {
			var state, clock string
			var count int
			err := found.Scan(&state, &clock, &count)
			work.States[state] += count
			if clock != "" && !slices.Contains(waiting, clock) {
				work.Overdue += count
			}
			return err
		})
	return work, err
}
