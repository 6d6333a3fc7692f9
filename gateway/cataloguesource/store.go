package cataloguesource

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/catalogfile"
	"dengji/gateway/database"
	"dengji/gateway/recurring"
)

// store keeps sources, their rows and their differences.
type store struct {
	database *sql.DB
	clock    func() time.Time
}

func (s store) now() string { return database.Stamp(s.clock()) }

const columns = `SELECT id, provider, account, settings, etag, modified, row_count, refused, revision, difference_digest, counts, applying, withdrawals,
	checked_at, applied_at, attempts, next_at, error, error_detail, created_at FROM catalogue_sources `

func (s store) read(ctx context.Context, where string, arguments ...any) ([]Source, error) {
	rows, err := s.database.QueryContext(ctx, columns+where, arguments...)
	if err != nil {
		return nil, failure("read", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	found := []Source{}
	for rows.Next() {
		var one Source
		var settings, counts string
		err := rows.Scan(&one.ID, &one.Provider, &one.Account, &settings, &one.etag, &one.modified, &one.Rows, &one.Refused, &one.Revision, &one.digest, &counts, &one.Applying, &one.Withdrawals,
			&one.CheckedAt, &one.AppliedAt, &one.Attempts, &one.NextAt, &one.Error, &one.ErrorDetail, &one.CreatedAt)
		if err == nil {
			err = errors.Join(json.Unmarshal([]byte(settings), &one.Settings), json.Unmarshal([]byte(counts), &one.Counts))
		}
		if err != nil {
			return nil, failure("read", err)
		}
		found = append(found, one)
	}
	return found, failure("read", rows.Err())
}

// due gives the sources that something is to be done for now.
func (s store) due(ctx context.Context) ([]Source, error) {
	return s.read(ctx, `WHERE next_at <= ? ORDER BY next_at, id`, s.now())
}

func (s store) of(ctx context.Context, provider string) ([]Source, error) {
	return s.read(ctx, `WHERE provider = ? ORDER BY created_at, id`, provider)
}

func (s store) find(ctx context.Context, provider, id string) (Source, error) {
	found, err := s.read(ctx, `WHERE provider = ? AND id = ?`, provider, id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, fault.Field("id"))
	}
	if err != nil {
		return Source{}, err
	}
	return found[0], nil
}

func (s store) register(ctx context.Context, id string, by account.Account, settings Settings) error {
	content, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	return s.changed(ctx, fault.New(fault.TooManyItems, fault.Value("limit", strconv.Itoa(MaxSources))), `INSERT INTO catalogue_sources (id, provider, account, settings, etag, modified, row_count, refused,
		revision, difference_digest, counts, applying, withdrawals, checked_at, applied_at, attempts, next_at, error, error_detail, created_at)
		SELECT ?, ?, ?, ?, '', '', 0, 0, 0, '', '{}', 0, 0, '', '', 0, ?, '', '', ? WHERE (SELECT COUNT(*) FROM catalogue_sources WHERE provider = ?) < ?`,
		id, by.Actor.USCC, by.Name, string(content), s.next(settings, 0), s.now(), by.Actor.USCC, MaxSources)
}

// never is when a paused source is read.
const never = "9999-12-31T00:00:00Z"

// next is when a source is read that is left alone for a time from now on.
func (s store) next(settings Settings, after time.Duration) string {
	if settings.Paused {
		return never
	}
	return database.Stamp(s.clock().Add(after))
}

func (s store) change(ctx context.Context, id string, by account.Account, settings Settings) error {
	content, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	return s.changed(ctx, fault.New(fault.NotFound, fault.Field("id")), `UPDATE catalogue_sources SET settings = ?, account = ?, etag = '', modified = '', attempts = 0, next_at = ?, error = '', error_detail = ''
		WHERE id = ? AND provider = ?`, string(content), by.Name, s.next(settings, 0), id, by.Actor.USCC)
}

func (s store) remove(ctx context.Context, provider, id string) error {
	return s.changed(ctx, fault.New(fault.NotFound, fault.Field("id")), `DELETE FROM catalogue_sources WHERE id = ? AND provider = ?`, id, provider)
}

func (s store) readNow(ctx context.Context, provider, id string) error {
	return s.changed(ctx, fault.New(fault.NotFound, fault.Field("id")), `UPDATE catalogue_sources SET attempts = 0, next_at = ? WHERE id = ? AND provider = ?`, s.now(), id, provider)
}

// begin has the differences of the present revision applied in an account's name.
func (s store) begin(ctx context.Context, of Source, account string, withdrawals bool) error {
	return s.changed(ctx, fault.New(fault.ConcurrentChange), `UPDATE catalogue_sources SET applying = revision, withdrawals = ?, account = ?, next_at = ?, attempts = 0, error = '', error_detail = ''
		WHERE id = ? AND revision = ? AND applying = 0`, withdrawals, account, s.now(), of.ID, of.Revision)
}

// changed runs a statement, and gives none where it changed nothing.
func (s store) changed(ctx context.Context, none error, statement string, arguments ...any) error {
	result, err := s.database.ExecContext(ctx, statement, arguments...)
	return database.Changed(result, failure("write", err), none)
}

// fail writes down that something has failed, and when it is tried again.
func (s store) fail(ctx context.Context, of Source, cause error) error {
	failed := recurring.FailureOf(cause, fault.Internal)
	_, err := s.database.ExecContext(ctx, `UPDATE catalogue_sources SET attempts = attempts + 1, next_at = ?, error = ?, error_detail = ? WHERE id = ?`,
		database.Stamp(s.clock().Add(recurring.Pause(of.Attempts+1, firstPause, longestPause))), string(failed.Error), failed.ErrorDetail, of.ID)
	return failure("note a failure", err)
}

// stage replaces what is known of a source's catalogue.
func (s store) stage(ctx context.Context, id string, got reading) error {
	return database.InTransaction(ctx, s.database, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM catalogue_source_rows WHERE source = ?`, id); err != nil {
			return failure("stage", err)
		}
		statement, err := tx.PrepareContext(ctx, `INSERT INTO catalogue_source_rows (source, identifier, content, digest, report) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
		if err != nil {
			return failure("stage", err)
		}
		defer statement.Close() //nolint:errcheck // the transaction tells
		return stageRows(ctx, statement, id, got)
	})
}

