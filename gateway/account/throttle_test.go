package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOnlyFailingLoginsAreCounted(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		attempts   int
		succeed    bool
		sameName   bool
		nextGoesOn bool
	}{
		"a hundred people log in from one address":           {100, true, false, true},
		"one person logs in a hundred times":                 {100, true, true, true},
		"five wrong passwords of one person":                 {pairBurst, false, true, false},
		"wrong passwords for many accounts from one address": {addressBurst, false, false, false},
		"a few wrong passwords leave room for the right one": {pairBurst - 1, false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			throttle := newThrottle()
			account := func(i int) string {
				if test.sameName {
					return "one"
				}
				return string(rune('a' + i))
			}
			for i := range test.attempts {
				made, allowed := throttle.begin(account(i), "127.0.0.1", noon)
				require.True(t, allowed, "attempt %d", i)
				if test.succeed {
					made.forgive()
				}
			}
			_, allowed := throttle.begin(account(test.attempts), "127.0.0.1", noon)
			require.Equal(t, test.nextGoesOn, allowed)
			_, allowed = throttle.begin(account(test.attempts), "127.0.0.1", noon.Add(time.Hour))
			require.True(t, allowed, "an hour later there is room again")
		})
	}
}

func TestARefusedAttemptCostsNothing(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	throttle := newThrottle()
	for range 10 * addressBurst {
		throttle.begin("one", "127.0.0.1", noon)
	}
	_, allowed := throttle.begin("two", "127.0.0.1", noon)
	require.True(t, allowed, "one account's refused attempts do not use up the address")
}
