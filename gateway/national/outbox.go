package national

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/database"
	"dengji/gateway/national/wire"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/recurring"
)

// State is what has become of a delivery.
type State string

// The states of a delivery.
const (
	Pending   State = "pending"   // to be sent, or to be sent again
	Accepted  State = "accepted"  // taken; the national code is awaited
	Delivered State = "delivered" // answered for
	Dead      State = "dead"      // refused; later ones of the registration wait
)

// Delivery is one entry of the outbox.
type Delivery struct {
	ID                int64     `json:"id"`
	Registration      string    `json:"registration"`
	Sequence          int       `json:"sequence"`
	Key               string    `json:"key"` // idempotency key
	Kind              wire.Kind `json:"kind"`
	Version           int       `json:"version"`
	State             State     `json:"state"`
	Attempts          int       `json:"attempts"`
	NextAt            string    `json:"nextAt"` // RFC 3339 UTC, of the next attempt
	recurring.Failure           // of the last attempt
	Receipt           string    `json:"receipt,omitempty"`
	NationalCode      string    `json:"nationalCode,omitempty"`
	CreatedAt         string    `json:"createdAt"`
	UpdatedAt         string    `json:"updatedAt"`
	body, digest      string
}

const columns = "id, registration, sequence, key, kind, version, state, attempts, next_at, error, receipt, national_code, created_at, updated_at, body, digest"

func scanDelivery(scan func(...any) error) (Delivery, error) {
	var d Delivery
	var failed string
	err := scan(&d.ID, &d.Registration, &d.Sequence, &d.Key, &d.Kind, &d.Version, &d.State, &d.Attempts, &d.NextAt, &failed,
		&d.Receipt, &d.NationalCode, &d.CreatedAt, &d.UpdatedAt, &d.body, &d.digest)
	d.Failure = recurring.ParseFailure(failed)
	return d, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, arguments ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
	ExecContext(ctx context.Context, query string, arguments ...any) (sql.Result, error)
}

// outbox keeps the deliveries.
type outbox struct {
	database *sql.DB
	clock    func() time.Time
}

func (o outbox) now() string { return database.Stamp(o.clock()) }

// place gives the place in the event log up to which everything is in the outbox.
func place(ctx context.Context, in querier) (queries.Place, error) {
	at := queries.Origin
	err := in.QueryRowContext(ctx, `SELECT block, position FROM national_place`).Scan(&at.Block, &at.Position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("national: place: %w", err)
	}
	return at, nil
}

func remember(ctx context.Context, in querier, at queries.Place) error {
	_, err := in.ExecContext(ctx, `INSERT INTO national_place (one, block, position) VALUES (1, ?, ?)
		ON CONFLICT (one) DO UPDATE SET block = excluded.block, position = excluded.position`, at.Block, at.Position)
	if err != nil {
		return fmt.Errorf("national: remember the place: %w", err)
	}
	return nil
}

// last gives the newest delivery of a registration; nil where there is none.
func last(ctx context.Context, in querier, registration string) (*Delivery, error) {
	found, err := scanDelivery(in.QueryRowContext(ctx, `SELECT `+columns+` FROM national_deliveries WHERE registration = ? ORDER BY sequence DESC LIMIT 1`, registration).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("national: last delivery of %s: %w", registration, err)
	}
	return &found, nil
}

// add puts a record behind the last delivery of its registration.
func (o outbox) add(ctx context.Context, in querier, after *Delivery, kind wire.Kind, record wire.Record) (*Delivery, error) {
	sequence := 1
	if after != nil {
		sequence = after.Sequence + 1
	}
	digest, err := record.Digest()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(wire.Delivery{Schema: wire.Schema, Sequence: sequence, Kind: kind, Record: record})
	if err != nil {
		return nil, err
	}
	now := o.now()
	added := &Delivery{Registration: record.Code, Sequence: sequence, Key: fmt.Sprintf("%s-%d", record.Code, sequence), Kind: kind,
		Version: record.Version, State: Pending, NextAt: now, CreatedAt: now, UpdatedAt: now, body: string(body), digest: digest}
	_, err = in.ExecContext(ctx, `INSERT INTO national_deliveries
		(registration, sequence, key, kind, version, digest, body, state, attempts, next_at, error, receipt, national_code, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '', '', '', ?, ?)`,
		added.Registration, added.Sequence, added.Key, added.Kind, added.Version, digest, added.body, Pending, now, now, now)
	if err != nil {
		return nil, fmt.Errorf("national: add %s: %w", added.Key, err)
	}
	return added, nil
}

