package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dengji/gateway/readmodel/rows"
)

// Difference is one row in which two stores do not agree.
type Difference struct {
	Table   string   `json:"table"`
	Key     []string `json:"key"`
	Kind    string   `json:"kind"`              // one of the constants below
	Columns []string `json:"columns,omitempty"` // that differ
}

// Kinds of difference, seen from the store that is examined.
const (
	DifferenceMissing = "missing"
	DifferenceExtra   = "extra"
	DifferenceChanged = "changed"
)

// String gives a line for a report.
func (d Difference) String() string {
	line := fmt.Sprintf("%s %s: %s", d.Table, strings.Join(d.Key, "/"), d.Kind)
	if len(d.Columns) > 0 {
		line += " (" + strings.Join(d.Columns, ", ") + ")"
	}
	return line
}

// everything is what is compared: all tables, the blocks, the checkpoint.
var everything = append(slices.Clone(rows.Tables),
	rows.Table{Name: "blocks", Key: 1, Columns: []string{"number", "hash", "transactions", "valid"}},
	rows.Table{Name: "checkpoint", Key: 1, Columns: []string{"id", "number", "hash", "mapping"}})

// Compare lists up to limit rows in which a store differs from one that is right.
// It reads a snapshot, asks for what is right at the snapshot's checkpoint, and
// lets the store be written meanwhile.
func (s *Store) Compare(ctx context.Context, limit int, right func(Checkpoint) (*Store, error)) ([]Difference, error) {
	var found []Difference
	err := s.snapshot(ctx, func(here *sql.Tx) error {
		checkpoint, err := readCheckpoint(ctx, here)
		if err != nil {
			return err
		}
		judge, err := right(checkpoint)
		if err != nil {
			return err
		}
		return judge.snapshot(ctx, func(there *sql.Tx) error {
			found, err = compareTables(ctx, here, there, limit)
			return err
		})
	})
	return found, err
}

func compareTables(ctx context.Context, here, there *sql.Tx, limit int) ([]Difference, error) {
	var found []Difference
	for _, table := range everything {
		different, err := compareTable(ctx, table, here, there, limit-len(found))
		found = append(found, different...)
		if err != nil || len(found) >= limit {
			return found, err
		}
	}
	return found, nil
}

func compareTable(ctx context.Context, table rows.Table, here, there *sql.Tx, limit int) (found []Difference, err error) {
	left, err := openCursor(ctx, here, table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, left.rows.Close()) }()
	right, err := openCursor(ctx, there, table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, right.rows.Close()) }()
	if err := errors.Join(left.next(), right.next()); err != nil {
		return nil, err
	}
	for len(found) < limit && (left.values != nil || right.values != nil) {
		if different := compareRows(table, left, right); different != nil {
			found = append(found, *different)
		}
		if err := advance(table, left, right); err != nil {
			return found, err
		}
	}
	return found, nil
}

// compareRows looks at the rows under both cursors; nil when they agree.
func compareRows(table rows.Table, left, right *cursor) *Difference {
	switch order(table, left, right) {
	case -1:
		return &Difference{Table: table.Name, Key: left.key(table), Kind: DifferenceExtra}
	case 1:
		return &Difference{Table: table.Name, Key: right.key(table), Kind: DifferenceMissing}
	}
	var columns []string
	for i, column := range table.Columns {
		if left.values[i] != right.values[i] {
			columns = append(columns, column)
		}
	}
	if columns == nil {
		return nil
	}
	return &Difference{Table: table.Name, Key: left.key(table), Kind: DifferenceChanged, Columns: columns}
}

// advance moves the cursor that is behind, or both.
func advance(table rows.Table, left, right *cursor) error {
	behind := order(table, left, right)
	if behind <= 0 {
		if err := left.next(); err != nil {
			return err
		}
	}
	if behind >= 0 {
		return right.next()
	}
	return nil
}

// order says which cursor's key comes first: -1 the left one's, 1 the right one's.
func order(table rows.Table, left, right *cursor) int {
	switch {
	case left.values == nil && right.values == nil:
		return 0
	case left.values == nil:
		return 1
	case right.values == nil:
		return -1
	}
	return slices.CompareFunc(left.values[:table.Key], right.values[:table.Key], compareValues)
}

func compareValues(left, right any) int {
	a, aNumber := left.(int64)
	b, bNumber := right.(int64)
	if aNumber && bNumber {
		return int(max(-1, min(1, a-b)))
	}
	return strings.Compare(fmt.Sprint(left), fmt.Sprint(right))
}

// cursor reads a table in the order of its key. It stands before the first row
// until next is called.
type cursor struct {
	rows   *sql.Rows
	values []any // of the present row; nil: at the end
	width  int
}

func openCursor(ctx context.Context, tx *sql.Tx, table rows.Table) (*cursor, error) {
	query := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(table.Columns, ", "), table.Name,
		strings.Join(table.Columns[:table.Key], ", "))
	found, err := tx.QueryContext(ctx, query) //nolint:rowserrcheck,sqlclosecheck // the cursor checks it, its user closes it
	if err != nil {
		return nil, fmt.Errorf("read model: compare %s: %w", table.Name, err)
	}
	return &cursor{rows: found, width: len(table.Columns)}, nil
}

func (c *cursor) next() error {
	c.values = nil
	if !c.rows.Next() {
		if err := c.rows.Err(); err != nil {
			return fmt.Errorf("read model: compare: %w", err)
		}
		return nil
	}
	values, places := make([]any, c.width), make([]any, c.width)
	for i := range values {
		places[i] = &values[i]
	}
	if err := c.rows.Scan(places...); err != nil {
		return fmt.Errorf("read model: compare: %w", err)
	}
	c.values = values
	return nil
}

func (c *cursor) key(table rows.Table) []string {
	key := make([]string, table.Key)
	for i := range key {
		key[i] = fmt.Sprint(c.values[i])
	}
	return key
}
