package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/rows"
)

// Checkpoint names the last block applied.
type Checkpoint struct {
	Number int64  // -1: none
	Hash   string // of its header, hexadecimal; empty: none

	mapping int64 // rows.Version of the code that made the rows
}

// Store is an open read model. It is safe for concurrent use; several stores, in
// several processes, may share a database.
type Store struct {
	engine engine
	writes *statements
	reads  *statements
}

// Open opens the database, creating a SQLite file (0600) where there is none, and
// brings its schema up to date. Tables that another version of the mapping has
// filled are emptied. The connection string is postgres://... or a file's path.
func Open(ctx context.Context, dsn string) (*Store, error) {
	connected, err := connect(dsn)
	if err != nil {
		return nil, err
	}
	opened := newStore(connected)
	if err := opened.prepare(ctx); err != nil {
		return nil, errors.Join(err, connected.close())
	}
	return opened, nil
}

func newStore(connected engine) *Store {
	return &Store{engine: connected, writes: newStatements(connected.write), reads: newStatements(connected.read)}
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.engine.migrate(ctx); err != nil {
		return err
	}
	found, err := s.Checkpoint(ctx)
	if err != nil || found.mapping == rows.Version {
		return err
	}
	return s.Empty(ctx)
}

// Close ends all connections. Prepared statements end with them.
func (s *Store) Close() error {
	if err := s.engine.close(); err != nil {
		return fmt.Errorf("read model: close: %w", err)
	}
	return nil
}

// Checkpoint gives the last block applied.
func (s *Store) Checkpoint(ctx context.Context) (Checkpoint, error) {
	return readCheckpoint(ctx, s.engine.read)
}

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func readCheckpoint(ctx context.Context, from queryer) (Checkpoint, error) {
	var found Checkpoint
	err := from.QueryRowContext(ctx, "SELECT number, hash, mapping FROM checkpoint WHERE id = 1").Scan(&found.Number, &found.Hash, &found.mapping)
	if err != nil {
		return found, fmt.Errorf("read model: checkpoint: %w", err)
	}
	return found, nil
}

// Empty removes every row and sets the checkpoint before the first block, in one
// transaction.
func (s *Store) Empty(ctx context.Context) error {
	return s.transaction(ctx, func(tx *sql.Tx) error {
		// The checkpoint first: its lock keeps other writers out.
		if _, err := tx.ExecContext(ctx, "UPDATE checkpoint SET number = -1, hash = '', mapping = $1 WHERE id = 1", rows.Version); err != nil {
			return fmt.Errorf("read model: empty: %w", err)
		}
		for _, name := range append(tableNames(), "blocks") {
			if _, err := tx.ExecContext(ctx, s.emptying(name)); err != nil {
				return fmt.Errorf("read model: empty %s: %w", name, err)
			}
		}
		return s.removeWords(ctx, tx)
	})
}

func (s *Store) emptying(table string) string {
	if s.engine.dialect == goose.DialectPostgres {
		return "TRUNCATE " + table
	}
	return "DELETE FROM " + table // SQLite drops the pages at once
}

func tableNames() []string {
	names := make([]string, 0, len(rows.Tables)+1)
	for _, table := range rows.Tables {
		names = append(names, table.Name)
	}
	return names
}

// Apply writes a block's rows and its checkpoint, all or nothing. It reports false
// where the very same block has been applied before, by whomever. A block that
// does not follow the checkpoint is a *ChainError, a record that cannot be read a
// *rows.Error; both are for good. Any other error is the database's; the block may
// have been applied all the same, and can be handed over again.
func (s *Store) Apply(ctx context.Context, block blocks.Block) (bool, error) {
	var changes []rows.Change
	valid := 0
	for _, transaction := range block.Transactions {
		made, err := rows.Of(transaction)
		if err != nil {
			return false, fmt.Errorf("read model: block %d: %w", block.Number, err)
		}
		if transaction.Valid() {
			valid++
		}
		changes = append(changes, made...)
	}
	prepared, err := s.prepared(ctx, changes)
	if err != nil {
		return false, err
	}
	applied := false
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		advanced, err := s.advance(ctx, tx, block)
		if err != nil || !advanced {
			return err
		}
		applied = true
		_, err = tx.ExecContext(ctx, "INSERT INTO blocks (number, hash, transactions, valid) VALUES ($1, $2, $3, $4)",
			int64(block.Number), hex.EncodeToString(block.Hash), int64(len(block.Transactions)), int64(valid))
		if err != nil {
			return fmt.Errorf("read model: block %d: %w", block.Number, err)
		}
		if err := change(ctx, tx, changes, prepared); err != nil {
			return err
		}
		return s.indexWords(ctx, tx, changes, rows.FirstPlace(block.Number))
	})
	return applied && err == nil, err
}

