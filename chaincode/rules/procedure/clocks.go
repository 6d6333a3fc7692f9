package procedure

import (
	"fmt"
	"slices"

	"dengji/chaincode/ledger"
)

// Names of clocks that guards and records refer to; every pack has them.
const (
	ClockPublicNotice    = "public_notice"
	ClockObjectionAnswer = "objection_answer"
	ClockFirstFiling     = "first_filing"
)

// RequiredClocks lists the clocks that every pack has.
var RequiredClocks = []string{ClockPublicNotice, ClockObjectionAnswer, ClockFirstFiling}

// refreshClocks recomputes a subject's provisional clocks with the calendars known
// now, and gives those that changed.
func (d *decision) refreshClocks(subject ledger.Subject) ([]ledger.Deadline, error) {
	h, found := d.change.head(subject)
	if !found || h.clocks == nil {
		return nil, nil
	}
	var recomputed []ledger.Deadline
	for i, deadline := range *h.clocks {
		fresh, changed, err := d.Calendars.Refresh(deadline)
		if err != nil {
			return nil, err
		}
		if changed {
			(*h.clocks)[i] = fresh
			recomputed = append(recomputed, fresh)
		}
	}
	d.syncNotice(subject, recomputed)
	return recomputed, nil
}

// moveClocks stops and starts the clocks that the row names; a final state stops
// all.
func (d *decision) moveClocks(subject ledger.Subject, h head) error {
	if h.clocks == nil {
		return nil
	}
	running := []ledger.Deadline{}
	for _, deadline := range *h.clocks {
		if !slices.Contains(d.row.StopClocks, deadline.Clock) && !d.final(subject, d.row.To) {
			running = append(running, deadline)
			continue
		}
		ended, err := d.end(deadline)
		if err != nil {
			return err
		}
		d.step.Ended = append(d.step.Ended, ended)
	}
	for _, name := range d.row.StartClocks {
		deadline, err := d.start(name, h)
		if err != nil {
			return err
		}
		running = append(running, deadline)
		d.step.Started = append(d.step.Started, deadline)
	}
	*h.clocks = running
	d.syncNotice(subject, d.step.Started)
	return nil
}

func (d *decision) start(name string, h head) (ledger.Deadline, error) {
	rule, known := d.Pack.Clocks[name]
	if !known {
		return ledger.Deadline{}, fmt.Errorf("procedure: clock %q is unknown", name)
	}
	deadline, err := d.Calendars.Deadline(name, rule, d.today)
	if err != nil {
		return deadline, err
	}
	if h.starts != nil {
		if *h.starts == nil {
			*h.starts = map[string]int{}
		}
		deadline.Restarts = (*h.starts)[name]
		(*h.starts)[name]++
	}
	return deadline, nil
}

// end closes a clock today: the working days used, and those past its last day.
// Nobody is late when a waiting period is over.
func (d *decision) end(deadline ledger.Deadline) (ledger.Deadline, error) {
	var err error
	deadline.EndedOn = d.today
	if deadline.UsedDays, err = d.Calendars.Between(deadline.Start, d.today); err != nil {
		return deadline, err
	}
	if !d.Pack.Clocks[deadline.Clock].Waiting {
		deadline.OverdueDays, err = d.Calendars.Between(deadline.Due, d.today)
	}
	return deadline, err
}

// syncNotice keeps the notice's days on the application in step with its clock.
func (d *decision) syncNotice(subject ledger.Subject, deadlines []ledger.Deadline) {
	if subject != ledger.SubjectApplication {
		return
	}
	for _, deadline := range deadlines {
		if deadline.Clock == ClockPublicNotice {
			d.change.Application.NoticeStart, d.change.Application.NoticeEnd = deadline.Start, deadline.Due
		}
	}
}

func (d *decision) final(subject ledger.Subject, state ledger.State) bool {
	return slices.ContainsFunc(d.Pack.States, func(rule ledger.StateRule) bool {
		return rule.Subject == subject && rule.Name == state && rule.Final
	})
}

func running(clocks []ledger.Deadline, name string) *ledger.Deadline {
	for i := range clocks {
		if clocks[i].Clock == name {
			return &clocks[i]
		}
	}
	return nil
}
