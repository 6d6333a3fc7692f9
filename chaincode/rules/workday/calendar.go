package workday

import (
	"fmt"
	"sort"
	"strconv"
	"time"
	"unicode/utf8"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Limits of a calendar.
const (
	maxCalendarDays = 60  // of either list
	maxName         = 40  // code points of a holiday's name
	maxSource       = 200 // code points
)

// ValidateCalendar checks a year's calendar before it goes on the ledger: every
// day lies in the year, work days are weekend days, no day is in both lists. The
// faults are INVALID_VALUE, INVALID_DATE, MISSING_FIELD, FIELD_TOO_LONG and
// TOO_MANY_ITEMS, with the field.
func ValidateCalendar(calendar ledger.Calendar) error {
	if calendar.Year < FirstYear || calendar.Year > LastYear {
		return fault.New(fault.InvalidValue, fault.Field("year"), fault.Detail("%d", calendar.Year))
	}
	if err := checkText("source", calendar.Source, maxSource); err != nil {
		return err
	}
	if err := checkDays(calendar, "holidays", calendar.Holidays); err != nil {
		return err
	}
	if err := checkDays(calendar, "workdays", calendar.Workdays); err != nil {
		return err
	}
	for _, day := range sortedDays(calendar.Workdays) {
		if _, both := calendar.Holidays[day]; both {
			return fault.New(fault.DuplicateItem, fault.Field("workdays."+day))
		}
		if parsed, _ := Parse(day, ""); !weekend(parsed) {
			return fault.New(fault.InvalidValue, fault.Field("workdays."+day), fault.Detail("not a weekend day"))
		}
	}
	return nil
}

func checkDays(calendar ledger.Calendar, field string, days map[string]string) error {
	if len(days) > maxCalendarDays {
		return fault.New(fault.TooManyItems, fault.Field(field), fault.Value("limit", strconv.Itoa(maxCalendarDays)))
	}
	for _, day := range sortedDays(days) {
		path := fmt.Sprintf("%s.%.32s", field, day)
		parsed, err := Parse(day, path)
		if err != nil {
			return err
		}
		if parsed.Year() != calendar.Year {
			return fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("outside %d", calendar.Year))
		}
		if err := checkText(path, days[day], maxName); err != nil {
			return err
		}
	}
	return nil
}

func checkText(field, text string, limit int) error {
	if text == "" {
		return fault.New(fault.MissingField, fault.Field(field))
	}
	if utf8.RuneCountInString(text) > limit {
		return fault.New(fault.FieldTooLong, fault.Field(field), fault.Value("limit", strconv.Itoa(limit)))
	}
	return nil
}

func sortedDays(days map[string]string) []string {
	keys := make([]string, 0, len(days))
	for day := range days {
		keys = append(keys, day)
	}
	sort.Strings(keys)
	return keys
}

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

// Calendars are the calendars known for some years. The zero value knows none.
// It is safe for concurrent use once made.
type Calendars struct{ years map[int]ledger.Calendar }

// NewCalendars takes calendars, one for a year; a later one of the same year wins.
func NewCalendars(calendars ...ledger.Calendar) Calendars {
	years := make(map[int]ledger.Calendar, len(calendars))
	for _, calendar := range calendars {
		years[calendar.Year] = calendar
	}
	return Calendars{years: years}
}

// Knows reports whether a year has a calendar.
func (c Calendars) Knows(year int) bool {
	_, known := c.years[year]
	return known
}

// Reasons of a CountedDay.
const (
	ReasonWeekday = "weekday"
	ReasonMakeup  = "makeup-workday"
	ReasonWeekend = "weekend"
	ReasonHoliday = "holiday"
)

// explain says whether a day counts, and why.
func (c Calendars) explain(day time.Time) ledger.CountedDay {
	counted := ledger.CountedDay{Date: format(day)}
	calendar := c.years[day.Year()]
	if name, holiday := calendar.Holidays[counted.Date]; holiday {
		counted.Reason, counted.Name = ReasonHoliday, name
		return counted
	}
	if name, makeup := calendar.Workdays[counted.Date]; makeup {
		counted.Counted, counted.Reason, counted.Name = true, ReasonMakeup, name
		return counted
	}
	if weekend(day) {
		counted.Reason = ReasonWeekend
		return counted
	}
	counted.Counted, counted.Reason = true, ReasonWeekday
	return counted
}

// digest names the calendars of the years first to last, so that a deadline can
// be recomputed with the same ones; a year without one stands there as such.
func (c Calendars) digest(first, last int) (string, error) {
	type part struct {
		Year     int              `json:"year"`
		Calendar *ledger.Calendar `json:"calendar"`
	}
	parts := make([]part, 0, last-first+1)
	for year := first; year <= last; year++ {
		p := part{Year: year}
		if calendar, known := c.years[year]; known {
			p.Calendar = &calendar
		}
		parts = append(parts, p)
	}
	return canonical.Digest(parts)
}
