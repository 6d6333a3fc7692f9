package cataloguechain

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/recurring"
)

func (s store) status(ctx context.Context) (Status, error) {
	answer := Status{Counts: map[State]int{}}
	var known, given, failed string
	err := s.database.QueryRowContext(ctx, `SELECT known, number, head, stopped_at, given, checked_at, attempts, next_at, error FROM catalogue_chain`).
		Scan(&known, &answer.Number, &answer.Head, &answer.StoppedAt, &given, &answer.CheckedAt, &answer.Attempts, &answer.NextAt, &failed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return answer, failure("status", err)
	}
	answer.Failure = recurring.ParseFailure(failed)
	if known != "" {
		answer.Known = &wire.Signed{}
		if err := json.Unmarshal([]byte(known), answer.Known); err != nil {
			return answer, failure("status", err)
		}
		answer.Chain = answer.Known.Header.Chain
	}
	if given != "" {
		answer.Given = &wire.Signed{}
		if err := json.Unmarshal([]byte(given), answer.Given); err != nil {
			return answer, failure("status", err)
		}
	}
	if err := s.count(ctx, &answer); err != nil {
		return answer, err
	}
	answer.Subscriptions, err = s.subscriptions(ctx)
	return answer, err
}

func (s store) count(ctx context.Context, into *Status) error {
	rows, err := s.database.QueryContext(ctx, `SELECT state, COUNT(*) FROM catalogue_chain_changes GROUP BY state`)
	if err != nil {
		return failure("count", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	for rows.Next() {
		var state State
		var count int
		if err := rows.Scan(&state, &count); err != nil {
			return failure("count", err)
		}
		into.Counts[state] = count
	}
	if err := rows.Err(); err != nil {
		return failure("count", err)
	}
	err = s.database.QueryRowContext(ctx, `SELECT COUNT(*) FROM catalogue_chain_changes WHERE state = 'pending' AND provider NOT IN (SELECT provider FROM catalogue_chain_subscriptions)`).Scan(&into.Waiting)
	return failure("count", err)
}
