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

// CaseChange is the Post of every event of the procedure: the records that the
// transaction changed, as they are after it, and the steps taken, each with the
// machine that it belongs to. One transaction can move several machines: an
// objection that is upheld ends the application, an application that is registered
// makes a registration. Event types are machine.action, as application.submit,
// application.issue, objection.raise, registration.revoke.
type CaseChange struct {
	Application  *Application       `json:"application,omitempty"`
	Objection    *Objection         `json:"objection,omitempty"`
	Registration *Registration      `json:"registration,omitempty"`
	Supervision  *SupervisionRecord `json:"supervision,omitempty"`
	Steps        []Step             `json:"steps"`
	Subjects     []Subject          `json:"subjects"` // of the steps, in the same order
}
