package workday

import (
	"strconv"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// MaxWorkingDays bounds a period, so that a computation is always short.
const MaxWorkingDays = 500

// Explain gives the day on which a period of 1 to MaxWorkingDays working days
// ends, with every day after the start and whether it was counted.
func (c Calendars) Explain(start string, workingDays int) (ledger.DeadlineAnswer, error) {
	answer := ledger.DeadlineAnswer{Start: start, WorkingDays: workingDays, Days: []ledger.CountedDay{}}
	day, err := Parse(start, "start")
	if err != nil {
		return answer, err
	}
	if workingDays < 1 || workingDays > MaxWorkingDays {
		return answer, fault.New(fault.InvalidValue, fault.Field("workingDays"),
			fault.Value("limit", strconv.Itoa(MaxWorkingDays)))
	}
	firstYear := day.Year()
	for counted := 0; counted < workingDays; {
		day = day.AddDate(0, 0, 1)
		explained := c.explain(day)
		if explained.Counted {
			counted++
		}
		answer.Provisional = answer.Provisional || !c.Knows(day.Year())
		answer.Days = append(answer.Days, explained)
	}
	answer.Due = format(day)
	answer.CalendarDigest, err = c.digest(firstYear, day.Year())
	return answer, err
}

// Deadline starts a clock on a day.
func (c Calendars) Deadline(name string, rule ledger.ClockRule, start string) (ledger.Deadline, error) {
	answer, err := c.Explain(start, rule.WorkingDays)
	if err != nil {
		return ledger.Deadline{}, err
	}
	return ledger.Deadline{
		Clock: name, Article: rule.Article, Start: start, WorkingDays: rule.WorkingDays,
		Due: answer.Due, CalendarDigest: answer.CalendarDigest, Provisional: answer.Provisional,
	}, nil
}

// Refresh recomputes a running provisional deadline; it reports whether the
// calendars known now change anything. A deadline that is settled stays as it is.
func (c Calendars) Refresh(deadline ledger.Deadline) (ledger.Deadline, bool, error) {
	if !deadline.Provisional || deadline.EndedOn != "" {
		return deadline, false, nil
	}
	answer, err := c.Explain(deadline.Start, deadline.WorkingDays)
	if err != nil {
		return deadline, false, err
	}
	changed := answer.CalendarDigest != deadline.CalendarDigest
	deadline.Due, deadline.CalendarDigest, deadline.Provisional = answer.Due, answer.CalendarDigest, answer.Provisional
	return deadline, changed, nil
}

// Between counts the working days after the day after and up to and including the
// day through; 0 where through is not later.
func (c Calendars) Between(after, through string) (int, error) {
	first, err := Parse(after, "after")
	if err != nil {
		return 0, err
	}
	last, err := Parse(through, "through")
	if err != nil {
		return 0, err
	}
	count := 0
	for day := first.AddDate(0, 0, 1); !day.After(last); day = day.AddDate(0, 0, 1) {
		if c.explain(day).Counted {
			count++
		}
	}
	return count, nil
}
