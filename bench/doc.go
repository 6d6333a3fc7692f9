// Package bench measures a running sandbox: closed-loop load at several
// concurrencies, for the no-op contract and for the registry's own transactions,
// each figure beside the no-op's of the same run. It reads back what it wrote and
// fails when the ledger holds anything else.
package bench
