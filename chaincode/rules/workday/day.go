package workday

import (
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// The years within which days are accepted, in requests and in calendars.
const (
	FirstYear = 2000
	LastYear  = 2200
)

// Parse reads a day, YYYY-MM-DD, between FirstYear and LastYear. Anything else is
// INVALID_DATE with the given field name.
func Parse(day, field string) (time.Time, error) {
	parsed, err := time.Parse(ledger.DateLayout, day)
	if err != nil || parsed.Year() < FirstYear || parsed.Year() > LastYear {
		return time.Time{}, fault.New(fault.InvalidDate, fault.Field(field), fault.Detail("%.32q", day))
	}
	return parsed, nil
}

// format is the inverse of Parse.
func format(day time.Time) string { return day.Format(ledger.DateLayout) }
