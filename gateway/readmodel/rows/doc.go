// Package rows says which rows of which tables a transaction leaves behind. It is
// the read model's mapping, pure and whole: the tables, and for every kind of
// record on the ledger the function that turns it into rows. Rows come from write
// sets, which are the state; the event log comes from the events.
package rows
