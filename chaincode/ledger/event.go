package ledger

import "encoding/json"

// EventSchema is the version of Event that this code writes.
const EventSchema = 1

// Event is the one chaincode event of a transaction. Its Fabric event name is
// Type. It carries the post-state, so that a reader needs no second question;
// for a batch of catalogue entries it carries EntryOutcome rows, and the entries
// themselves stand in the same transaction's write set.
type Event struct {
	Schema  int             `json:"schema"`
	Type    string          `json:"type"`    // e.g. "catalog.put", "application.accept", "registration.issued"
	Subject string          `json:"subject"` // ledger id of what changed
	At      string          `json:"at"`      // ledger time, RFC 3339 UTC
	Actor   Actor           `json:"actor"`
	TxID    string          `json:"txId"`
	Post    json.RawMessage `json:"post"` // record(s) after the transaction
}