func stageRows(ctx context.Context, statement *sql.Stmt, id string, got reading) error {
	for _, entry := range got.entries {
		digest, err := canonical.Digest(entry.Content)
		if err != nil {
			return err
		}
		if err := put(ctx, statement, id, entry.Content.Identifier, entry.Content, digest, nil); err != nil {
			return err
		}
	}
	for _, report := range got.rows {
		if err := put(ctx, statement, id, cmp.Or(report.Identifier, "#"+strconv.Itoa(report.Line)), nil, "", report); err != nil {
			return err
		}
	}
	return nil
}

func put(ctx context.Context, statement *sql.Stmt, id, identifier string, content any, digest string, report any) error {
	texts := [2]string{}
	for i, value := range []any{content, report} {
		if value == nil {
			continue
		}
		written, err := json.Marshal(value)
		if err != nil {
			return err
		}
		texts[i] = string(written)
	}
	_, err := statement.ExecContext(ctx, id, identifier, texts[0], digest, texts[1])
	return failure("stage", err)
}

func (s store) rows(ctx context.Context, id, after string, limit int) ([]row, error) {
	found, err := s.database.QueryContext(ctx, `SELECT identifier, content, digest FROM catalogue_source_rows WHERE source = ? AND identifier > ? ORDER BY identifier LIMIT ?`, id, after, limit)
	if err != nil {
		return nil, failure("rows", err)
	}
	defer found.Close() //nolint:errcheck // read-only; rows.Err tells
	var all []row
	for found.Next() {
		var one row
		if err := found.Scan(&one.identifier, &one.content, &one.digest); err != nil {
			return nil, failure("rows", err)
		}
		all = append(all, one)
	}
	return all, failure("rows", found.Err())
}

