package throttle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/throttle"
)

var (
	noon    = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	address = throttle.Limit{Burst: 30, Pace: 2 * time.Second}
	pair    = throttle.Limit{Burst: 5, Pace: 30 * time.Second}
)

func TestOnlyFailuresAreCounted(t *testing.T) {
	for name, test := range map[string]struct {
		attempts   int
		succeed    bool
		sameName   bool
		nextGoesOn bool
	}{
		"a hundred people succeed from one address":          {100, true, false, true},
		"one person succeeds a hundred times":                {100, true, true, true},
		"five failures of one person":                        {pair.Burst, false, true, false},
		"failures under many names from one address":         {address.Burst, false, false, false},
		"a few failures leave room for the one that is good": {pair.Burst - 1, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			guarded := throttle.New(address, pair)
			account := func(i int) string {
				if test.sameName {
					return "one"
				}
				return fmt.Sprint(i)
			}
			for i := range test.attempts {
				made, allowed := guarded.Begin(noon, "127.0.0.1", account(i))
				require.True(t, allowed, "attempt %d", i)
				if test.succeed {
					made.Forgive()
				}
			}
			_, allowed := guarded.Begin(noon, "127.0.0.1", account(test.attempts))
			require.Equal(t, test.nextGoesOn, allowed)
			_, allowed = guarded.Begin(noon.Add(time.Hour), "127.0.0.1", account(test.attempts))
			require.True(t, allowed, "an hour later there is room again")
		})
	}
}

func TestARefusedAttemptCostsNothing(t *testing.T) {
	guarded := throttle.New(address, pair)
	for range 10 * address.Burst {
		guarded.Begin(noon, "127.0.0.1", "one")
	}
	_, allowed := guarded.Begin(noon, "127.0.0.1", "two")
	require.True(t, allowed, "one account's refused attempts do not use up the address")
}
