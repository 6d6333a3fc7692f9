package contract_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// version is what the model remembers of one version of an entry.
type version struct {
	name   string
	status ledger.EntryStatus
}

// TestNothingPutOnChainIsEverErased plays random uploads and withdrawals of two
// departments against a model, and then asks for every version that ever was.
func TestNothingPutOnChainIsEverErased(t *testing.T) {
	founded := contracttest.Founded(t, ledger.ModeProduction)
	rapid.Check(t, func(t *rapid.T) {
		s, model := founded.Branch(), map[ledger.EntryReference][]version{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			actor := rapid.SampledFrom([]ledger.Actor{contracttest.Transport, contracttest.Haidian}).Draw(t, "actor")
			if rapid.IntRange(0, 3).Draw(t, "withdraw") == 0 {
				playWithdrawal(t, s, model, actor)
			} else {
				playUpload(t, s, model, actor)
			}
		}
		for reference, versions := range model {
			requireVersions(t, s, reference, versions)
		}
	})
}

func playUpload(t *rapid.T, s *contracttest.Stage, model map[ledger.EntryReference][]version, actor ledger.Actor) {
	identifiers := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "C"}), 1, 3, rapid.ID).Draw(t, "identifiers")
	entries, expected := []ledger.EntryContent{}, []string{}
	for _, identifier := range identifiers {
		content := entry(identifier)
		content.Name = rapid.SampledFrom([]string{"甲", "乙"}).Draw(t, "name")
		entries = append(entries, content)
		reference := ledger.EntryReference{Provider: actor.USCC, Identifier: identifier}
		next, outcome := version{content.Name, ledger.EntryActive}, ledger.OutcomeUpdated
		switch versions := model[reference]; {
		case len(versions) == 0:
			outcome = ledger.OutcomeCreated
		case versions[len(versions)-1] == next:
			outcome = ledger.OutcomeUnchanged
		}
		if outcome != ledger.OutcomeUnchanged {
			model[reference] = append(model[reference], next)
		}
		expected = append(expected, fmt.Sprint(outcome, len(model[reference])))
	}
	got := []string{}
	for _, outcome := range contracttest.Do[[]ledger.EntryOutcome](s, actor, ledger.TxPutBatch, batch(entries...)) {
		got = append(got, fmt.Sprint(outcome.Outcome, outcome.Version))
	}
	require.Equal(t, expected, got)
}

func playWithdrawal(t *rapid.T, s *contracttest.Stage, model map[ledger.EntryReference][]version, actor ledger.Actor) {
	identifier := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "identifier")
	reference := ledger.EntryReference{Provider: actor.USCC, Identifier: identifier}
	outcome := s.Try(actor, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: identifier, Reason: "停用"})
	versions := model[reference]
	switch {
	case len(versions) == 0:
		require.Equal(t, fault.NotFound, fault.CodeOf(outcome.Err()))
	case versions[len(versions)-1].status == ledger.EntryWithdrawn:
		require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(outcome.Err()))
	default:
		require.NoError(t, outcome.Err())
		model[reference] = append(versions, version{versions[len(versions)-1].name, ledger.EntryWithdrawn})
	}
}

func requireVersions(t *rapid.T, s *contracttest.Stage, reference ledger.EntryReference, versions []version) {
	for i, expected := range versions {
		reference.Version = i + 1
		got := contracttest.Do[ledger.CatalogEntry](s, contracttest.Party, ledger.TxGetEntry, reference)
		require.Equal(t, expected, version{got.Content.Name, got.Status})
		require.Equal(t, i+1, got.Version)
	}
	reference.Version = 0
	history := contracttest.Do[ledger.Page[ledger.CatalogEntry]](s, contracttest.Party, ledger.TxListEntryHistory,
		ledger.EntryHistoryRequest{Entry: reference})
	require.Len(t, history.Items, len(versions)-1, "the history holds all versions but the head")
}

// TestTheClockOfASandboxNeverGoesBack plays random advances, right and wrong ones.
func TestTheClockOfASandboxNeverGoesBack(t *testing.T) {
	founded := contracttest.Founded(t, ledger.ModeSandbox)
	rapid.Check(t, func(t *rapid.T) {
		s, last := founded.Branch(), contracttest.Start
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			request := ledger.AdvanceClockRequest{}
			if rapid.Bool().Draw(t, "to a day") {
				request.To = contracttest.Start.AddDate(0, 0, rapid.IntRange(-30, 3000).Draw(t, "days")).Format(ledger.DateLayout)
			} else {
				request.Seconds = rapid.Int64Range(-10, 1<<31).Draw(t, "seconds")
			}
			advanced := s.Try(contracttest.Operator, ledger.TxAdvanceClock, request).Err() == nil
			now, err := time.Parse(time.RFC3339, contracttest.Do[ledger.Now](s, contracttest.Party, ledger.TxGetNetwork, "{}").LedgerTime)
			require.NoError(t, err)
			require.Equal(t, advanced, now.After(last))
			require.False(t, now.Before(last))
			last = now
		}
	})
}
