package procedure

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// choose finds the row of an action for the caller. Who may never take the action
// learns nothing of the state: permission comes first.
func (d *decision) choose(subject ledger.Subject, action string) (ledger.Transition, error) {
	rows := d.rows(subject, action)
	if err := d.permitAny(rows); err != nil {
		return ledger.Transition{}, err
	}
	row, err := d.here(subject, rows)
	if err != nil {
		return row, err
	}
	return row, d.permit(row)
}

// consequence finds the row of an action that another machine's effect demands.
func (d *decision) consequence(subject ledger.Subject, action string) (ledger.Transition, error) {
	return d.here(subject, d.rows(subject, action))
}

// here gives the first row that leaves the present state and whose conditions hold.
func (d *decision) here(subject ledger.Subject, rows []ledger.Transition) (ledger.Transition, error) {
	h, found := d.change.head(subject)
	if !found {
		return ledger.Transition{}, fault.New(fault.ActionNotAvailable)
	}
	for _, row := range rows {
		if row.From == *h.state && d.holds(row.When) {
			return row, nil
		}
	}
	return ledger.Transition{}, fault.New(fault.ActionNotAvailable,
		fault.Value("state", string(*h.state)), fault.Value("action", d.request.Action))
}

// rows gives an action's rows of a subject, for the type of the application.
func (d *decision) rows(subject ledger.Subject, action string) []ledger.Transition {
	var rows []ledger.Transition
	for i := range d.Pack.Transitions {
		if row := &d.Pack.Transitions[i]; row.Action == action && row.Subject == subject && d.ofType(row) {
			rows = append(rows, *row)
		}
	}
	return rows
}

func (d *decision) ofType(row *ledger.Transition) bool {
	if len(row.Types) == 0 || d.change.Application == nil {
		return true
	}
	return slices.Contains(row.Types, d.change.Application.Type)
}

func (d *decision) holds(conditionNames []string) bool {
	for _, name := range conditionNames {
		condition, known := conditions[name]
		if !known || !condition(d) {
			return false
		}
	}
	return true
}

// permitAny refuses a caller whom no row lets pass. Of several refusals the one
// that concerns whose case it is says more than the one about the role.
func (d *decision) permitAny(rows []ledger.Transition) error {
	var refusal error = fault.New(fault.ActionNotAvailable, fault.Value("action", clip(d.request.Action)))
	for i, row := range rows {
		err := d.permit(row)
		if err == nil {
			return nil
		}
		if i == 0 || fault.CodeOf(refusal) == fault.RoleNotAllowed {
			refusal = err
		}
	}
	return refusal
}

// permit checks role, standing and scope. The certificate has already been found
// to belong to the role's organisation.
func (d *decision) permit(row ledger.Transition) error {
	if row.Scope == ScopeEffect {
		return fault.New(fault.ActionNotAvailable, fault.Value("action", row.Action))
	}
	if !slices.Contains(row.Roles, d.Actor.Role) {
		return fault.New(fault.RoleNotAllowed, fault.Article(row.Article),
			fault.Value("action", row.Action), fault.Value("role", string(d.Actor.Role)))
	}
	if d.Disqualified && d.Actor.MSP == ledger.RegistrarMSP {
		return fault.New(fault.RegistrarDismissed)
	}
	scope, known := scopes[row.Scope]
	if !known {
		return fault.New(fault.ActionNotAvailable, fault.Value("action", row.Action))
	}
	return scope(d)
}

// clip bounds what a refusal repeats of the caller's own words.
func clip(text string) string {
	const limit = 64
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit])
}
