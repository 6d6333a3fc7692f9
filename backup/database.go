package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo

	"dengji/backup/archive"
)

// addDatabase takes a consistent copy of an SQLite database while others write to it,
// and adds that. Everything that was committed before is in it.
func (c *creating) addDatabase(ctx context.Context, name string) error {
	copied := filepath.Join(c.Home, staging, "database")
	if err := copyDatabase(ctx, c.place(name), copied); err != nil {
		return fmt.Errorf("backup: database %s: %w", name, err)
	}
	c.Note("database %s copied", name)
	return errors.Join(c.add(homePrefix+name, copied), os.Remove(copied))
}

// copyDatabase has SQLite write a database anew from within one read transaction. The
// copy reads every page, so that a damaged one is found.
func copyDatabase(ctx context.Context, from, to string) error {
	opened, err := sql.Open("sqlite", "file:"+from+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	_, err = opened.ExecContext(ctx, "VACUUM INTO ?", to)
	if err = errors.Join(err, opened.Close()); err != nil {
		return err
	}
	return os.Chmod(to, 0o600) // SQLite goes by the umask
}

// integrity gives what is wrong in a database: of its pages, and references that lead
// nowhere.
func integrity(ctx context.Context, path string) (found []string, err error) {
	opened, err := sql.Open("sqlite", "file:"+path+"?mode=ro&immutable=1")
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	var answer string
	if err := opened.QueryRowContext(ctx, "PRAGMA integrity_check(10)").Scan(&answer); err != nil {
		return []string{err.Error()}, nil
	}
	if answer != "ok" {
		found = append(found, answer)
	}
	var dangling int
	if err := opened.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&dangling); err != nil {
		return append(found, err.Error()), nil
	}
	if dangling > 0 {
		found = append(found, fmt.Sprintf("%d references lead nowhere", dangling))
	}
	return found, nil
}

// databases gives those of a manifest's files that are databases, as paths in the home.
func databases(files []archive.Entry) []string {
	var found []string
	for _, entry := range files {
		if name, ok := inHome(entry.Name); ok && TreatmentOf(name) == Database {
			found = append(found, name)
		}
	}
	return found
}
