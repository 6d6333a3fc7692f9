package database

import "database/sql"

// Changed gives none where a statement has changed no row, and err where it failed.
func Changed(result sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	count, err := result.RowsAffected()
	if err == nil && count == 0 {
		return none
	}
	return err
}