// advance moves the checkpoint to the block, if it stands directly before it. In
// PostgreSQL the row's lock lets one gateway at a time through; the next one then
// finds the block applied.
func (s *Store) advance(ctx context.Context, tx *sql.Tx, block blocks.Block) (bool, error) {
	result, err := tx.ExecContext(ctx,
		"UPDATE checkpoint SET number = $1, hash = $2 WHERE id = 1 AND number = $3 AND hash = $4 AND mapping = $5",
		int64(block.Number), hex.EncodeToString(block.Hash), int64(block.Number)-1, hex.EncodeToString(block.PreviousHash), rows.Version)
	if err != nil {
		return false, fmt.Errorf("read model: checkpoint: %w", err)
	}
	moved, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("read model: checkpoint: %w", err)
	}
	if moved == 1 {
		return true, nil
	}
	return false, disagreement(ctx, tx, block)
}

// disagreement finds out why a block does not follow the checkpoint; nil when it
// has been applied already.
func disagreement(ctx context.Context, tx *sql.Tx, block blocks.Block) error {
	found, err := readCheckpoint(ctx, tx)
	if err != nil {
		return err
	}
	refused := &ChainError{Number: block.Number, Previous: hex.EncodeToString(block.PreviousHash), Checkpoint: found}
	switch number := int64(block.Number); {
	case found.mapping != rows.Version:
		refused.Err = ErrMapping
	case number > found.Number+1:
		refused.Err = ErrGap
	case number == found.Number+1:
		refused.Err = ErrFork
	default:
		return sameBlock(ctx, tx, block, refused)
	}
	return refused
}

func sameBlock(ctx context.Context, tx *sql.Tx, block blocks.Block, refused *ChainError) error {
	var hash string
	err := tx.QueryRowContext(ctx, "SELECT hash FROM blocks WHERE number = $1", int64(block.Number)).Scan(&hash)
	if err != nil {
		return fmt.Errorf("read model: block %d: %w", block.Number, err)
	}
	if hash != hex.EncodeToString(block.Hash) {
		refused.Err = ErrFork
		return refused
	}
	return nil
}

// prepared gives the statement of every change. It is called before a transaction
// holds the connection.
func (s *Store) prepared(ctx context.Context, changes []rows.Change) ([]*sql.Stmt, error) {
	made := make([]*sql.Stmt, len(changes))
	for i, change := range changes {
		statement, err := s.writes.get(ctx, statementOf(change)) //nolint:sqlclosecheck // kept for the next time
		if err != nil {
			return nil, err
		}
		made[i] = statement
	}
	return made, nil
}

func change(ctx context.Context, tx *sql.Tx, changes []rows.Change, prepared []*sql.Stmt) error {
	for i, change := range changes {
		if err := execute(ctx, tx, prepared[i], change.Values); err != nil {
			return fmt.Errorf("read model: table %s: %w", change.Table.Name, err)
		}
	}
	return nil
}

// execute runs a prepared statement inside a transaction; the statement stays
// prepared behind it.
func execute(ctx context.Context, tx *sql.Tx, prepared *sql.Stmt, values []any) (err error) {
	inside := tx.StmtContext(ctx, prepared)
	defer func() { err = errors.Join(err, inside.Close()) }()
	_, err = inside.ExecContext(ctx, values...)
	return err
}

func (s *Store) transaction(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.engine.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("read model: begin: %w", err)
	}
	if err := do(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("read model: commit: %w", err)
	}
	return nil
}

func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("read model: roll back: %w", err)
	}
	return nil
}
