package procedure

import (
	"fmt"
	"slices"

	"dengji/chaincode/ledger"
)

// Replayed is what a history alone says of its record.
type Replayed struct {
	State       ledger.State
	Clocks      []ledger.Deadline // those that run
	Materials   []ledger.Material
	Fields      *ledger.Publicised
	NoticeStart string
	NoticeEnd   string
	Objections  ledger.ObjectionCount
	Handlers    map[string]ledger.Actor
}

// Replay walks a history through the table: the steps follow each other without a
// gap, each is a row of the table that its actor's role may take, and no clock ends
// that was not started. The type is that of the application, "" for other subjects.
// An error says which step is not explained and why.
func Replay(pack ledger.RulePack, subject ledger.Subject, of ledger.ApplicationType, steps []ledger.Step) (Replayed, error) {
	r := Replayed{Clocks: []ledger.Deadline{}, Handlers: map[string]ledger.Actor{}}
	for i, step := range steps {
		if step.Seq != i+1 || step.From != r.State {
			return r, fmt.Errorf("procedure: step %d: number %d from %q, but the history stands at %q", i+1, step.Seq, step.From, r.State)
		}
		if i > 0 && step.At < steps[i-1].At {
			return r, fmt.Errorf("procedure: step %d is earlier than the one before", step.Seq)
		}
		if !listed(pack, subject, of, step) {
			return r, fmt.Errorf("procedure: step %d: no row %s of %s from %q to %q for %s", step.Seq, step.Action, subject, step.From, step.To, step.Actor.Role)
		}
		if err := r.take(step); err != nil {
			return r, err
		}
	}
	return r, nil
}

// listed reports whether the table has the step's row.
func listed(pack ledger.RulePack, subject ledger.Subject, of ledger.ApplicationType, step ledger.Step) bool {
	return slices.ContainsFunc(pack.Transitions, func(row ledger.Transition) bool {
		return row.Subject == subject && row.Action == step.Action && row.From == step.From && row.To == step.To &&
			row.Article == step.Article && (len(row.Types) == 0 || of == "" || slices.Contains(row.Types, of)) &&
			(row.Scope == ScopeEffect || slices.Contains(row.Roles, step.Actor.Role))
	})
}

func (r *Replayed) take(step ledger.Step) error {
	r.State = step.To
	r.Handlers[step.Action] = step.Actor
	for _, deadline := range step.Recomputed {
		if clock := running(r.Clocks, deadline.Clock); clock != nil {
			*clock = deadline
		}
		r.notice(deadline)
	}
	for _, ended := range step.Ended {
		i := slices.IndexFunc(r.Clocks, func(d ledger.Deadline) bool { return d.Clock == ended.Clock && d.Start == ended.Start })
		if i < 0 {
			return fmt.Errorf("procedure: step %d ends the clock %s, which does not run", step.Seq, ended.Clock)
		}
		r.Clocks = slices.Delete(r.Clocks, i, i+1)
	}
	for _, deadline := range step.Started {
		r.Clocks = append(r.Clocks, deadline)
		r.notice(deadline)
	}
	for _, m := range step.Materials {
		r.material(m)
	}
	if step.Fields != nil {
		r.Fields = step.Fields
	}
	r.count(step.Action)
	return nil
}

func (r *Replayed) notice(deadline ledger.Deadline) {
	if deadline.Clock == ClockPublicNotice {
		r.NoticeStart, r.NoticeEnd = deadline.Start, deadline.Due
	}
}

func (r *Replayed) material(m ledger.Material) {
	for i := range r.Materials {
		if r.Materials[i].Key == m.Key {
			r.Materials[i] = m
			return
		}
	}
	r.Materials = append(r.Materials, m)
}

func (r *Replayed) count(action string) {
	switch action {
	case ActionObjectionRaised:
		r.Objections.Open++
	case ActionObjectionDismissed:
		r.Objections.Open--
		r.Objections.Dismissed++
	case ActionTerminate:
		r.Objections.Open--
		r.Objections.Upheld++
	}
}
