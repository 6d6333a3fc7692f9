package readmodel

import (
	"os"
	"path/filepath"
)

// DSNVariable names the environment variable with the connection string: a
// PostgreSQL one holds a password and never stands in an argument or a log.
const DSNVariable = "DENGJI_READMODEL"

// File is the SQLite file inside the gateway's folder that is used without it.
const File = "readmodel.db"

// DSN gives the connection string of the environment, or the file of a folder.
func DSN(folder string) string {
	if dsn := os.Getenv(DSNVariable); dsn != "" {
		return dsn
	}
	return filepath.Join(folder, File)
}
