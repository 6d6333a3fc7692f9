// Package sqlite3 stands in for github.com/mattn/go-sqlite3 when Fabric CA is
// built: the same driver name, "sqlite3", served by SQLite translated to Go, so
// that a machine without a C compiler can build and run the network.
package sqlite3

import (
	"database/sql"

	"modernc.org/sqlite"
)

func init() { sql.Register("sqlite3", &sqlite.Driver{}) }