// isNobodys reports whether no other source of the provider has an entry.
func (s store) isNobodys(ctx context.Context, of Source, identifier string) (bool, error) {
	var nobodys bool
	err := s.database.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM catalogue_sources o JOIN catalogue_source_rows r ON r.source = o.id WHERE o.provider = ? AND o.id <> ? AND r.identifier = ?)`,
		of.Provider, of.ID, identifier).Scan(&nobodys)
	return nobodys, failure("rows", err)
}

// clear drops differences that a reading has left behind which was broken off.
func (s store) clear(ctx context.Context, of Source) error {
	_, err := s.database.ExecContext(ctx, `DELETE FROM catalogue_source_differences WHERE source = ? AND revision <> ?`, of.ID, of.Revision)
	return failure("differences", err)
}

// write adds differences under the revision behind the present one.
func (s store) write(ctx context.Context, of Source, all []SourceDifference) error {
	return database.InTransaction(ctx, s.database, func(tx *sql.Tx) error {
		for _, each := range all {
			fields, err := json.Marshal(each.Fields)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO catalogue_source_differences (source, revision, identifier, kind, name, content, digest, here, fields, outcome, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')`,
				of.ID, of.Revision+1, each.Identifier, each.Kind, each.Name, each.content, each.digest, each.here, string(fields))
			if err != nil {
				return failure("differences", err)
			}
		}
		return nil
	})
}

// checked concludes a reading: the new differences take the place of the old ones,
// unless they are the same.
func (s store) checked(ctx context.Context, of Source, got reading, found comparison, isNew, begin, withdrawals bool) error {
	revision := of.Revision
	if isNew {
		revision++
	}
	applying, next := 0, s.next(of.Settings, time.Duration(of.EveryMinutes)*time.Minute)
	if begin {
		applying, next = revision, s.now()
	}
	counts, err := json.Marshal(found.counts)
	if err != nil {
		return err
	}
	return database.InTransaction(ctx, s.database, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE catalogue_sources SET etag = ?, modified = ?, revision = ?, difference_digest = ?, counts = ?, applying = ?, withdrawals = ?, checked_at = ?, attempts = 0, next_at = ?, error = '', error_detail = '',
			row_count = (SELECT COUNT(*) FROM catalogue_source_rows WHERE source = id AND content <> ''), refused = (SELECT COUNT(*) FROM catalogue_source_rows WHERE source = id AND content = '') WHERE id = ?`,
			got.etag, got.modified, revision, found.digest, string(counts), applying, withdrawals, s.now(), next, of.ID)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM catalogue_source_differences WHERE source = ? AND revision <> ?`, of.ID, revision)
		}
		if err == nil && begin && !isNew { // what was overtaken or refused before is tried anew
			_, err = tx.ExecContext(ctx, `UPDATE catalogue_source_differences SET outcome = '', problem = '' WHERE source = ?`, of.ID)
		}
		return failure("conclude a reading", err)
	})
}

