// Package national sends registrations to the national platform and takes its codes
// back (Art. 10). What has to be sent is read from the ledger's event log and put
// into an outbox in the transaction that remembers the place in the log; deliveries
// of one registration leave in order, are repeated with the same key until they are
// answered for, and stop as dead letters when the other side refuses them.
package national
