package store

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// ordinalsOf gives the ordinals, both included, that a window's names stand for.
func ordinalsOf(t require.TestingT, expression string) (from, to int64) {
	for i, name := range strings.Split(expression, " | ") {
		level, number, found := strings.Cut(strings.Trim(name, "'§"), "_")
		require.True(t, found, name)
		l, err := strconv.Atoi(level)
		require.NoError(t, err)
		n, err := strconv.ParseInt(number, 10, 64)
		require.NoError(t, err)
		first, last := n<<windowShifts[l-1], (n+1)<<windowShifts[l-1]-1
		if i == 0 {
			from = first
		} else {
			require.Equal(t, to+1, first, "without a gap: %s", expression)
		}
		to = last
	}
	return from, to
}

func TestWindowsHoldEveryOrdinalOnceInTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(0, 1<<26).Draw(t, "from")
		to := from + rapid.Int64Range(0, 1<<23).Draw(t, "length")
		windows := &Windows{from: from, to: to, descending: rapid.Bool().Draw(t, "descending")}
		lowest, highest := to+1, from-1 // what has been covered
		taken := [2]int64{lowest, highest}
		for count, found := 0, 0; ; count++ {
			before := windows.size
			if count > 0 && windows.size > 1 && rapid.IntRange(0, 3).Draw(t, "too much") == 0 {
				windows.Narrow()
				lowest, highest = taken[0], taken[1]
				require.Less(t, windows.size, before)
			}
			taken = [2]int64{lowest, highest}
			require.Less(t, count, 20_000)
			conditions, more := windows.Next(found, rapid.IntRange(1, 2001).Draw(t, "wanted"))
			if !more {
				break
			}
			var first, last int64
			if len(conditions) == 2 {
				first, last = conditions[0].Value.(int64), conditions[1].Value.(int64)
			} else {
				first, last = ordinalsOf(t, conditions[0].Value.(string))
				first, last = max(first, from), min(last, to)
			}
			switch {
			case windows.descending && lowest > to:
				require.Equal(t, to, last)
			case !windows.descending && highest < from:
				require.Equal(t, from, first)
			case windows.descending:
				require.Equal(t, lowest-1, last)
			default:
				require.Equal(t, highest+1, first)
			}
			require.LessOrEqual(t, first, last)
			lowest, highest = min(lowest, first), max(highest, last)
			found = rapid.IntRange(0, 3000).Draw(t, "found")
		}
		require.Equal(t, [2]int64{from, to}, [2]int64{lowest, highest})
	})
}

func TestAWindowOfAMillionHasFewNames(t *testing.T) {
	names := strings.Split(windowsBetween(3, 3+1_000_000>>windowShifts[0]), " | ")
	require.LessOrEqual(t, len(names), 2*3*5, fmt.Sprint(names))
}

func TestTheNextWindowIsAsLargeAsTheLastOneSays(t *testing.T) {
	for name, test := range map[string]struct {
		size          int64
		found, wanted int
		following     int64
	}{
		"at first":            {0, 0, 2001, firstWindow},
		"nothing found":       {2, 0, 2001, 2 * windowGrowth},
		"few found":           {2, 1, 2000, 2 * windowGrowth},
		"a third found":       {2, 700, 1301, 4},
		"all but a few found": {100, 2000, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			windows := Windows{size: test.size}
			require.Equal(t, test.following, windows.following(int64(test.found), int64(test.wanted)))
		})
	}
}
