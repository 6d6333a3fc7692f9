package workday

import (
	"time"

	"dengji/chaincode/fault"
)

// shanghai is Asia/Shanghai, which has kept +08:00 without summer time since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// The years within which days are accepted, in requests and in calendars.
const (
	FirstYear = 2000
	LastYear  = 2200
)

// DayOf gives the day of Asia/Shanghai, YYYY-MM-DD, on which a moment lies.
func DayOf(moment time.Time) string { return moment.In(shanghai).Format(time.DateOnly) }

// Parse reads a day, YYYY-MM-DD, between FirstYear and LastYear. Anything else is
// INVALID_DATE with the given field name.
func Parse(day, field string) (time.Time, error) {
	parsed, err := time.Parse(time.DateOnly, day)
	if err != nil || parsed.Year() < FirstYear || parsed.Year() > LastYear {
		return time.Time{}, fault.New(fault.InvalidDate, fault.Field(field), fault.Detail("%.32q", day))
	}
	return parsed, nil
}

// format is the inverse of Parse.
func format(day time.Time) string { return day.Format(time.DateOnly) }
