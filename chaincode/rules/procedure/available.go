package procedure

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// AvailableActions lists what the setting's actor can do with a subject's record
// now, in the order of the table. An action whose guard stands in the way is
// listed with the guard's fault code.
func AvailableActions(setting Setting, subject ledger.Subject, given Case) ([]ledger.AvailableAction, error) {
	c, err := copied(given)
	if err != nil {
		return nil, err
	}
	d := &decision{Setting: setting, today: ledger.Day(setting.Now), change: &Change{Case: c}}
	if _, err := d.refreshClocks(subject); err != nil {
		return nil, err
	}
	actions := []ledger.AvailableAction{}
	h, found := d.change.head(subject)
	if !found {
		return actions, nil
	}
	for _, row := range d.Pack.Transitions {
		known := slices.ContainsFunc(actions, func(a ledger.AvailableAction) bool { return a.Action == row.Action })
		if !known && row.Subject == subject && row.From == *h.state && d.open(row) {
			actions = append(actions, d.describe(row, h))
		}
	}
	return actions, nil
}

// open reports whether a row is one for this case and this caller.
func (d *decision) open(row ledger.Transition) bool {
	return d.ofType(&row) && d.holds(row.When) && d.permit(row) == nil
}

func (d *decision) describe(row ledger.Transition, h head) ledger.AvailableAction {
	action := ledger.AvailableAction{
		Action: row.Action, To: row.To, Role: d.Actor.Role, Article: row.Article, Label: row.Label,
		Inputs: row.Inputs, Optional: row.Optional,
	}
	if slices.Contains(row.Inputs, InputReasonCode) {
		for _, ground := range d.Pack.Grounds[row.Ground] {
			action.ReasonCodes = append(action.ReasonCodes, ground.Code)
		}
	}
	if h.clocks != nil {
		for _, name := range row.StopClocks {
			if clock := running(*h.clocks, name); clock != nil {
				deadline := *clock
				action.Deadline = &deadline
				break
			}
		}
	}
	d.row = row
	if err := d.checkGuards(); err != nil {
		action.Blocked = string(fault.CodeOf(err))
	}
	return action
}
