package queries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// ClockStatistic sums the clocks of one name that ended in a period (Art. 26).
type ClockStatistic struct {
	Clock       string `json:"clock"`
	Ended       int    `json:"ended"`
	Overdue     int    `json:"overdue"`
	UsedDays    int    `json:"usedDays"`    // working days, sum
	OverdueDays int    `json:"overdueDays"` // working days, sum
}

// CountStatistic counts the steps of one kind in a period.
type CountStatistic struct {
	Subject ledger.Subject `json:"subject"`
	Action  string         `json:"action"`
	Counts  string         `json:"counts,omitempty"` // name in the rule pack
	Steps   int            `json:"steps"`
}

// Statistics is the evaluation of Art. 26 over a period, from the measurements
// that the steps have left on the ledger.
type Statistics struct {
	From   string           `json:"from"`
	To     string           `json:"to"`
	Clocks []ClockStatistic `json:"clocks"`
	Counts []CountStatistic `json:"counts"`
}

// Statistics sums a period of days, YYYY-MM-DD, both included.
func (q *Queries) Statistics(ctx context.Context, from, to string) (Statistics, error) {
	if !storable(from) || !storable(to) {
		return Statistics{}, fault.New(fault.InvalidValue, fault.Field("from"))
	}
	sums := Statistics{From: from, To: to, Clocks: []ClockStatistic{}, Counts: []CountStatistic{}}
	err := q.store.Select(ctx, "SELECT clock, COUNT(*), SUM(CASE WHEN overdue_days > 0 THEN 1 ELSE 0 END), "+
		"CAST(SUM(used_days) AS BIGINT), CAST(SUM(overdue_days) AS BIGINT) FROM measured_clocks WHERE day >= $1 AND day <= $2 GROUP BY clock ORDER BY clock",
		[]any{from, to}, func(found *sql.Rows) error {
			var c ClockStatistic
			err := found.Scan(&c.Clock, &c.Ended, &c.Overdue, &c.UsedDays, &c.OverdueDays)
			sums.Clocks = append(sums.Clocks, c)
			return err
		})
	if err != nil {
		return sums, err
	}
	err = q.store.Select(ctx, "SELECT subject, action, counts, COUNT(*) FROM measurements WHERE day >= $1 AND day <= $2 "+
		"GROUP BY subject, action, counts ORDER BY subject, action, counts",
		[]any{from, to}, func(found *sql.Rows) error {
			var c CountStatistic
			err := found.Scan(&c.Subject, &c.Action, &c.Counts, &c.Steps)
			sums.Counts = append(sums.Counts, c)
			return err
		})
	return sums, err
}

// Figures are the numbers of the front page.
type Figures struct {
	Registrations map[string]int `json:"registrations"` // by status
	Divisions     map[string]int `json:"divisions"`     // registrations by division
	Sections      map[string]int `json:"sections"`      // registrations by section of GB/T 4754-2017
	Entries       map[string]int `json:"entries"`       // by status
	Applications  map[string]int `json:"applications"`  // by state
}

// Figures counts what there is now.
func (q *Queries) Figures(ctx context.Context) (Figures, error) {
	var figures Figures
	var failures [5]error
	figures.Divisions, failures[3] = q.groups(ctx, "registrations", "division")
	figures.Sections, failures[4] = q.groups(ctx, "registrations", "section")
	figures.Registrations, failures[0] = q.groups(ctx, "registrations", "status")
	figures.Entries, failures[1] = q.groups(ctx, "catalog_entries", "status")
	figures.Applications, failures[2] = q.groups(ctx, "applications", "state")
	return figures, errors.Join(failures[:]...)
}

// groups counts a table's rows by a column; both are names of this package's own.
func (q *Queries) groups(ctx context.Context, table, column string) (map[string]int, error) {
	return q.count(ctx, fmt.Sprintf("SELECT %s, COUNT(*) FROM %s GROUP BY %s", column, table, column))
}

func (q *Queries) count(ctx context.Context, statement string, arguments ...any) (map[string]int, error) {
	counts := map[string]int{}
	err := q.store.Select(ctx, statement, arguments, func(found *sql.Rows) error {
		var name string
		var count int
		err := found.Scan(&name, &count)
		counts[name] = count
		return err
	})
	return counts, err
}
