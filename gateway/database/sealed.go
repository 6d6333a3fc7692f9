package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"dengji/gateway/evidence/sealing"
)

// Sealed names a column of secrets that are sealed under a master key.
type Sealed struct {
	Table   string
	Column  string
	Key     []string                     // columns that the context is made of
	Context func(values []string) string // for the values of Key
}

// ResealSummary counts what Reseal did.
type ResealSummary struct {
	Sealed  int // secrets sealed anew
	Current int // secrets that were under the current master key already
	Damaged int // secrets that cannot be opened; they stay as they are
}

// resealAtOnce is how many secrets are replaced in one transaction.
const resealAtOnce = 200

// Reseal seals a column's secrets under the current master key. It may run beside
// other processes: a secret that somebody replaces meanwhile is left alone. When it
// is broken off it goes on where it was when run again. It ends with
// sealing.ErrUnknownKey where a master key is missing.
func Reseal(ctx context.Context, opened *sql.DB, sealer sealing.Sealer, of Sealed) (ResealSummary, error) {
	var summary ResealSummary
	for after, more := int64(0), true; more; {
		rows, err := of.read(ctx, opened, after)
		if err != nil {
			return summary, err
		}
		if more = len(rows) == resealAtOnce; len(rows) > 0 {
			after = rows[len(rows)-1].id
		}
		changed, err := of.anew(ctx, sealer, rows, &summary)
		if err == nil {
			err = of.replace(ctx, opened, changed)
		}
		if err != nil {
			return summary, fmt.Errorf("database: seal %s.%s anew: %w", of.Table, of.Column, err)
		}
		summary.Sealed += len(changed)
	}
	return summary, nil
}

// secret is a row's secret.
type secret struct {
	id          int64
	key         []string
	sealed, new string
}

func (of Sealed) read(ctx context.Context, opened *sql.DB, after int64) ([]secret, error) {
	query := fmt.Sprintf(`SELECT rowid, %s, %s FROM %s WHERE rowid > ? ORDER BY rowid LIMIT ?`, of.Column, strings.Join(of.Key, ", "), of.Table) //nolint:gosec // names of our own schema
	rows, err := opened.QueryContext(ctx, query, after, resealAtOnce)
	if err != nil {
		return nil, fmt.Errorf("database: read %s.%s: %w", of.Table, of.Column, err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var found []secret
	for rows.Next() {
		row := secret{key: make([]string, len(of.Key))}
		into := []any{&row.id, &row.sealed}
		for i := range row.key {
			into = append(into, &row.key[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("database: read %s.%s: %w", of.Table, of.Column, err)
		}
		found = append(found, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("database: read %s.%s: %w", of.Table, of.Column, err)
	}
	return found, nil
}

// anew gives those of the rows that are under an older key, with a new seal.
func (of Sealed) anew(ctx context.Context, sealer sealing.Sealer, rows []secret, summary *ResealSummary) ([]secret, error) {
	var changed []secret
	for _, row := range rows {
		if sealer.IsCurrent(row.sealed) {
			summary.Current++
			continue
		}
		content, err := sealer.Open(ctx, row.sealed, of.Context(row.key))
		if errors.Is(err, sealing.ErrDamaged) {
			summary.Damaged++
			continue
		}
		if err == nil {
			row.new, err = sealer.Seal(ctx, content, of.Context(row.key))
		}
		if err != nil {
			return nil, err
		}
		changed = append(changed, row)
	}
	return changed, nil
}

func (of Sealed) replace(ctx context.Context, opened *sql.DB, rows []secret) error {
	if len(rows) == 0 {
		return nil
	}
	statement := fmt.Sprintf(`UPDATE %s SET %s = ? WHERE rowid = ? AND %s = ?`, of.Table, of.Column, of.Column)
	return InTransaction(ctx, opened, func(writing *sql.Tx) error {
		for _, row := range rows {
			if _, err := writing.ExecContext(ctx, statement, row.new, row.id, row.sealed); err != nil {
				return err
			}
		}
		return nil
	})
}
