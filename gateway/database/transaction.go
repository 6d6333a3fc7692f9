package database

import (
	"context"
	"database/sql"
	"fmt"
)

// InTransaction commits what do writes, or nothing where it fails; its error is
// do's own.
func InTransaction(ctx context.Context, opened *sql.DB, do func(*sql.Tx) error) error {
	transaction, err := opened.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("database: begin: %w", err)
	}
	defer transaction.Rollback() //nolint:errcheck // of no effect once committed
	if err := do(transaction); err != nil {
		return err
	}
	if err := transaction.Commit(); err != nil {
		return fmt.Errorf("database: commit: %w", err)
	}
	return nil
}
