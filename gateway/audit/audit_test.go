package audit_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/audit"
	"dengji/gateway/database"
	"dengji/gateway/database/databasetest"
)

func open(t *testing.T) *sql.DB {
	t.Helper()
	return databasetest.Open(t, t.TempDir())
}

// written fills a log with n entries, one a day from 1 January 2026 on.
func written(t *testing.T, opened *sql.DB, n int) audit.Head {
	t.Helper()
	journal := audit.Open(opened, slog.New(slog.DiscardHandler))
	for i := range n {
		at := time.Date(2026, 1, 1+i, 12, 0, 0, 0, time.UTC)
		journal.Write(audit.Entry{At: database.Stamp(at), Account: fmt.Sprintf("account%d", i%3), Role: ledger.RoleIssuer, Address: "192.0.2.1",
			Method: "GET", Route: "/api/v1/applications/:id", Path: fmt.Sprintf("/api/v1/applications/A_%d", i), Status: 200 + i%2*203, RequestID: fmt.Sprintf("request-%d", i)})
	}
	journal.Close()
	head, err := journal.Head(t.Context())
	require.NoError(t, err)
	return head
}

func TestEveryEntryIsWrittenOnceAndInOneChainWhoeverWrites(t *testing.T) {
	opened := open(t)
	for range 2 { // the second time as after a restart
		journal := audit.Open(opened, slog.New(slog.DiscardHandler))
		var writers sync.WaitGroup
		for writer := range 8 {
			writers.Go(func() {
				for i := range 250 {
					journal.Write(audit.Entry{Account: fmt.Sprint(writer), RequestID: fmt.Sprint(i)})
				}
			})
		}
		writers.Wait()
		journal.Close()
		journal.Write(audit.Entry{Account: "late"})
	}
	end, err := audit.Verify(t.Context(), opened)
	require.NoError(t, err)
	require.EqualValues(t, 4000, end.Sequence)
	var different int
	require.NoError(t, opened.QueryRowContext(t.Context(), `SELECT COUNT(DISTINCT account || '/' || request_id) FROM audit_entries`).Scan(&different))
	require.Equal(t, 2000, different)
}

func TestWhateverIsDoneToTheLogShows(t *testing.T) {
	cases := map[string]string{
		"an entry is changed":            `UPDATE audit_entries SET account = 'another' WHERE sequence = 7`,
		"a status is changed":            `UPDATE audit_entries SET status = 200 WHERE sequence = 8`,
		"a digest is changed":            `UPDATE audit_entries SET digest = x'00' WHERE sequence = 20`,
		"an entry is removed":            `DELETE FROM audit_entries WHERE sequence = 7`,
		"the first entry is removed":     `DELETE FROM audit_entries WHERE sequence = 1`,
		"the end is cut off":             `DELETE FROM audit_entries WHERE sequence > 15`,
		"everything is removed":          `DELETE FROM audit_entries`,
		"two entries change their place": `UPDATE audit_entries SET sequence = CASE sequence WHEN 7 THEN 1007 ELSE sequence END`,
		"the base is moved":              `INSERT INTO audit_base VALUES (1, 3, x'00')`,
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			opened := open(t)
			noted := written(t, opened, 20)
			_, err := audit.Verify(t.Context(), opened, noted)
			require.NoError(t, err)
			_, err = opened.ExecContext(t.Context(), change)
			require.NoError(t, err)
			_, err = audit.Verify(t.Context(), opened, noted)
			require.ErrorIs(t, err, audit.ErrTampered)
		})
	}
	t.Run("the whole log is written anew", func(t *testing.T) {
		opened := open(t)
		noted := written(t, opened, 20)
		_, err := opened.ExecContext(t.Context(), `DELETE FROM audit_entries`)
		require.NoError(t, err)
		written(t, opened, 21)
		_, err = audit.Verify(t.Context(), opened)
		require.NoError(t, err, "by itself it is a good log")
		noted.Digest = strings.Repeat("0", 64)
		_, err = audit.Verify(t.Context(), opened, noted)
		require.ErrorIs(t, err, audit.ErrTampered)
	})
}

