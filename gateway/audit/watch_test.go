package audit_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/audit"
)

func TestAWatchFindsWhateverIsDoneToTheLogAtItsNextTurns(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		after     time.Duration // when it shows at the latest
		restarted bool
	}{
		"the end is cut off":                       {statement: `DELETE FROM audit_entries WHERE sequence > 1`},
		"the end is cut off while nobody looks":    {statement: `DELETE FROM audit_entries WHERE sequence > 1`, restarted: true},
		"everything is removed":                    {statement: `DELETE FROM audit_entries`},
		"everything is removed while nobody looks": {statement: `DELETE FROM audit_entries`, restarted: true},
		"an old entry is changed":                  {statement: `UPDATE audit_entries SET path = '/x' WHERE sequence = 1`, after: 24 * time.Hour},
		"an entry is slipped in":                   {statement: `INSERT INTO audit_entries SELECT sequence + 3, at, account, role, address, method, route, path, status, code, tx_id, request_id, digest FROM audit_entries WHERE sequence = 1`},
	} {
		t.Run(name, func(t *testing.T) {
			opened := open(t)
			written(t, opened, 3)
			now := time.Now()
			clock := func() time.Time { return now }
			watch := audit.NewWatch(opened, clock)
			require.NoError(t, watch.Advance(t.Context()))
			_, err := opened.ExecContext(t.Context(), c.statement)
			require.NoError(t, err)
			if c.restarted {
				watch = audit.NewWatch(opened, clock)
			}
			now = now.Add(c.after)
			require.ErrorIs(t, watch.Advance(t.Context()), audit.ErrTampered)
			require.ErrorIs(t, watch.Advance(t.Context()), audit.ErrTampered, "and goes on saying so")
		})
	}
}

func TestAWatchGoesOnWithALogThatGrowsAndLosesWhatIsOld(t *testing.T) {
	opened := open(t)
	now := time.Now()
	watch := audit.NewWatch(opened, func() time.Time { return now })
	require.NoError(t, watch.Advance(t.Context()), "an empty log")
	for range 3 {
		written(t, opened, 5)
		require.NoError(t, watch.Advance(t.Context()))
	}
	journal := audit.Open(opened, slog.New(slog.DiscardHandler))
	defer journal.Close()
	require.NoError(t, journal.Remove(t.Context(), time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)))
	require.NoError(t, watch.Advance(t.Context()), "what was read is gone after its time")
	require.NoError(t, audit.NewWatch(opened, time.Now).Advance(t.Context()))
	now = now.Add(24 * time.Hour)
	written(t, opened, 2)
	require.NoError(t, watch.Advance(t.Context()), "a new round")
}