func (s store) collect(rows *sql.Rows, err error) ([]SourceDifference, error) {
	if err != nil {
		return nil, failure("differences", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	found := []SourceDifference{}
	for rows.Next() {
		var one SourceDifference
		var fields, problem string
		err := rows.Scan(&one.Identifier, &one.Kind, &one.Name, &one.content, &one.digest, &one.here, &fields, &one.Outcome, &problem)
		if err == nil {
			err = json.Unmarshal([]byte(fields), &one.Fields)
		}
		if err == nil && problem != "" {
			one.Problem = &catalogfile.Problem{}
			err = json.Unmarshal([]byte(problem), one.Problem)
		}
		if err != nil {
			return nil, failure("differences", err)
		}
		found = append(found, one)
	}
	return found, failure("differences", rows.Err())
}

const differenceColumns = `SELECT identifier, kind, name, content, digest, here, fields, outcome, problem FROM catalogue_source_differences `

func (s store) differences(ctx context.Context, of Source, kind Kind, page ledger.PageRequest) (ledger.Page[SourceDifference], error) {
	size, err := database.PageSize(page, ledger.DefaultPageSize)
	if err != nil {
		return ledger.Page[SourceDifference]{}, err
	}
	found, err := s.collect(s.database.QueryContext(ctx, differenceColumns+`WHERE source = ? AND revision = ? AND (? = '' OR kind = ?) AND identifier > ? ORDER BY identifier LIMIT ?`,
		of.ID, of.Revision, kind, kind, page.Bookmark, size+1))
	answer := ledger.Page[SourceDifference]{Items: found[:min(size, len(found))]}
	if err == nil && len(found) > size {
		answer.Bookmark = found[size-1].Identifier
	}
	return answer, err
}

func (s store) refusedRows(ctx context.Context, of Source, page ledger.PageRequest) (ledger.Page[RefusedRow], error) {
	answer := ledger.Page[RefusedRow]{Items: []RefusedRow{}}
	size, err := database.PageSize(page, ledger.DefaultPageSize)
	if err != nil {
		return answer, err
	}
	rows, err := s.database.QueryContext(ctx, `SELECT identifier, report FROM catalogue_source_rows WHERE source = ? AND content = '' AND identifier > ? ORDER BY identifier LIMIT ?`, of.ID, page.Bookmark, size+1)
	if err != nil {
		return answer, failure("refused rows", err)
	}
	defer rows.Close() //nolint:errcheck // read-only; rows.Err tells
	last := ""
	for rows.Next() {
		if len(answer.Items) == size {
			answer.Bookmark = last
			break
		}
		var report string
		var one RefusedRow
		err := rows.Scan(&last, &report)
		if err == nil {
			err = json.Unmarshal([]byte(report), &one)
		}
		if err != nil {
			return answer, failure("refused rows", err)
		}
		answer.Items = append(answer.Items, one)
	}
	return answer, failure("refused rows", rows.Err())
}

// openOnes gives the first differences of the revision under way whose outcome is
// open.
func (s store) openOnes(ctx context.Context, of Source, limit int) ([]SourceDifference, error) {
	return s.collect(s.database.QueryContext(ctx, differenceColumns+`WHERE source = ? AND revision = ? AND outcome = '' AND kind <> 'held' ORDER BY identifier LIMIT ?`, of.ID, of.Applying, limit))
}

// settle writes down what has become of differences.
func (s store) settle(ctx context.Context, of Source, all []SourceDifference) error {
	return database.InTransaction(ctx, s.database, func(tx *sql.Tx) error {
		for _, each := range all {
			problem := ""
			if each.Problem != nil {
				written, err := json.Marshal(each.Problem)
				if err != nil {
					return err
				}
				problem = string(written)
			}
			_, err := tx.ExecContext(ctx, `UPDATE catalogue_source_differences SET outcome = ?, problem = ? WHERE source = ? AND revision = ? AND identifier = ?`, each.Outcome, problem, of.ID, of.Applying, each.Identifier)
			if err != nil {
				return failure("settle", err)
			}
		}
		return nil
	})
}

// finish concludes an application; the source is compared anew with its next reading.
func (s store) finish(ctx context.Context, of Source) error {
	next := s.next(of.Settings, time.Duration(of.EveryMinutes)*time.Minute)
	_, err := s.database.ExecContext(ctx, `UPDATE catalogue_sources SET applying = 0, withdrawals = 0, applied_at = ?, attempts = 0, next_at = ?, error = '', error_detail = '' WHERE id = ?`, s.now(), next, of.ID)
	return failure("finish", err)
}

func failure(what string, err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fmt.Errorf("catalogue source: %s: %w", strings.TrimSpace(what), err)
}
