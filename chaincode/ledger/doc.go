// Package ledger declares, once, every record that Dengji keeps on the ledger,
// every event that a transaction emits, and every request and answer that
// travels between a client and the chaincode. It holds data types, their names
// and their size limits; it decides nothing. JSON field names are the public
// names, in API and ledger alike.
package ledger
