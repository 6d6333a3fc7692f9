package procedure

import (
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// decision is one use of the table in the making. request is nil when the table
// is only asked what could be done.
type decision struct {
	Setting
	today   string
	request *ledger.ActRequest
	change  *Change
	row     ledger.Transition
	step    *ledger.Step
}

// Act takes one step of a subject's machine. The given case stays as it is; the
// change holds the records after the step. Every refusal is a fault and changes
// nothing.
func Act(setting Setting, subject ledger.Subject, given Case, request ledger.ActRequest) (Change, error) {
	d := &decision{Setting: setting, today: ledger.Day(setting.Now), request: &request, change: &Change{Case: given}}
	row, err := d.choose(subject, request.Action)
	if err != nil {
		return Change{}, err
	}
	if d.change.Case, err = copied(given); err != nil {
		return Change{}, err
	}
	if err := d.take(subject, row); err != nil {
		return Change{}, err
	}
	return *d.change, nil
}

// take checks everything that a row demands and applies it.
func (d *decision) take(subject ledger.Subject, row ledger.Transition) error {
	d.row = row
	recomputed, err := d.refreshClocks(subject)
	if err != nil {
		return err
	}
	if err := d.checkInputs(); err != nil {
		return err
	}
	if err := d.checkGuards(); err != nil {
		return err
	}
	return d.apply(subject, recomputed)
}

func (d *decision) checkGuards() error {
	for _, name := range d.row.Guards {
		guard, known := guards[name]
		if !known {
			return fmt.Errorf("procedure: guard %q of action %q is unknown", name, d.row.Action)
		}
		if err := guard(d); err != nil {
			return d.cite(err)
		}
	}
	return nil
}

// cite gives a refusal the article of the row, unless the fault has its own.
func (d *decision) cite(err error) error {
	if f := fault.Of(err); f.Code != fault.Internal && f.Article == "" {
		f.Article = d.row.Article
	}
	return err
}

// apply moves the subject's record, its clocks and its history one step.
func (d *decision) apply(subject ledger.Subject, recomputed []ledger.Deadline) error {
	h, found := d.change.head(subject)
	if !found {
		return fmt.Errorf("procedure: action %q without a record of %s", d.row.Action, subject)
	}
	stamp := ledger.Stamp(d.Now)
	*h.steps++
	d.step = &ledger.Step{
		Schema: Schema, Subject: h.id, Seq: *h.steps, Action: d.row.Action, From: *h.state, To: d.row.To,
		Article: d.row.Article, Actor: d.Actor, ReasonCode: d.request.ReasonCode, Reason: d.request.Reason,
		Evidence: d.request.Evidence, Recomputed: recomputed, At: stamp, TxID: d.TxID,
	}
	*h.state, *h.updatedAt, *h.txID = d.row.To, stamp, d.TxID
	if h.handlers != nil {
		if *h.handlers == nil {
			*h.handlers = map[string]ledger.Actor{}
		}
		(*h.handlers)[d.row.Action] = d.Actor
	}
	if err := d.moveClocks(subject, h); err != nil {
		return err
	}
	if err := d.runEffects(); err != nil {
		return err
	}
	d.change.Steps = append(d.change.Steps, *d.step)
	d.change.Subjects = append(d.change.Subjects, subject)
	d.measure(subject, h.id)
	return nil
}

func (d *decision) runEffects() error {
	for _, name := range d.row.Effects {
		effect, known := effects[name]
		if !known {
			return fmt.Errorf("procedure: effect %q of action %q is unknown", name, d.row.Action)
		}
		if err := effect(d); err != nil {
			return d.cite(err)
		}
	}
	return nil
}

// trigger takes a step of another subject's machine as the consequence of this
// one. Its row is of the scope "effect", which no caller can use.
func (d *decision) trigger(subject ledger.Subject, action string) error {
	follow := &decision{Setting: d.Setting, today: d.today, change: d.change,
		request: &ledger.ActRequest{Action: action, ReasonCode: d.request.ReasonCode, Reason: d.request.Reason}}
	row, err := follow.consequence(subject, action)
	if err != nil {
		return err
	}
	return follow.take(subject, row)
}

// measure notes what the step adds to the evaluation of Art. 26.
func (d *decision) measure(subject ledger.Subject, id string) {
	var limits []ledger.Deadline
	for _, deadline := range d.step.Ended {
		if !d.Pack.Clocks[deadline.Clock].Waiting {
			limits = append(limits, deadline)
		}
	}
	if d.row.Measure == "" && len(limits) == 0 {
		return
	}
	d.change.Measurements = append(d.change.Measurements, ledger.Measurement{
		Schema: Schema, Day: d.today, Subject: subject, ID: id, Action: d.row.Action,
		Counts: d.row.Measure, Reason: d.request.ReasonCode, Clocks: limits, TxID: d.TxID,
	})
}
