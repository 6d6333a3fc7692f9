// Package enginetest runs a test on every database that the read model supports:
// SQLite in a folder of the test, and a PostgreSQL server of the test binary's
// own, reached through a socket file. DENGJI_TEST_POSTGRES names another server.
package enginetest
