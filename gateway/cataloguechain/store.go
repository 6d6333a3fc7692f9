package cataloguechain

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/catalogfile"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/database"
	"dengji/gateway/recurring"
)

// State is what has become of a change.
type State string

// The states of a change.
const (
	Pending State = "pending" // to be submitted
	Sending State = "sending" // being submitted, or broken off while it was
	Applied State = "applied" // on the ledger
	Refused State = "refused" // not fit for the ledger; waits for the entry's next version, or for a person
)

// Change is a change of the chain with what has become of it. Older ones of the same
// entry go when a newer one is applied.
type Change struct {
	ID            int64                 `json:"id"`
	Block         int64                 `json:"block"`
	Chain         string                `json:"chain"`
	TxID          string                `json:"txId"`
	Provider      string                `json:"provider"`
	EntryID       string                `json:"entryId"`
	Version       int                   `json:"version"` // on the catalogue chain
	Action        wire.Action           `json:"action"`
	Digest        string                `json:"digest"`
	Reason        string                `json:"reason,omitempty"`
	Identifier    string                `json:"identifier,omitempty"` // of the entry on the ledger
	State         State                 `json:"state"`
	Problems      []catalogfile.Problem `json:"problems"`      // why it is refused
	LedgerVersion int                   `json:"ledgerVersion"` // of the entry on the ledger; 0: nothing was written
	UpdatedAt     string                `json:"updatedAt"`
	content       string
}

// Checkpoint is the last block whose changes are stored.
type Checkpoint struct {
	Known     wire.Signed
	StoppedAt string
	NextAt    string
	Attempts  int
}

// Subscription is a department whose entries are taken over.
type Subscription struct {
	Provider          string `json:"provider"`
	Account           string `json:"account"` // in whose name
	CreatedAt         string `json:"createdAt"`
	Attempts          int    `json:"attempts"`
	NextAt            string `json:"nextAt,omitempty"`
	recurring.Failure        // of the last attempt
}

// Status tells how far the follower is.
type Status struct {
	Chain             string         `json:"chain,omitempty"`
	Number            int64          `json:"number"` // of the last block that is stored
	Head              int64          `json:"head"`   // of the chain's newest block
	CheckedAt         string         `json:"checkedAt,omitempty"`
	Attempts          int            `json:"attempts"` // that failed since
	NextAt            string         `json:"nextAt,omitempty"`
	recurring.Failure                // of the last attempt
	StoppedAt         string         `json:"stoppedAt,omitempty"` // the chain has rewritten its history
	Known             *wire.Signed   `json:"known,omitempty"`     // the two headers that contradict each other
	Given             *wire.Signed   `json:"given,omitempty"`
	Counts            map[State]int  `json:"counts"`  // changes by state
	Waiting           int            `json:"waiting"` // pending changes of departments that have not subscribed
	Subscriptions     []Subscription `json:"subscriptions"`
}

// store keeps checkpoint, changes and subscriptions.
type store struct {
	database *sql.DB
	clock    func() time.Time
}

func (s store) now() string { return database.Stamp(s.clock()) }

func (s store) checkpoint(ctx context.Context) (Checkpoint, error) {
	var at Checkpoint
	var known string
	err := s.database.QueryRowContext(ctx, `SELECT known, stopped_at, next_at, attempts FROM catalogue_chain`).Scan(&known, &at.StoppedAt, &at.NextAt, &at.Attempts)
	if errors.Is(err, sql.ErrNoRows) {
		return at, nil
	}
	if err == nil && known != "" {
		err = json.Unmarshal([]byte(known), &at.Known)
	}
	if err != nil {
		return at, fmt.Errorf("catalogue chain: checkpoint: %w", err)
	}
	return at, nil
}

