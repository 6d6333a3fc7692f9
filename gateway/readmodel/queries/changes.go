package queries

import (
	"context"

	"dengji/chaincode/ledger"
)

// Place is a place in the event log.
type Place struct {
	Block    int64
	Position int // in the block
}

// Origin is the place before the first event.
var Origin = Place{Block: -1}

// RegistrationChange is an event with the registration that it may have changed;
// Code is empty where it concerns none.
type RegistrationChange struct {
	Place
	Code string
}

// RegistrationChanges reads the event log behind a place, in order, at most limit
// events of all kinds: whoever remembers the last place has missed nothing.
func (q *Queries) RegistrationChanges(ctx context.Context, after Place, limit int) ([]RegistrationChange, error) {
	l := &listing{columns: "e.block, e.position, CASE WHEN e.type LIKE 'registration.%' THEN e.subject ELSE COALESCE(a.registration, '') END",
		from: "events e LEFT JOIN applications a ON a.id = e.subject", order: []column{{"e.block", true}, {"e.position", true}}}
	found, err := read(ctx, q, l, []any{after.Block, after.Position}, limit, func(scan func(...any) error) (RegistrationChange, error) {
		var c RegistrationChange
		err := scan(&c.Block, &c.Position, &c.Code)
		return c, err
	})
	return items(found), err
}

// RegistrationsByCode lists all registrations as they stand on the ledger, in the
// order of their codes.
func (q *Queries) RegistrationsByCode(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
	return list(ctx, q, page, &listing{columns: "record", from: "registrations", order: texts("code")}, document[ledger.Registration])
}
