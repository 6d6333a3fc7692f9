package procedure_test

import (
	"time"

	"dengji/chaincode/ledger"
)

// timeOf gives ten in the morning of a day in Beijing.
func timeOf(day string) (time.Time, error) {
	return time.ParseInLocation("2006-01-02 15:04", day+" 10:00", ledger.Shanghai)
}
