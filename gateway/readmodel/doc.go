// Package readmodel keeps a copy of the ledger that can be searched, sorted and
// counted: SQLite by default, PostgreSQL for several gateways. It is filled from
// the channel's blocks, each exactly once, and can be dropped and rebuilt at any
// time. It is a cache: nothing that decides anything reads it.
package readmodel
