package audit

import (
	"context"
	"database/sql"
	"dengji/gateway/recurring"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"dengji/gateway/database"
)

// What is kept in memory and written at once.
const (
	waiting  = 4096 // entries; whoever comes after them waits
	together = 512  // entries of one transaction
)

// Journal writes entries in the order in which they come, many at a time. It is
// safe for concurrent use. An entry is durable moments after Write has taken it; a
// machine that fails in between loses it, while what it did to the ledger stands
// there under the caller's certificate.
type Journal struct {
	database *sql.DB
	log      *slog.Logger
	entries  chan Entry
	done     chan struct{}
	closing  sync.RWMutex
	closed   bool
}

// Open begins to write. The caller MUST Close the journal before the database.
func Open(opened *sql.DB, log *slog.Logger) *Journal {
	journal := &Journal{database: opened, log: log, entries: make(chan Entry, waiting), done: make(chan struct{})}
	go journal.run()
	return journal
}

// Write takes an entry; its sequence and digest are given later. It waits while
// too many are still to be written: nothing is answered faster than it is noted
// down. After Close it does nothing.
func (j *Journal) Write(entry Entry) {
	j.closing.RLock()
	defer j.closing.RUnlock()
	if !j.closed {
		j.entries <- entry.bounded()
	}
}

// Close writes what was taken, and ends.
func (j *Journal) Close() {
	j.closing.Lock()
	if !j.closed {
		j.closed = true
		close(j.entries)
	}
	j.closing.Unlock()
	<-j.done
}

func (j *Journal) run() {
	defer close(j.done)
	for first := range j.entries {
		j.keep(j.gather(first))
	}
}

// gather takes what waits, up to one transaction's worth.
func (j *Journal) gather(first Entry) []Entry {
	batch := []Entry{first}
	for len(batch) < together {
		select {
		case next, open := <-j.entries:
			if !open {
				return batch
			}
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// patience is how long a batch is tried again before it goes to the log instead.
const patience = 30 * time.Second

// keep writes a batch, again while the database refuses it. What cannot be written
// goes to the program's log, whole.
func (j *Journal) keep(batch []Entry) {
	deadline := time.Now().Add(patience)
	for {
		err := j.append(context.Background(), batch)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			j.log.Error("audit entries are in this log alone", "error", err.Error(), "entries", batch)
			return
		}
		j.log.Warn("audit entries are still to be written", "error", err.Error())
		time.Sleep(time.Second)
	}
}

func (j *Journal) append(ctx context.Context, batch []Entry) error {
	return database.InTransaction(ctx, j.database, func(tx *sql.Tx) error {
		sequence, digest, err := newest(ctx, tx)
		if err != nil {
			return err
		}
		for _, entry := range batch {
			sequence++
			entry.Sequence = sequence
			if digest, err = entry.after(digest); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO audit_entries (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				entry.Sequence, entry.At, entry.Account, entry.Role, entry.Address, entry.Method, entry.Route, entry.Path,
				entry.Status, entry.Code, entry.TxID, entry.RequestID, digest); err != nil {
				return fmt.Errorf("audit: write: %w", err)
			}
		}
		return nil
	})
}

const columns = "sequence, at, account, role, address, method, route, path, status, code, tx_id, request_id, digest"

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, arguments ...any) *sql.Row
}

// newest gives the end of the chain.
func newest(ctx context.Context, in querier) (sequence int64, digest []byte, err error) {
	err = in.QueryRowContext(ctx, `SELECT sequence, digest FROM audit_entries ORDER BY sequence DESC LIMIT 1`).Scan(&sequence, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return base(ctx, in)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("audit: newest entry: %w", err)
	}
	return sequence, digest, nil
}

// base gives where the chain goes on from: the last entry that was removed.
func base(ctx context.Context, in querier) (sequence int64, digest []byte, err error) {
	err = in.QueryRowContext(ctx, `SELECT sequence, digest FROM audit_base`).Scan(&sequence, &digest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fmt.Errorf("audit: base: %w", err)
	}
	return sequence, digest, nil
}

// Head gives the newest entry's place and digest.
func (j *Journal) Head(ctx context.Context) (Head, error) {
	sequence, digest, err := newest(ctx, j.database)
	return Head{sequence, hex.EncodeToString(digest)}, err
}

// ShortestKeeping is what the log MUST be kept at least (Art. 12; Cybersecurity Law,
// Art. 21: not less than six months).
const ShortestKeeping = 184 * 24 * time.Hour

// Remove drops the entries from before a time; the digest of the
// last of them stays, so that the rest can still be checked.
func (j *Journal) Remove(ctx context.Context, before time.Time) error {
	return database.InTransaction(ctx, j.database, func(tx *sql.Tx) error {
		var last int64
		var digest []byte
		err := tx.QueryRowContext(ctx, `SELECT sequence, digest FROM audit_entries WHERE sequence <
			COALESCE((SELECT MIN(sequence) FROM audit_entries WHERE at >= ?), 1 + (SELECT MAX(sequence) FROM audit_entries))
			ORDER BY sequence DESC LIMIT 1`, database.Stamp(before)).Scan(&last, &digest)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("audit: what is to be removed: %w", err)
		}
		_, baseErr := tx.ExecContext(ctx, `INSERT INTO audit_base (one, sequence, digest) VALUES (1, ?, ?)
			ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest`, last, digest)
		_, removeErr := tx.ExecContext(ctx, `DELETE FROM audit_entries WHERE sequence <= ?`, last)
		if err := errors.Join(baseErr, removeErr); err != nil {
			return fmt.Errorf("audit: remove: %w", err)
		}
		return nil
	})
}

// Upkeep removes what is older than it has to be kept, once a day, until the
// context ends.
func (j *Journal) Upkeep(ctx context.Context, keep time.Duration, clock func() time.Time) {
	remove := func(ctx context.Context) error { return j.Remove(ctx, clock().Add(-max(keep, ShortestKeeping))) }
	recurring.Run(ctx, 24*time.Hour, remove, func(err error) { j.log.Warn("old audit entries are still there", "error", err.Error()) })
}
