package ledger

import "time"

// DateLayout is the form of every day on the ledger.
const DateLayout = "2006-01-02"

// Shanghai is the zone of every "today". Asia/Shanghai has been UTC+8 without
// summer time since 1991, so a fixed zone is exact and needs no zone database,
// which could differ between endorsers.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Stamp gives a moment in the form of every time on the ledger: RFC 3339, UTC,
// whole seconds.
func Stamp(moment time.Time) string {
	return moment.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// Day gives the day in Asia/Shanghai of a moment, YYYY-MM-DD.
func Day(moment time.Time) string { return moment.In(Shanghai).Format(DateLayout) }
