package workday_test

import (
	"strings"
	"testing"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
	"dengji/fixtures/calendars"
)

func shipped(t interface{ Fatal(...any) }) workday.Calendars {
	all, err := calendars.All()
	if err != nil {
		t.Fatal(err)
	}
	return workday.NewCalendars(all...)
}

func TestDeadlinesAroundHolidays(t *testing.T) {
	cases := map[string]struct {
		start       string
		days        int
		due         string
		provisional bool
	}{
		"three days over the make-up Sunday before National Day 2025":      {"2025-09-26", 3, "2025-09-30", false},
		"one day after the last working day before National Day 2025":      {"2025-09-30", 1, "2025-10-09", false},
		"the make-up Saturday after National Day 2025 counts":              {"2025-10-10", 1, "2025-10-11", false},
		"twenty days across Spring Festival 2026":                          {"2026-02-13", 20, "2026-03-19", false},
		"the make-up Saturday before Spring Festival 2026 counts":          {"2026-02-13", 1, "2026-02-14", false},
		"a period that starts within Spring Festival 2025":                 {"2025-01-29", 3, "2025-02-07", false},
		"a make-up Saturday that starts a period is not counted":           {"2025-02-08", 1, "2025-02-10", false},
		"ten days across Mid-Autumn and National Day 2026":                 {"2026-09-18", 10, "2026-10-09", false},
		"Labour Day 2026 with its make-up Saturday":                        {"2026-04-30", 4, "2026-05-09", false},
		"Dragon Boat 2025 falls on a weekend and a Monday":                 {"2025-05-30", 1, "2025-06-03", false},
		"over the year's end into a known year":                            {"2025-12-31", 1, "2026-01-04", false},
		"over the year's end into a year without a calendar":               {"2026-12-30", 3, "2027-01-04", true},
		"the last working day of a known year is not provisional":          {"2026-12-30", 1, "2026-12-31", false},
		"a year without a calendar counts by weekday alone":                {"2027-09-30", 1, "2027-10-01", true},
		"a leap day is an ordinary day":                                    {"2028-02-28", 1, "2028-02-29", true},
		"a period that begins before the first known year but ends in it ": {"2024-12-31", 1, "2025-01-02", false},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			answer, err := shipped(t).Explain(c.start, c.days)
			require.NoError(t, err)
			require.Equal(t, c.due, answer.Due)
			require.Equal(t, c.provisional, answer.Provisional)
			require.Equal(t, c.due, answer.Days[len(answer.Days)-1].Date)
			require.True(t, strings.HasPrefix(answer.CalendarDigest, "sm3:"))
		})
	}
}

func TestTheDayOfAFilingIsTheDayInShanghai(t *testing.T) {
	cases := map[string]struct{ moment, day, due string }{
		"one minute before midnight is still the old day": {"2025-09-25T15:59:00Z", "2025-09-25", "2025-09-29"},
		"one minute after midnight is the new day":        {"2025-09-25T16:01:00Z", "2025-09-26", "2025-09-30"},
		"midnight itself is the new day":                  {"2025-09-25T16:00:00Z", "2025-09-26", "2025-09-30"},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			moment, err := time.Parse(time.RFC3339, c.moment)
			require.NoError(t, err)
			require.Equal(t, c.day, ledger.Day(moment))
			answer, err := shipped(t).Explain(ledger.Day(moment), 3)
			require.NoError(t, err)
			require.Equal(t, c.due, answer.Due)
		})
	}
}

func TestEveryDaySkippedIsExplained(t *testing.T) {
	answer, err := shipped(t).Explain("2025-09-26", 5)
	require.NoError(t, err)
	var lines []string
	for _, day := range answer.Days {
		lines = append(lines, day.Date[5:]+" "+day.Reason)
	}
	require.Equal(t, []string{"09-27 weekend", "09-28 makeup-workday", "09-29 weekday", "09-30 weekday", "10-01 holiday",
		"10-02 holiday", "10-03 holiday", "10-04 holiday", "10-05 holiday", "10-06 holiday", "10-07 holiday",
		"10-08 holiday", "10-09 weekday", "10-10 weekday"}, lines)
	require.Equal(t, "国庆节、中秋节", answer.Days[4].Name)
}

func TestBothPublishedYearsHave248WorkingDays(t *testing.T) {
	for _, year := range []string{"2025", "2026"} {
		before := map[string]string{"2025": "2024-12-31", "2026": "2025-12-31"}[year]
		count, err := shipped(t).Between(before, year+"-12-31")
		require.NoError(t, err)
		require.Equal(t, 248, count, year)
	}
}

// A second library's holiday table is the judge of ours.
func TestEveryDayAgreesWithAnotherLibrary(t *testing.T) {
	calendars := shipped(t)
	for day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2027; day = day.AddDate(0, 0, 1) {
		works := day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
		if holiday := HolidayUtil.GetHoliday(day.Format(time.DateOnly)); holiday != nil {
			works = holiday.IsWork()
		}
		count, err := calendars.Between(day.AddDate(0, 0, -1).Format(time.DateOnly), day.Format(time.DateOnly))
		require.NoError(t, err)
		require.Equal(t, works, count == 1, day.Format(time.DateOnly))
	}
}

