package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
)

// ReadTimeout bounds one question.
const ReadTimeout = 5 * time.Second

// Select runs one prepared SELECT and hands every row to scan. The connection
// cannot write. Placeholders are $1, $2, ...
func (s *Store) Select(ctx context.Context, query string, arguments []any, scan func(*sql.Rows) error) error {
	ctx, cancel := context.WithTimeout(ctx, ReadTimeout)
	defer cancel()
	prepared, err := s.reads.get(ctx, query) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return err
	}
	found, err := prepared.QueryContext(ctx, arguments...)
	if err != nil {
		return fmt.Errorf("read model: select: %w", err)
	}
	return each(found, scan)
}

func each(found *sql.Rows, scan func(*sql.Rows) error) (err error) {
	defer func() { err = errors.Join(err, found.Close()) }()
	for found.Next() {
		if err := scan(found); err != nil {
			return err
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("read model: rows: %w", err)
	}
	return nil
}

// snapshot runs questions that must all see one state.
func (s *Store) snapshot(ctx context.Context, do func(*sql.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if s.engine.dialect == goose.DialectPostgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.engine.read.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("read model: begin: %w", err)
	}
	return errors.Join(do(tx), rollback(tx))
}
