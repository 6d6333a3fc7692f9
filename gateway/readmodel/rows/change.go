package rows

import (
	"encoding/json"
	"fmt"
	"strings"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
)

// Error says which record, or which event, of a valid transaction cannot be read.
type Error struct {
	TxID string
	Key  ledger.Key // zero: the event
	Err  error
}

// Error gives a line for logs.
func (e *Error) Error() string {
	return fmt.Sprintf("transaction %s, record of %q: %v", e.TxID, e.Key.Kind, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Of gives the changes that a transaction makes, to be applied in order; none for
// one that is not valid. Its error is an *Error.
func Of(transaction blocks.Transaction) ([]Change, error) {
	if !transaction.Valid() {
		return nil, nil
	}
	var changes []Change
	for position, write := range transaction.Writes {
		kept, ok := kinds[write.Key.Kind]
		if !ok {
			continue
		}
		made, err := kept.changes(write)
		if err != nil {
			return nil, &Error{TxID: transaction.TxID, Key: write.Key, Err: err}
		}
		place(made, transaction, position)
		changes = append(changes, made...)
	}
	if transaction.Event != nil {
		changes = append(changes, eventRow(transaction))
	}
	return changes, nil
}

// changes replaces what the tables hold of one record.
func (k kind) changes(write blocks.Write) ([]Change, error) {
	if len(write.Key.Parts) != k.parts {
		return nil, fmt.Errorf("key: %d parts, not %d", len(write.Key.Parts), k.parts)
	}
	key, err := k.key(write.Key.Parts)
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, child := range k.children {
		changes = append(changes, Change{Table: child.table, Remove: true, Values: child.owner(key)})
	}
	if write.Deleted {
		changes = append(changes, Change{Table: k.table, Remove: true, Values: key})
	} else {
		made, err := k.rows(key, write.Value)
		if err != nil {
			return nil, err
		}
		changes = append(changes, made...)
	}
	if k.after != nil {
		changes = append(changes, k.after(key)...)
	}
	return changes, nil
}

// record makes a kind's function of one that takes the typed record, its key, and
// the JSON document as it stands on the ledger.
func record[T any](rows func(key []any, record T, document any) []Change) func([]any, []byte) ([]Change, error) {
	return func(key []any, value []byte) ([]Change, error) {
		var typed T
		if err := json.Unmarshal(value, &typed); err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
		return rows(key, typed, text(string(value))), nil
	}
}

// row puts a row together: its key, then the other columns in the table's order.
func row(table Table, key []any, values ...any) Change {
	return Change{Table: table, Values: append(append(make([]any, 0, len(table.Columns)), key...), values...)}
}

// text gives what both databases can hold: PostgreSQL knows no U+0000.
func text[S ~string](value S) any {
	return strings.ReplaceAll(strings.ToValidUTF8(string(value), "\uFFFD"), "\x00", "\uFFFD")
}

// section gives the letter of GB/T 4754-2017 that an industry code begins with.
func section(industry string) any {
	if industry == "" || industry[0] < 'A' || industry[0] > 'T' {
		return ""
	}
	return industry[:1]
}

func number(value int) any { return int64(value) }

func flag(value bool) any {
	if value {
		return int64(1)
	}
	return int64(0)
}

// next finds the clock that ends first.
func next(clocks []ledger.Deadline) (due, clock, provisional any) {
	first := ledger.Deadline{Due: NoDue}
	for _, running := range clocks {
		if running.Due < first.Due {
			first = running
		}
	}
	return text(first.Due), text(first.Clock), flag(first.Provisional)
}

func clockRows(subject ledger.Subject, key []any, clocks []ledger.Deadline) []Change {
	changes := make([]Change, len(clocks))
	for i, clock := range clocks {
		changes[i] = row(Clocks, append(under(subject)(key), number(i)),
			text(clock.Clock), text(clock.Start), text(clock.Due), flag(clock.Provisional))
	}
	return changes
}

func eventRow(transaction blocks.Transaction) Change {
	event := transaction.Event
	return row(Events, []any{int64(transaction.Number), number(transaction.Index)}, text(transaction.TxID), text(event.Type),
		text(event.Subject), text(event.Actor.Key()), text(event.Actor.Role), text(event.At))
}