func TestAProvisionalDeadlineIsRecomputedWhenTheCalendarArrives(t *testing.T) {
	rule := ledger.ClockRule{WorkingDays: 3, Article: "20"}
	before := shipped(t)
	deadline, err := before.Deadline("acceptance", rule, "2026-12-30")
	require.NoError(t, err)
	require.True(t, deadline.Provisional)

	same, changed, err := before.Refresh(deadline)
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, deadline, same)

	all, err := calendars.All()
	require.NoError(t, err)
	after := workday.NewCalendars(append(all, ledger.Calendar{Year: 2027, Source: "made up",
		Holidays: map[string]string{"2027-01-01": "元旦", "2027-01-04": "元旦"}})...)
	settled, changed, err := after.Refresh(deadline)
	require.NoError(t, err)
	require.True(t, changed)
	require.False(t, settled.Provisional)
	require.Equal(t, "2027-01-06", settled.Due)

	again, changed, err := before.Refresh(settled)
	require.NoError(t, err)
	require.False(t, changed, "a settled deadline stays")
	require.Equal(t, settled, again)
}

func TestBadPeriodsAreRefused(t *testing.T) {
	cases := map[string]struct {
		start string
		days  int
		code  fault.Code
	}{
		"a day that does not exist":      {"2025-02-29", 1, fault.InvalidDate},
		"another notation":               {"2025/02/28", 1, fault.InvalidDate},
		"an empty start":                 {"", 1, fault.InvalidDate},
		"a year before the first":        {"1999-12-31", 1, fault.InvalidDate},
		"no days":                        {"2025-02-28", 0, fault.InvalidValue},
		"a negative number of days":      {"2025-02-28", -1, fault.InvalidValue},
		"more days than the limit":       {"2025-02-28", workday.MaxWorkingDays + 1, fault.InvalidValue},
		"a start with trailing garbage":  {"2025-02-28x", 1, fault.InvalidDate},
		"a year beyond the last":         {"2201-01-01", 1, fault.InvalidDate},
		"a start of five digits of year": {"20250-02-28", 1, fault.InvalidDate},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			_, err := shipped(t).Explain(c.start, c.days)
			require.Equal(t, c.code, fault.CodeOf(err))
		})
	}
}

func TestCalendarsAreCheckedOnTheWayIn(t *testing.T) {
	valid := func() ledger.Calendar {
		return ledger.Calendar{Schema: 1, Year: 2027, Source: "notice",
			Holidays: map[string]string{"2027-01-01": "元旦"}, Workdays: map[string]string{"2027-01-02": "元旦"}}
	}
	require.NoError(t, workday.ValidateCalendar(valid()))
	cases := map[string]struct {
		spoil func(*ledger.Calendar)
		code  fault.Code
		field string
	}{
		"a year out of range":                  {func(c *ledger.Calendar) { c.Year = 1900 }, fault.InvalidValue, "year"},
		"no source":                            {func(c *ledger.Calendar) { c.Source = "" }, fault.MissingField, "source"},
		"an over-long source":                  {func(c *ledger.Calendar) { c.Source = strings.Repeat("通", 201) }, fault.FieldTooLong, "source"},
		"a holiday of another year":            {func(c *ledger.Calendar) { c.Holidays["2026-12-31"] = "x" }, fault.InvalidValue, "holidays.2026-12-31"},
		"a holiday that is no date":            {func(c *ledger.Calendar) { c.Holidays["tomorrow"] = "x" }, fault.InvalidDate, "holidays.tomorrow"},
		"a holiday without a name":             {func(c *ledger.Calendar) { c.Holidays["2027-10-01"] = "" }, fault.MissingField, "holidays.2027-10-01"},
		"a make-up day that is no weekend day": {func(c *ledger.Calendar) { c.Workdays["2027-01-04"] = "x" }, fault.InvalidValue, "workdays.2027-01-04"},
		"a day in both lists":                  {func(c *ledger.Calendar) { c.Holidays["2027-01-02"] = "x" }, fault.DuplicateItem, "workdays.2027-01-02"},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			calendar := valid()
			c.spoil(&calendar)
			err := workday.ValidateCalendar(calendar)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.field, fault.Of(err).Field)
		})
	}
	t.Run("more days than the limit", func(t *testing.T) {
		calendar := valid()
		for day := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC); len(calendar.Holidays) < 61; day = day.AddDate(0, 0, 1) {
			calendar.Holidays[day.Format(time.DateOnly)] = "x"
		}
		require.Equal(t, fault.TooManyItems, fault.CodeOf(workday.ValidateCalendar(calendar)))
	})
}

func TestShippedCalendarsAreValid(t *testing.T) {
	all, err := calendars.All()
	require.NoError(t, err)
	require.Len(t, all, 2)
	for _, calendar := range all {
		require.NoError(t, workday.ValidateCalendar(calendar))
	}
}

func TestCountingAndDueDaysAgree(t *testing.T) {
	known := shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC).
			AddDate(0, 0, rapid.IntRange(0, 900).Draw(t, "offset")).Format(time.DateOnly)
		days := rapid.IntRange(1, 60).Draw(t, "days")
		answer, err := known.Explain(start, days)
		require.NoError(t, err)
		require.Greater(t, answer.Due, start, "a deadline never precedes its start")
		counted, err := known.Between(start, answer.Due)
		require.NoError(t, err)
		require.Equal(t, days, counted)
		last := answer.Days[len(answer.Days)-1]
		require.True(t, last.Counted, "a period ends on a working day")
		longer, err := known.Explain(start, days+1)
		require.NoError(t, err)
		require.Greater(t, longer.Due, answer.Due)
	})
}

func FuzzExplainNeverPanics(f *testing.F) {
	f.Add("2025-09-26", 3)
	f.Add("", -1)
	f.Fuzz(func(t *testing.T, start string, days int) {
		answer, err := shipped(t).Explain(start, days)
		if err == nil && answer.Due <= start {
			t.Fatalf("due %s is not after %s", answer.Due, start)
		}
		if err != nil && fault.CodeOf(err) == fault.Internal {
			t.Fatalf("untyped error: %v", err)
		}
	})
}
