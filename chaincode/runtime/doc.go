// Package runtime is how a transaction meets the ledger: it decodes the request
// strictly, reads the actor from the certificate, fixes the transaction's time,
// gives contracts a small typed view of the state, emits the one event, and turns
// every failure, a panic included, into a fault in its wire form. Contracts hold
// no other access to Fabric.
package runtime