// take stores a block's changes and moves the checkpoint to it.
func (s store) take(ctx context.Context, block wire.Block, head int64) error {
	known, err := json.Marshal(block.Signed)
	if err != nil {
		return err
	}
	return database.InTransaction(ctx, s.database, func(tx *sql.Tx) error {
		for position, change := range block.Changes {
			if err := s.add(ctx, tx, block.Header, position, change); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO catalogue_chain (one, known, number, head, stopped_at, given, checked_at, attempts, next_at, error)
			VALUES (1, ?, ?, ?, '', '', ?, 0, '', '') ON CONFLICT (one) DO UPDATE SET known = excluded.known, number = excluded.number, head = excluded.head,
			checked_at = excluded.checked_at, attempts = 0, next_at = '', error = ''`, string(known), block.Header.Number, head, s.now())
		return failure("checkpoint", err)
	})
}

// add stores a change; one that cannot be right is refused from the beginning.
func (s store) add(ctx context.Context, in *sql.Tx, header wire.Header, position int, change wire.Change) error {
	var newest int
	err := in.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM catalogue_chain_changes WHERE provider = ? AND entry_id = ?`, change.Provider, change.EntryID).Scan(&newest)
	if err != nil {
		return failure("versions", err)
	}
	state, problems := Pending, problemsOf(wellFormed(change, newest))
	if problems != "[]" {
		state = Refused
	}
	_, err = in.ExecContext(ctx, `INSERT INTO catalogue_chain_changes
		(block, position, chain, tx_id, provider, entry_id, version, action, digest, reason, content, identifier, state, problems, ledger_version, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, ?)`, header.Number, position, header.Chain, change.TxID, change.Provider, change.EntryID, change.Version,
		change.Action, change.Digest, change.Reason, string(change.Content), state, problems, s.now())
	return failure("store a change", err)
}

func (s store) succeed(ctx context.Context, head int64) error {
	_, err := s.database.ExecContext(ctx, `INSERT INTO catalogue_chain (one, known, number, head, stopped_at, given, checked_at, attempts, next_at, error)
		VALUES (1, '', 0, ?, '', '', ?, 0, '', '') ON CONFLICT (one) DO UPDATE SET head = excluded.head, checked_at = excluded.checked_at, attempts = 0, next_at = '', error = ''`, head, s.now())
	return failure("checkpoint", err)
}

func (s store) fail(ctx context.Context, attempts int, cause error) error {
	_, err := s.database.ExecContext(ctx, `INSERT INTO catalogue_chain (one, known, number, head, stopped_at, given, checked_at, attempts, next_at, error)
		VALUES (1, '', 0, 0, '', '', '', ?, ?, ?) ON CONFLICT (one) DO UPDATE SET attempts = excluded.attempts, next_at = excluded.next_at, error = excluded.error`,
		attempts, s.again(attempts), recurring.FailureOf(cause, fault.CatalogueChainUnsound).Text())
	return failure("note a failure", err)
}

// again is when something that has failed so often is tried again.
func (s store) again(attempts int) string {
	return database.Stamp(s.clock().Add(recurring.Pause(attempts, firstPause, longestPause)))
}

func (s store) stop(ctx context.Context, cause *rewritten) error {
	given, err := json.Marshal(cause.given)
	if err == nil {
		_, err = s.database.ExecContext(ctx, `UPDATE catalogue_chain SET stopped_at = ?, given = ?, error = ''`, s.now(), string(given))
	}
	return failure("stop", err)
}

func (s store) resume(ctx context.Context) error {
	return s.changed(ctx, fault.New(fault.ActionNotAvailable), `UPDATE catalogue_chain SET stopped_at = '', given = '', attempts = 0, next_at = '', error = '' WHERE stopped_at <> ''`)
}

// changed runs an update, and gives none where there was nothing to change.
func (s store) changed(ctx context.Context, none error, update string, arguments ...any) error {
	result, err := s.database.ExecContext(ctx, update, arguments...)
	return database.Changed(result, failure("update", err), none)
}

const columns = "id, block, chain, tx_id, provider, entry_id, version, action, digest, reason, content, identifier, state, problems, ledger_version, updated_at"

// withoutContent are the columns for those who only look.
const withoutContent = "id, block, chain, tx_id, provider, entry_id, version, action, digest, reason, '', identifier, state, problems, ledger_version, updated_at"

// maxHeld bounds the contents that are read at once, in bytes.
const maxHeld = 8 << 20

// collect reads changes, at least one where there are any, until their contents reach
// maxHeld.
func collect(rows *sql.Rows, err error) ([]Change, error) {
	if err != nil {
		return nil, failure("read changes", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	found, held := []Change{}, 0
	for held < maxHeld && rows.Next() {
		var c Change
		var problems string
		err := rows.Scan(&c.ID, &c.Block, &c.Chain, &c.TxID, &c.Provider, &c.EntryID, &c.Version, &c.Action, &c.Digest, &c.Reason, &c.content, &c.Identifier, &c.State, &problems, &c.LedgerVersion, &c.UpdatedAt)
		if err == nil {
			err = json.Unmarshal([]byte(problems), &c.Problems)
		}
		if err != nil {
			return nil, failure("read changes", err)
		}
		held += len(c.content)
		found = append(found, c)
	}
	return found, failure("read changes", rows.Err())
}

// inState gives a provider's first changes in a state, in the chain's order.
func (s store) inState(ctx context.Context, state State, provider string, limit int) ([]Change, error) {
	return collect(s.database.QueryContext(ctx, `SELECT `+columns+` FROM catalogue_chain_changes WHERE state = ? AND provider = ? ORDER BY id LIMIT ?`, state, provider, limit))
}

func (s store) list(ctx context.Context, state State, provider string, page ledger.PageRequest) (ledger.Page[Change], error) {
	answer := ledger.Page[Change]{Items: []Change{}}
	size, before, err := database.NewestFirst(page, ledger.DefaultPageSize)
	if err != nil {
		return answer, err
	}
	found, err := collect(s.database.QueryContext(ctx, `SELECT `+withoutContent+` FROM catalogue_chain_changes
		WHERE (? = '' OR state = ?) AND (? = '' OR provider = ?) AND id < ? ORDER BY id DESC LIMIT ?`, state, state, provider, provider, before, size+1))
	if err != nil {
		return answer, err
	}
	if answer.Items = found[:min(size, len(found))]; len(found) > size {
		answer.Bookmark = strconv.FormatInt(found[size-1].ID, 10)
	}
	return answer, nil
}

func (s store) retry(ctx context.Context, id int64, provider string) (Change, error) {
	find := func() (Change, error) {
		found, err := collect(s.database.QueryContext(ctx, `SELECT `+withoutContent+` FROM catalogue_chain_changes WHERE id = ? AND (? = '' OR provider = ?)`, id, provider, provider))
		if err == nil && len(found) == 0 {
			err = fault.New(fault.NotFound, fault.Field("id"))
		}
		if err != nil {
			return Change{}, err
		}
		return found[0], nil
	}
	found, err := find()
	if err != nil {
		return found, err
	}
	err = s.changed(ctx, fault.New(fault.ActionNotAvailable, fault.Value("state", string(found.State))),
		`UPDATE catalogue_chain_changes SET state = 'pending', problems = '[]', updated_at = ? WHERE id = ? AND state = 'refused'`, s.now(), id)
	if err != nil {
		return found, err
	}
	return find()
}

func (s store) subscribe(ctx context.Context, of account.Account) error {
	_, err := s.database.ExecContext(ctx, `INSERT INTO catalogue_chain_subscriptions (provider, account, created_at, attempts, next_at, error) VALUES (?, ?, ?, 0, '', '')
		ON CONFLICT (provider) DO UPDATE SET account = excluded.account, attempts = 0, next_at = '', error = ''`, of.Actor.USCC, of.Name, s.now())
	return failure("subscribe", err)
}

func (s store) unsubscribe(ctx context.Context, provider string) error {
	return s.changed(ctx, fault.New(fault.NotFound), `DELETE FROM catalogue_chain_subscriptions WHERE provider = ?`, provider)
}

func (s store) subscriptions(ctx context.Context) ([]Subscription, error) {
	rows, err := s.database.QueryContext(ctx, `SELECT provider, account, created_at, attempts, next_at, error FROM catalogue_chain_subscriptions ORDER BY provider`)
	if err != nil {
		return nil, failure("subscriptions", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	all := []Subscription{}
	for rows.Next() {
		var each Subscription
		var failed string
		if err := rows.Scan(&each.Provider, &each.Account, &each.CreatedAt, &each.Attempts, &each.NextAt, &failed); err != nil {
			return nil, failure("subscriptions", err)
		}
		each.Failure = recurring.ParseFailure(failed)
		all = append(all, each)
	}
	return all, failure("subscriptions", rows.Err())
}

// note writes down how a subscription's last attempt ended; nil: well.
func (s store) note(ctx context.Context, of Subscription, cause error) error {
	attempts, next, text := 0, "", ""
	if cause != nil {
		attempts = of.Attempts + 1
		next, text = s.again(attempts), recurring.FailureOf(cause, fault.Internal).Text()
	}
	_, err := s.database.ExecContext(ctx, `UPDATE catalogue_chain_subscriptions SET attempts = ?, next_at = ?, error = ? WHERE provider = ? AND account = ?`, attempts, next, text, of.Provider, of.Account)
	return failure("note a subscription", err)
}

func failure(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("catalogue chain: %s: %w", what, err)
}
