package audit

import (
	"context"
	"database/sql"
	"dengji/gateway/database"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"dengji/chaincode/ledger"
)

// Filter narrows the log; empty fields narrow nothing.
type Filter struct {
	Account   string
	Address   string
	RequestID string // the error id that a visitor was shown
	Text      string // part of the path
	From, To  string // days, YYYY-MM-DD, both within; UTC
	Refused   bool   // refused or failed requests alone
}

// Search lists entries, the newest first.
func (j *Journal) Search(ctx context.Context, filter Filter, page ledger.PageRequest) (ledger.Page[Entry], error) {
	size, before, err := database.NewestFirst(page, ledger.MaxPageSize)
	if err != nil {
		return ledger.Page[Entry]{}, err
	}
	conditions, arguments := filter.conditions()
	rows, err := j.database.QueryContext(ctx, `SELECT `+columns+` FROM audit_entries WHERE sequence < ?`+conditions+` ORDER BY sequence DESC LIMIT ?`,
		append(append([]any{before}, arguments...), size+1)...)
	if err != nil {
		return ledger.Page[Entry]{}, fmt.Errorf("audit: search: %w", err)
	}
	found, err := scan(rows)
	if err != nil {
		return ledger.Page[Entry]{}, err
	}
	answer := ledger.Page[Entry]{Items: found}
	if len(found) > size {
		answer.Items = found[:size]
		answer.Bookmark = strconv.FormatInt(found[size-1].Sequence, 10)
	}
	return answer, nil
}

func (f Filter) conditions() (text string, arguments []any) {
	add := func(condition, value string) {
		if value != "" {
			text += " AND " + condition
			arguments = append(arguments, value)
		}
	}
	add("account = ?", f.Account)
	add("address = ?", f.Address)
	add("request_id = ?", f.RequestID)
	add(`path LIKE ? ESCAPE '\'`, pattern(f.Text))
	add("at >= ?", f.From)
	if f.To != "" {
		add("at < ?", f.To+"T24") // behind every time of that day
	}
	if f.Refused {
		text += " AND status >= 400"
	}
	return text, arguments
}

// pattern finds a text anywhere in another.
func pattern(text string) string {
	if text == "" {
		return ""
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

func scan(rows *sql.Rows) (found []Entry, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	found = []Entry{}
	for rows.Next() {
		var e Entry
		var digest []byte
		if err := rows.Scan(&e.Sequence, &e.At, &e.Account, &e.Role, &e.Address, &e.Method, &e.Route, &e.Path, &e.Status, &e.Code, &e.TxID, &e.RequestID, &digest); err != nil {
			return nil, fmt.Errorf("audit: read: %w", err)
		}
		e.Digest = hex.EncodeToString(digest)
		found = append(found, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("audit: read: %w", err)
	}
	return found, nil
}

// ErrTampered says that the log is not what was written.
var ErrTampered = errors.New("audit: the log was changed")

// atOnce is how many entries Verify reads together.
const atOnce = 1000

// Verify computes every digest anew, from the first entry that is kept, and holds
// the log against heads that were noted earlier. It answers ErrTampered where
// something was changed, removed or slipped in. A head from before the first entry
// that is kept says nothing any more. Memory does not grow with the log.
func Verify(ctx context.Context, opened *sql.DB, noted ...Head) (Head, error) {
	sequence, digest, err := base(ctx, opened)
	if err != nil {
		return Head{}, err
	}
	check := checking{sequence, digest, map[int64]string{}}
	for _, head := range noted {
		if head.Sequence > sequence {
			check.heads[head.Sequence] = head.Digest
		}
	}
	for more := true; more && err == nil; {
		more, err = check.next(ctx, opened)
	}
	for missing := range check.heads {
		err = errors.Join(err, fmt.Errorf("%w: entry %d, which was noted, is missing", ErrTampered, missing))
	}
	return Head{check.sequence, hex.EncodeToString(check.digest)}, err
}

// checking is how far Verify has come, and which heads it has not met yet.
type checking struct {
	sequence int64
	digest   []byte
	heads    map[int64]string
}

// next checks the entries that come next; there are more while it reports true.
func (c *checking) next(ctx context.Context, opened *sql.DB) (more bool, err error) {
	rows, err := opened.QueryContext(ctx, `SELECT `+columns+` FROM audit_entries WHERE sequence > ? ORDER BY sequence LIMIT ?`, c.sequence, atOnce)
	if err != nil {
		return false, fmt.Errorf("audit: read: %w", err)
	}
	found, err := scan(rows)
	if err != nil {
		return false, err
	}
	for _, entry := range found {
		if err := c.follow(entry); err != nil {
			return false, err
		}
	}
	return len(found) > 0, nil
}

// follow checks the entry behind the last one, and takes a head that it is off the list.
func (c *checking) follow(entry Entry) error {
	if entry.Sequence != c.sequence+1 {
		return fmt.Errorf("%w: entry %d is missing", ErrTampered, c.sequence+1)
	}
	digest, err := entry.after(c.digest)
	if err != nil {
		return err
	}
	text := hex.EncodeToString(digest)
	if text != entry.Digest {
		return fmt.Errorf("%w: entry %d", ErrTampered, entry.Sequence)
	}
	if noted, known := c.heads[entry.Sequence]; known && noted != text {
		return fmt.Errorf("%w: entry %d is another than was noted", ErrTampered, entry.Sequence)
	}
	delete(c.heads, entry.Sequence)
	c.sequence, c.digest = entry.Sequence, digest
	return nil
}
