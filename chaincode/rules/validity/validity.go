// Package validity computes how long a registration lasts (Art. 24): periods of
// years end on the corresponding day, or on the month's last day where there is
// none (Civil Code Art. 202), the first day not counted; the renewal window is
// the calendar days that end on the last day of validity.
package validity

import (
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
)

// Period is a term of validity; both days are part of it, YYYY-MM-DD.
type Period struct{ From, Until string }

// AddYears gives the corresponding day some years later: 29 February becomes 28
// February in a year without it.
func AddYears(day time.Time, years int) time.Time {
	later := day.AddDate(years, 0, 0)
	if later.Day() != day.Day() { // AddDate normalises 29 February to 1 March
		return later.AddDate(0, 0, -1)
	}
	return later
}

// First gives the term of a code issued on a day. An authorised product or
// service whose agreement ends within the rule's years ends with the agreement;
// agreementEnd is empty otherwise. An agreement that is over on the day of
// issuance is INVALID_VALUE.
func First(rule ledger.ValidityRule, issued, agreementEnd string) (Period, error) {
	day, err := workday.Parse(issued, "issued")
	if err != nil {
		return Period{}, err
	}
	return capped(Period{From: issued, Until: format(AddYears(day, rule.Years))}, agreementEnd)
}

// Renewed gives the term that follows one: it begins on the day after the
// previous one's last, and is at most the rule's renewal years.
func Renewed(rule ledger.ValidityRule, previousUntil, agreementEnd string) (Period, error) {
	last, err := workday.Parse(previousUntil, "validUntil")
	if err != nil {
		return Period{}, err
	}
	from := last.AddDate(0, 0, 1)
	return capped(Period{From: format(from), Until: format(AddYears(last, rule.RenewalYears))}, agreementEnd)
}

func capped(period Period, agreementEnd string) (Period, error) {
	if agreementEnd == "" {
		return period, nil
	}
	if _, err := workday.Parse(agreementEnd, "agreementEnd"); err != nil {
		return Period{}, err
	}
	if agreementEnd < period.From {
		return Period{}, fault.New(fault.InvalidValue, fault.Field("agreementEnd"), fault.Article("24"),
			fault.Detail("%s is before %s", agreementEnd, period.From))
	}
	if agreementEnd < period.Until {
		period.Until = agreementEnd
	}
	return period, nil
}

// Window gives the days on which renewal may be applied for: the rule's number of
// calendar days that end on the last day of validity.
func Window(rule ledger.ValidityRule, validUntil string) (Period, error) {
	last, err := workday.Parse(validUntil, "validUntil")
	if err != nil {
		return Period{}, err
	}
	return Period{From: format(last.AddDate(0, 0, 1-rule.RenewalWindowDays)), Until: validUntil}, nil
}

// Contains reports whether a day lies in the period.
func (p Period) Contains(day string) bool { return p.From <= day && day <= p.Until }

func format(day time.Time) string { return day.Format(ledger.DateLayout) }
