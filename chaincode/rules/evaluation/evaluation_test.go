package evaluation_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/evaluation"
)

func tally(measurements []ledger.Measurement) evaluation.Report {
	var t evaluation.Tally
	for _, m := range measurements {
		t.Add(m)
	}
	return t.Report()
}

func TestFiguresAreAddedUp(t *testing.T) {
	report := tally([]ledger.Measurement{
		{Day: "2026-03-05", ID: "A1", Counts: "accepted", Clocks: []ledger.Deadline{{Clock: "acceptance", UsedDays: 3}}},
		{Day: "2026-03-02", ID: "A2", Counts: "deficiency_notice", Clocks: []ledger.Deadline{{Clock: "acceptance", UsedDays: 5, OverdueDays: 2}}},
		{Day: "2026-03-20", ID: "A1", Counts: "accepted"},
		{Day: "2026-03-19", ID: "A3", Counts: "non_acceptance", Reason: "ownership_dispute"},
		{Day: "2026-03-19", ID: "A4", Counts: "non_acceptance", Reason: "duplicate"},
	})
	require.Equal(t, evaluation.Report{From: "2026-03-02", Until: "2026-03-20",
		Clocks: []evaluation.Clock{{Clock: "acceptance", Ended: 2, Overdue: 1, UsedDays: 8, OverdueDays: 2, Longest: 5, LongestID: "A2"}},
		Counts: []evaluation.Count{{Counts: "accepted", Number: 2}, {Counts: "deficiency_notice", Number: 1},
			{Counts: "non_acceptance", Reason: "duplicate", Number: 1}, {Counts: "non_acceptance", Reason: "ownership_dispute", Number: 1}}}, report)
}

func TestNothingGivesAnEmptyReport(t *testing.T) {
	require.Equal(t, evaluation.Report{Clocks: []evaluation.Clock{}, Counts: []evaluation.Count{}}, tally(nil))
}

func TestTheOrderOfMeasurementsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) ledger.Measurement {
			return ledger.Measurement{Day: rapid.SampledFrom([]string{"2026-03-02", "2026-03-03", "2026-04-01"}).Draw(r, "day"),
				ID: rapid.SampledFrom([]string{"A1", "A2", "A3"}).Draw(r, "id"), Counts: rapid.SampledFrom([]string{"", "accepted", "issued"}).Draw(r, "counts"),
				Clocks: []ledger.Deadline{{Clock: rapid.SampledFrom([]string{"acceptance", "review"}).Draw(r, "clock"),
					UsedDays: rapid.IntRange(0, 5).Draw(r, "used"), OverdueDays: rapid.IntRange(0, 2).Draw(r, "late")}}}
		}), 0, 12).Draw(r, "measurements")
		reversed := slices.Clone(list)
		slices.Reverse(reversed)
		require.Equal(r, tally(list), tally(reversed))
	})
}
