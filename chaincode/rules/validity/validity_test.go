package validity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/validity"
)

var rule = ledger.ValidityRule{Years: 3, RenewalWindowDays: 60, RenewalYears: 3, Article: "24"}

func TestFirstTerm(t *testing.T) {
	cases := map[string]struct{ issued, agreement, until string }{
		"three years end on the corresponding day":      {"2026-03-02", "", "2029-03-02"},
		"29 February ends on 28 February":               {"2028-02-29", "", "2031-02-28"},
		"28 February before a leap year stays the 28th": {"2025-02-28", "", "2028-02-28"},
		"New Year's Eve": {"2025-12-31", "", "2028-12-31"},
		"an agreement that ends sooner ends the validity":       {"2026-03-02", "2027-06-30", "2027-06-30"},
		"an agreement of exactly three years changes nothing":   {"2026-03-02", "2029-03-02", "2029-03-02"},
		"an agreement of more than three years changes nothing": {"2026-03-02", "2031-12-31", "2029-03-02"},
		"an agreement that ends on the day of issuance":         {"2026-03-02", "2026-03-02", "2026-03-02"},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			period, err := validity.First(rule, c.issued, c.agreement)
			require.NoError(t, err)
			require.Equal(t, validity.Period{From: c.issued, Until: c.until}, period)
		})
	}
}

func TestRenewal(t *testing.T) {
	period, err := validity.Renewed(rule, "2029-03-02", "")
	require.NoError(t, err)
	require.Equal(t, validity.Period{From: "2029-03-03", Until: "2032-03-02"}, period)

	leap, err := validity.Renewed(rule, "2028-02-29", "")
	require.NoError(t, err)
	require.Equal(t, validity.Period{From: "2028-03-01", Until: "2031-02-28"}, leap)

	_, err = validity.Renewed(rule, "2029-03-02", "2029-03-02")
	require.Equal(t, fault.InvalidValue, fault.CodeOf(err), "an agreement that ends with the old term gives no new one")
}

func TestRenewalWindow(t *testing.T) {
	window, err := validity.Window(rule, "2029-03-02")
	require.NoError(t, err)
	require.Equal(t, validity.Period{From: "2029-01-02", Until: "2029-03-02"}, window)
	cases := map[string]struct {
		day  string
		open bool
	}{
		"the day before the window": {"2029-01-01", false},
		"the window's first day":    {"2029-01-02", true},
		"the last day of validity":  {"2029-03-02", true},
		"the day after expiry":      {"2029-03-03", false},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) { require.Equal(t, c.open, window.Contains(c.day)) })
	}
}

func TestBadDaysAreRefused(t *testing.T) {
	_, err := validity.First(rule, "2025-02-29", "")
	require.Equal(t, fault.InvalidDate, fault.CodeOf(err))
	_, err = validity.First(rule, "2026-03-02", "soon")
	require.Equal(t, fault.InvalidDate, fault.CodeOf(err))
	_, err = validity.First(rule, "2026-03-02", "2026-03-01")
	require.Equal(t, fault.InvalidValue, fault.CodeOf(err))
	_, err = validity.Renewed(rule, "", "")
	require.Equal(t, fault.InvalidDate, fault.CodeOf(err))
	_, err = validity.Window(rule, "x")
	require.Equal(t, fault.InvalidDate, fault.CodeOf(err))
}

func TestYearsNeverSkipOrAddAMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 60000).Draw(t, "day"))
		years := rapid.IntRange(1, 10).Draw(t, "years")
		later := validity.AddYears(day, years)
		require.Equal(t, day.Month(), later.Month())
		require.Equal(t, day.Year()+years, later.Year())
		if day.Day() != 29 || day.Month() != time.February {
			require.Equal(t, day.Day(), later.Day())
		}
	})
}
