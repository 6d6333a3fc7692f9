package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// pagesOfAdvance is how many pages of entries one Advance reads.
	pagesOfAdvance = 50
	// roundEvery is how often the whole log is read again from its first entry.
	roundEvery = 24 * time.Hour
)

// Watch checks the log a part at a time: the whole of it once a day, and what is new
// at every turn. How far it has found the log whole is kept in the database, so that
// a log that was cut off while nobody looked shows after a restart. It is safe for
// concurrent use.
type Watch struct {
	database *sql.DB
	clock    func() time.Time

	mutex sync.Mutex
	round *checking // nil: the next one begins with the first entry that is kept
	begun time.Time // of the round
}

// NewWatch makes a Watch of a database's log.
func NewWatch(opened *sql.DB, clock func() time.Time) *Watch {
	return &Watch{database: opened, clock: clock}
}

// Advance checks what comes next, at most some 50,000 entries. It answers ErrTampered,
// and does so again at the next turn, where something was changed, removed or slipped
// in. It changes nothing in the log.
func (w *Watch) Advance(ctx context.Context) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	removed, digest, err := base(ctx, w.database)
	if err != nil {
		return err
	}
	if w.round == nil || w.clock().Sub(w.begun) >= roundEvery || w.round.sequence < removed { // what was still to be read has been removed after its time
		if err := w.begin(ctx, removed, digest); err != nil {
			return err
		}
	}
	for range pagesOfAdvance {
		more, err := w.round.next(ctx, w.database)
		if err != nil {
			return w.unlessRemoved(ctx, removed, err)
		}
		if !more {
			return w.arrive(ctx)
		}
	}
	return nil
}

// begin starts a round that has to meet the entry up to which the log was whole.
func (w *Watch) begin(ctx context.Context, removed int64, digest []byte) error {
	noted, err := w.noted(ctx)
	if err != nil {
		return err
	}
	w.round, w.begun = &checking{removed, digest, map[int64]string{}}, w.clock()
	if noted.Sequence > removed {
		w.round.heads[noted.Sequence] = noted.Digest
	}
	return nil
}

// unlessRemoved forgives an entry that is missing because its time has come while it
// was looked for.
func (w *Watch) unlessRemoved(ctx context.Context, before int64, failure error) error {
	removed, _, err := base(ctx, w.database)
	if err == nil && removed > before && removed > w.round.sequence {
		w.round = nil
		return nil
	}
	return failure
}

// arrive holds the end of the log against what was found whole before, and notes it.
func (w *Watch) arrive(ctx context.Context) error {
	for missing := range w.round.heads {
		return fmt.Errorf("%w: entry %d, which was there, is missing", ErrTampered, missing)
	}
	sequence, _, err := newest(ctx, w.database)
	if err != nil {
		return err
	}
	if sequence < w.round.sequence {
		return fmt.Errorf("%w: it ended at entry %d and ends at %d", ErrTampered, w.round.sequence, sequence)
	}
	if w.round.sequence == 0 {
		return nil
	}
	_, err = w.database.ExecContext(ctx, `INSERT INTO audit_checked (one, sequence, digest) VALUES (1, ?, ?)
		ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest WHERE sequence <> excluded.sequence`, w.round.sequence, w.round.digest)
	if err != nil {
		return fmt.Errorf("audit: note how far the log is whole: %w", err)
	}
	return nil
}

// noted gives the entry up to which the log was found whole; zero: none yet.
func (w *Watch) noted(ctx context.Context) (Head, error) {
	var sequence int64
	var digest []byte
	err := w.database.QueryRowContext(ctx, `SELECT sequence, digest FROM audit_checked`).Scan(&sequence, &digest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Head{}, fmt.Errorf("audit: how far the log was whole: %w", err)
	}
	return Head{sequence, hex.EncodeToString(digest)}, nil
}
