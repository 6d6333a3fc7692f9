package portal

import (
	"context"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
	"dengji/gateway/client"
)

// calendarLife is how long a year's calendar is shown without asking again. It
// only colours days left; deadlines themselves come from the ledger.
const calendarLife = 10 * time.Minute

// reference keeps what changes rarely and stands on many pages.
type reference struct {
	guest *client.Client
	years *expirable.LRU[int, ledger.Calendar]
	packs *expirable.LRU[string, ledger.RulePack] // by name, "id@version"
}

func newReference(guest *client.Client) *reference {
	return &reference{guest: guest, years: expirable.NewLRU[int, ledger.Calendar](8, nil, calendarLife),
		packs: expirable.NewLRU[string, ledger.RulePack](16, nil, 0)}
}

func (r *reference) calendars(ctx context.Context, years ...int) workday.Calendars {
	var known []ledger.Calendar
	for _, year := range years {
		calendar, found := r.years.Get(year)
		if !found {
			var err error
			if calendar, err = r.guest.Calendar(ctx, year); err != nil {
				continue // counted by weekday alone, as the rules do
			}
			r.years.Add(year, calendar)
		}
		known = append(known, calendar)
	}
	return workday.NewCalendars(known...)
}

// clock is a deadline as the badge shows it.
type clock struct {
	Due  string // YYYY-MM-DD
	Days int    // working days left; overdue: past
	Tone string // overdue, today, soon, calm; over: a period that had to run out has
}

// toneOverdue is the tone of a clock that somebody has let run out.
const toneOverdue = "overdue"

// soonDays is when a badge changes its colour.
const soonDays = 2

// clock counts from the ledger's day to a deadline in working days.
func (v *visit) clock(due string) clock {
	today := v.today()
	shown := clock{Due: due, Tone: "today"}
	from, through := today, due
	if due < today {
		from, through = due, today
	}
	start, err := workday.Parse(from, "from")
	end, endErr := workday.Parse(through, "through")
	if err != nil || endErr != nil {
		return clock{Due: due, Tone: "calm"}
	}
	calendars := v.portal.reference.calendars(v.Request.Context(), start.Year(), end.Year())
	if days, err := calendars.Between(from, through); err == nil {
		shown.Days = days
	}
	switch {
	case due < today:
		shown.Tone = toneOverdue
	case due > today && shown.Days <= soonDays:
		shown.Tone = "soon"
	case due > today:
		shown.Tone = "calm"
	}
	return shown
}
