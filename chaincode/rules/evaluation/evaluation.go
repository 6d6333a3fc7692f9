// Package evaluation adds up the measurements that every step of the procedure
// leaves on the ledger into the figures of Art. 26: how the registrar uses its
// periods, how often it is late, how often its reviews have to be mended. Anyone
// who reads the measurements of a period computes the same.
package evaluation

import (
	"cmp"
	"maps"
	"slices"

	"dengji/chaincode/ledger"
)

// Clock is what became of one statutory period.
type Clock struct {
	Clock       string `json:"clock"`
	Ended       int    `json:"ended"`
	Overdue     int    `json:"overdue"`     // of those that ended
	UsedDays    int    `json:"usedDays"`    // working days, in all
	OverdueDays int    `json:"overdueDays"` // working days past the limit, in all
	Longest     int    `json:"longest"`     // working days, of the slowest
	LongestID   string `json:"longestId"`   // the case of the slowest
}

// Count is how often something was done, for each ground apart: non-acceptance as a
// duplicate, a record about the registrar for a data-security incident.
type Count struct {
	Counts string `json:"counts"`           // name in the rule pack
	Reason string `json:"reason,omitempty"` // code of the ground
	Number int    `json:"number"`
}

// before orders counts by name, then by ground.
func (c Count) before(other Count) int {
	return cmp.Or(cmp.Compare(c.Counts, other.Counts), cmp.Compare(c.Reason, other.Reason))
}

// Report is the evaluation of a period.
type Report struct {
	From   string  `json:"from"`  // first day with a measurement, YYYY-MM-DD
	Until  string  `json:"until"` // last
	Clocks []Clock `json:"clocks"`
	Counts []Count `json:"counts"`
}

// Tally adds measurements up; feed it page by page. The zero value is empty. It is
// not safe for concurrent use.
type Tally struct {
	from, until string
	clocks      map[string]Clock
	counts      map[Count]int // Number is 0 in the key
}

// Add takes a measurement into account. The order does not matter.
func (t *Tally) Add(m ledger.Measurement) {
	if t.clocks == nil {
		t.clocks, t.counts = map[string]Clock{}, map[Count]int{}
	}
	if t.from == "" || m.Day < t.from {
		t.from = m.Day
	}
	t.until = max(t.until, m.Day)
	if m.Counts != "" {
		t.counts[Count{Counts: m.Counts, Reason: m.Reason}]++
	}
	for _, deadline := range m.Clocks {
		t.clocks[deadline.Clock] = t.clocks[deadline.Clock].with(deadline, m.ID)
	}
}

func (c Clock) with(deadline ledger.Deadline, id string) Clock {
	c.Clock = deadline.Clock
	c.Ended++
	c.UsedDays += deadline.UsedDays
	c.OverdueDays += deadline.OverdueDays
	if deadline.OverdueDays > 0 {
		c.Overdue++
	}
	slower := deadline.UsedDays > c.Longest || (deadline.UsedDays == c.Longest && (c.LongestID == "" || id < c.LongestID))
	if slower {
		c.Longest, c.LongestID = deadline.UsedDays, id
	}
	return c
}

// Report gives the figures so far, in alphabetical order.
func (t *Tally) Report() Report {
	report := Report{From: t.from, Until: t.until, Clocks: []Clock{}, Counts: []Count{}}
	for _, name := range slices.Sorted(maps.Keys(t.clocks)) {
		report.Clocks = append(report.Clocks, t.clocks[name])
	}
	for _, key := range slices.SortedFunc(maps.Keys(t.counts), Count.before) {
		report.Counts = append(report.Counts, Count{Counts: key.Counts, Reason: key.Reason, Number: t.counts[key]})
	}
	return report
}