func TestWhatIsRemovedAfterItsTimeLeavesTheRestProvable(t *testing.T) {
	opened := open(t)
	noted := written(t, opened, 20)
	journal := audit.Open(opened, slog.New(slog.DiscardHandler))
	defer journal.Close()
	for _, day := range []int{10, 10, 12} {
		require.NoError(t, journal.Remove(t.Context(), time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)))
		end, err := audit.Verify(t.Context(), opened, noted)
		require.NoError(t, err)
		require.Equal(t, noted, end)
		left, err := journal.Search(t.Context(), audit.Filter{}, ledger.PageRequest{})
		require.NoError(t, err)
		require.Len(t, left.Items, 21-day)
	}
	require.NoError(t, journal.Remove(t.Context(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)))
	head, err := journal.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, noted, head, "an empty log goes on where it was")
}

func TestEntriesAreFoundByWhatTheyAreAbout(t *testing.T) {
	opened := open(t)
	written(t, opened, 20)
	journal := audit.Open(opened, slog.New(slog.DiscardHandler))
	defer journal.Close()
	cases := map[string]struct {
		filter audit.Filter
		found  int
	}{
		"everything":                     {audit.Filter{}, 20},
		"an account":                     {audit.Filter{Account: "account0"}, 7},
		"an address":                     {audit.Filter{Address: "192.0.2.2"}, 0},
		"an error id":                    {audit.Filter{RequestID: "request-4"}, 1},
		"part of a path":                 {audit.Filter{Text: "A_1"}, 11},
		"a pattern is a text like other": {audit.Filter{Text: "A%1"}, 0},
		"from a day":                     {audit.Filter{From: "2026-01-19"}, 2},
		"to a day, which counts":         {audit.Filter{To: "2026-01-02"}, 2},
		"what was refused":               {audit.Filter{Refused: true}, 10},
		"several":                        {audit.Filter{Account: "account0", Refused: true, From: "2026-01-05"}, 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			page := ledger.PageRequest{PageSize: 3}
			var found []int64
			for {
				got, err := journal.Search(t.Context(), c.filter, page)
				require.NoError(t, err)
				for _, item := range got.Items {
					found = append(found, item.Sequence)
				}
				if got.Bookmark == "" {
					break
				}
				page.Bookmark = got.Bookmark
			}
			require.Len(t, found, c.found)
			require.IsDecreasing(t, append(append([]int64{21}, found...), 0))
		})
	}
	_, err := journal.Search(t.Context(), audit.Filter{}, ledger.PageRequest{Bookmark: "x"})
	require.Equal(t, fault.InvalidValue, fault.CodeOf(err))
}

func TestWhatACallerSendsIsCutAndCannotBreakTheChain(t *testing.T) {
	opened := open(t)
	journal := audit.Open(opened, slog.New(slog.DiscardHandler))
	for _, path := range []string{strings.Repeat("登", 1000), "\xff\xfe\x00", "<script>\n\"'", ""} {
		journal.Write(audit.Entry{Path: path, Method: path})
	}
	journal.Close()
	_, err := audit.Verify(t.Context(), opened)
	require.NoError(t, err)
	var longest int
	require.NoError(t, opened.QueryRowContext(t.Context(), `SELECT MAX(LENGTH(CAST(path AS BLOB))) FROM audit_entries`).Scan(&longest))
	require.LessOrEqual(t, longest, 256)
}

func TestAHeadIsReadAsItIsWritten(t *testing.T) {
	good := audit.Head{Sequence: 12, Digest: strings.Repeat("ab", 32)}
	read, err := audit.ParseHead(good.String())
	require.NoError(t, err)
	require.Equal(t, good, read)
	for _, text := range []string{"", "12", "12:", "12:ab", "0:" + good.Digest, "-1:" + good.Digest, good.String() + " ", "x" + good.String(), "012:" + good.Digest} {
		_, err := audit.ParseHead(text)
		require.Error(t, err, text)
	}
}
