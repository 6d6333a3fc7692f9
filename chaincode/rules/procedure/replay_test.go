package procedure_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/fixtures/rulepacks"
)

func TestAForgedHistoryIsNotExplained(t *testing.T) {
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	w := registeredWorld(t, pack)
	genuine := w.steps[w.applications[0].ID]
	replayed, err := procedure.Replay(pack, ledger.SubjectApplication, ledger.TypeFirst, genuine)
	require.NoError(t, err)
	require.Equal(t, ledger.StateRegistered, replayed.State)
	require.Len(t, replayed.Handlers, 6)

	cases := map[string]struct {
		forge func([]ledger.Step) []ledger.Step
		what  string
	}{
		"a step is left out":         {func(s []ledger.Step) []ledger.Step { return slices.Delete(s, 3, 4) }, "number 5"},
		"the first step is left out": {func(s []ledger.Step) []ledger.Step { return s[1:] }, "number 2"},
		"two steps change places":    {func(s []ledger.Step) []ledger.Step { s[2], s[3] = s[3], s[2]; return s }, "number 4"},
		"the notice is left out with its number mended": {func(s []ledger.Step) []ledger.Step {
			s = slices.Delete(s, 4, 5)
			s[4].Seq = 5
			return s
		}, "stands at"},
		"somebody of another role acts":       {func(s []ledger.Step) []ledger.Step { s[3].Actor = reviewer; return s }, "no row accept"},
		"an action that no row lists":         {func(s []ledger.Step) []ledger.Step { s[3].Action = "wave_through"; return s }, "no row wave_through"},
		"another article is cited":            {func(s []ledger.Step) []ledger.Step { s[3].Article = "1"; return s }, "no row accept"},
		"a step is dated back":                {func(s []ledger.Step) []ledger.Step { s[5].At = "2020-01-01T00:00:00Z"; return s }, "earlier"},
		"a clock ends that was not started":   {func(s []ledger.Step) []ledger.Step { s[3].Ended[0].Clock = "public_notice"; return s }, "does not run"},
		"a clock ends with another first day": {func(s []ledger.Step) []ledger.Step { s[3].Ended[0].Start = "2020-01-01"; return s }, "does not run"},
		"the type has no such row":            {func(s []ledger.Step) []ledger.Step { return s }, "no row"},
		"a step follows the end of everything": {func(s []ledger.Step) []ledger.Step {
			return append(s, ledger.Step{Seq: 7, From: "registered", Action: "withdraw", To: "withdrawn", At: "2099-01-01T00:00:00Z"})
		}, "no row withdraw"},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			steps := make([]ledger.Step, len(genuine))
			for i, step := range genuine {
				steps[i] = step
				steps[i].Ended = slices.Clone(step.Ended)
			}
			of := ledger.TypeFirst
			if sentence == "the type has no such row" {
				of = ledger.TypeRenewal
			}
			_, err := procedure.Replay(pack, ledger.SubjectApplication, of, c.forge(steps))
			require.ErrorContains(t, err, c.what)
		})
	}
}
