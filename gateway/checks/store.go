package checks

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"dengji/chaincode/ledger"
	"dengji/gateway/database"
)

// kept is a finding as the database remembers it.
type kept struct {
	check   Name
	about   string
	text    ledger.Text
	beganAt string
	goneAt  string // "": it is found
	told    bool
}

// known lists what is remembered, in a fixed order.
func (m *Monitor) known(ctx context.Context) ([]kept, error) {
	rows, err := m.Database.QueryContext(ctx, `SELECT check_name, about, text_zh, text_en, began_at, gone_at, told FROM check_findings ORDER BY check_name, about`)
	if err != nil {
		return nil, fmt.Errorf("checks: findings: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	var all []kept
	for rows.Next() {
		var each kept
		if err := rows.Scan(&each.check, &each.about, &each.text.ZH, &each.text.EN, &each.beganAt, &each.goneAt, &each.told); err != nil {
			return nil, fmt.Errorf("checks: findings: %w", err)
		}
		all = append(all, each)
	}
	return all, rows.Err()
}

// remember writes down what a pass has found, and since when what was found before is
// not found any more.
func (m *Monitor) remember(ctx context.Context, latest map[Name]result, now time.Time) error {
	before, err := m.known(ctx)
	if err != nil {
		return err
	}
	stamp := database.Stamp(now)
	return database.InTransaction(ctx, m.Database, func(transaction *sql.Tx) error {
		for name, of := range latest {
			if err := found(ctx, transaction, name, of.findings, stamp); err != nil {
				return err
			}
		}
		for _, each := range before {
			if !latest[each.check].ends(each) {
				continue
			}
			if _, err := transaction.ExecContext(ctx, `UPDATE check_findings SET gone_at = ? WHERE check_name = ? AND about = ?`, stamp, each.check, each.about); err != nil {
				return fmt.Errorf("checks: remember: %w", err)
			}
		}
		return nil
	})
}

// found writes down what a check has found at a moment.
func found(ctx context.Context, in *sql.Tx, name Name, findings []Finding, stamp string) error {
	for _, each := range findings {
		_, err := in.ExecContext(ctx, `INSERT INTO check_findings (check_name, about, text_zh, text_en, began_at, gone_at, told) VALUES (?, ?, ?, ?, ?, '', 0)
			ON CONFLICT (check_name, about) DO UPDATE SET text_zh = excluded.text_zh, text_en = excluded.text_en, gone_at = ''`, name, each.About, each.Text.ZH, each.Text.EN, stamp)
		if err != nil {
			return fmt.Errorf("checks: remember: %w", err)
		}
	}
	return nil
}

// ends reports whether a finding of before is gone. A check that could not find out
// ends nothing.
func (r result) ends(before kept) bool {
	return before.goneAt == "" && !r.failed && !slices.ContainsFunc(r.findings, func(found Finding) bool { return found.About == before.about })
}

func (m *Monitor) noteTold(ctx context.Context, of kept) error {
	if _, err := m.Database.ExecContext(ctx, `UPDATE check_findings SET told = 1 WHERE check_name = ? AND about = ?`, of.check, of.about); err != nil {
		return fmt.Errorf("checks: note what was told: %w", err)
	}
	return nil
}

func (m *Monitor) forget(ctx context.Context, of kept) error {
	if _, err := m.Database.ExecContext(ctx, `DELETE FROM check_findings WHERE check_name = ? AND about = ?`, of.check, of.about); err != nil {
		return fmt.Errorf("checks: forget: %w", err)
	}
	return nil
}
