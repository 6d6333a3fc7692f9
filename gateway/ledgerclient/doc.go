// Package ledgerclient submits and evaluates transactions on the ledger. A
// transaction passes four phases - propose and endorse, submit, commit status,
// commit - and an error says in which one it failed, with the transaction id and
// what every peer said. An answer is given only when the commit status is known.
package ledgerclient