// due gives what is to be sent now: of each registration the first that is not
// answered for, unless that is dead or waits for its next attempt.
func (o outbox) due(ctx context.Context, state State, limit int) ([]Delivery, error) {
	rows, err := o.database.QueryContext(ctx, `SELECT `+columns+` FROM national_deliveries d WHERE state = ? AND next_at <= ? AND NOT EXISTS
		(SELECT 1 FROM national_deliveries e WHERE e.registration = d.registration AND e.sequence < d.sequence AND e.state IN ('pending', 'dead'))
		ORDER BY id LIMIT ?`, state, o.now(), limit)
	return collect(rows, err)
}

func collect(rows *sql.Rows, err error) ([]Delivery, error) {
	if err != nil {
		return nil, fmt.Errorf("national: read outbox: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	found := []Delivery{}
	for rows.Next() {
		one, err := scanDelivery(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("national: read outbox: %w", err)
		}
		found = append(found, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("national: read outbox: %w", err)
	}
	return found, nil
}

// settle writes down what has become of a delivery.
func (o outbox) settle(ctx context.Context, d Delivery) error {
	_, err := o.database.ExecContext(ctx, `UPDATE national_deliveries SET state = ?, attempts = ?, next_at = ?, error = ?, receipt = ?, national_code = ?, updated_at = ? WHERE id = ?`,
		d.State, d.Attempts, d.NextAt, d.Text(), d.Receipt, d.NationalCode, o.now(), d.ID)
	if err != nil {
		return fmt.Errorf("national: settle %s: %w", d.Key, err)
	}
	return nil
}

// replay has a dead letter tried again: NOT_FOUND where there is no delivery of
// that id, ACTION_NOT_AVAILABLE where it is not dead.
func (o outbox) replay(ctx context.Context, id int64) (Delivery, error) {
	now := o.now()
	result, err := o.database.ExecContext(ctx, `UPDATE national_deliveries SET state = 'pending', attempts = 0, next_at = ?, updated_at = ? WHERE id = ? AND state = 'dead'`, now, now, id)
	if err != nil {
		return Delivery{}, fmt.Errorf("national: replay: %w", err)
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return Delivery{}, fmt.Errorf("national: replay: %w", err)
	}
	found, err := scanDelivery(o.database.QueryRowContext(ctx, `SELECT `+columns+` FROM national_deliveries WHERE id = ?`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Delivery{}, fault.New(fault.NotFound, fault.Field("id"))
	}
	if err != nil {
		return Delivery{}, fmt.Errorf("national: replay: %w", err)
	}
	if changed == 0 {
		return found, fault.New(fault.ActionNotAvailable, fault.Value("state", string(found.State)))
	}
	return found, nil
}

// list gives a page of the outbox, the newest first.
func (o outbox) list(ctx context.Context, state State, registration string, page ledger.PageRequest) (ledger.Page[Delivery], error) {
	size, before, err := database.NewestFirst(page, ledger.DefaultPageSize)
	if err != nil {
		return ledger.Page[Delivery]{}, err
	}
	rows, err := o.database.QueryContext(ctx, `SELECT `+columns+` FROM national_deliveries
		WHERE (? = '' OR state = ?) AND (? = '' OR registration = ?) AND id < ? ORDER BY id DESC LIMIT ?`,
		state, state, registration, registration, before, size+1)
	found, err := collect(rows, err)
	if err != nil {
		return ledger.Page[Delivery]{}, err
	}
	answer := ledger.Page[Delivery]{Items: found[:min(size, len(found))]}
	if len(found) > size {
		answer.Bookmark = fmt.Sprint(found[size-1].ID)
	}
	return answer, nil
}
