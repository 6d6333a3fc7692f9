// Package database opens the gateway's own state: accounts, sessions, issuances
// under way, slips and the names of evidence files. It is one SQLite file,
// brought up to date by numbered migrations when it is opened. Nothing in it
// decides anything that the ledger decides, and every secret in it is sealed.
package database
