// Package store holds the read model's tables in SQLite or PostgreSQL and applies
// blocks to them. A block's rows and the checkpoint that names the block are
// written in one database transaction, so that a block is applied exactly once,
// whatever fails in between and however many gateways feed the same database.
package store
