package contract_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/fixtures/rulepacks"
)

// sample is a call that succeeds on the stage of samples.
type sample struct {
	by      ledger.Actor
	name    string
	request any
}

// samples gives a founded stage and calls on it, in an order in which each one
// succeeds.
func samples(t testing.TB) []sample {
	t.Helper()
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	second := entry("A2")
	second.Related = []string{"A1"}
	evidence := ledger.AnchorEvidenceRequest{CID: "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
		SM3: canonical.DigestOf(nil), Kind: ledger.EvidenceCommitment, Size: 7, MediaType: "text/plain; charset=utf-8"}
	return []sample{
		{contracttest.Operator, ledger.TxHeartbeat, struct{}{}},
		{contracttest.Authority, ledger.TxPutCalendar, ledger.Calendar{Year: 2026, Source: "国办发明电〔2025〕7号",
			Holidays: map[string]string{"2026-05-01": "劳动节", "2026-05-04": "劳动节", "2026-05-05": "劳动节", "2026-06-19": "端午节"},
			Workdays: map[string]string{"2026-05-09": "劳动节", "2026-09-20": "国庆节", "2026-10-10": "国庆节"}}},
		{contracttest.Authority, ledger.TxProposeRulePack, pack},
		{contracttest.Supervisor, ledger.TxApproveRulePack, pack.Reference()},
		{contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{To: "2026-03-20"}},
		{contracttest.Transport, ledger.TxPutBatch, batch(entry("A1"), second)},
		{contracttest.Transport, ledger.TxPutBatch, batch(second, entry("A3"))},
		{contracttest.Transport, ledger.TxWithdrawEntry, ledger.WithdrawEntryRequest{Identifier: "A3", Reason: "下线"}},
		{contracttest.Transport, ledger.TxAnchorEvidence, evidence},
		{contracttest.Party, ledger.TxGetNetwork, struct{}{}},
		{contracttest.Party, ledger.TxGetRulePack, pack.Reference()},
		{contracttest.Party, ledger.TxGetCalendar, ledger.CalendarRequest{Year: 2026}},
		{contracttest.Party, ledger.TxDeadline, ledger.DeadlineRequest{Start: "2026-04-30", WorkingDays: 10}},
		{contracttest.Party, ledger.TxGetEntry, reference("A1", 1)},
		{contracttest.Party, ledger.TxListEntries, ledger.PageRequest{Of: contracttest.Transport.USCC, PageSize: 2}},
		{contracttest.Party, ledger.TxListEntryHistory, ledger.EntryHistoryRequest{Entry: reference("A3", 0)}},
		{contracttest.Transport, ledger.TxGetEvidence, ledger.EvidenceReference{Owner: contracttest.Transport.USCC, CID: evidence.CID}},
		{contracttest.Transport, ledger.TxListEvidence, ledger.PageRequest{Of: contracttest.Transport.USCC}},
	}
}

func TestTwoEndorsersMakeTheSameBytes(t *testing.T) {
	one, other := contracttest.Founded(t, ledger.ModeSandbox), contracttest.Founded(t, ledger.ModeSandbox)
	for _, c := range samples(t) {
		first, second := one.Try(c.by, c.name, c.request), other.Try(c.by, c.name, c.request)
		require.NoError(t, first.Err(), c.name)
		require.Equal(t, string(first.Answer), string(second.Answer), c.name)
		require.Equal(t, first.Writes, second.Writes, c.name)
		require.Equal(t, first.Event, second.Event, c.name)
		require.Equal(t, first.TxID, second.TxID, c.name)
	}
	require.Equal(t, content(one), content(other))
}

func content(s *contracttest.Stage) map[string]string {
	all := map[string]string{}
	s.Scan(func(key ledger.Key, value []byte) bool {
		all[key.String()] = string(value)
		return true
	})
	return all
}

// played gives a stage on which all samples have been played.
func played(t testing.TB) *contracttest.Stage {
	t.Helper()
	s := contracttest.Founded(t, ledger.ModeSandbox)
	for _, c := range samples(t) {
		require.NoError(t, s.Try(c.by, c.name, c.request).Err(), c.name)
	}
	return s
}

// TestAMutilatedRequestGetsATypedRefusal takes requests that are right, spoils one
// place in each, and demands an answer or a fault that a user can act on.
func TestAMutilatedRequestGetsATypedRefusal(t *testing.T) {
	stage, calls := played(t), samples(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(calls).Draw(t, "call")
		document := spoil(t, c.request)
		actor := rapid.SampledFrom([]ledger.Actor{c.by, contracttest.Party, contracttest.Authority}).Draw(t, "actor")
		s := stage.Branch()
		outcome := s.Try(actor, c.name, document)
		if outcome.Fault == nil {
			require.Equal(t, len(outcome.Writes) > 0, outcome.Event != nil)
			return
		}
		require.NotEqual(t, fault.Internal, outcome.Fault.Code, "%s %s", c.name, document)
		require.Empty(t, outcome.Writes)
		require.Equal(t, stage.Height(), s.Height())
	})
}

// spoil replaces, removes or adds something at a random place of a document.
func spoil(t *rapid.T, request any) string {
	content, err := json.Marshal(request)
	require.NoError(t, err)
	var document any
	require.NoError(t, json.Unmarshal(content, &document))
	document = spoilAt(t, document)
	content, err = json.Marshal(document)
	require.NoError(t, err)
	return string(content)
}

var spoilers = []any{nil, "", " ", "\x00", "￿", strings.Repeat("长", 5000), -1, 0, 1 << 40, 1.5, true, []any{}, map[string]any{},
	"2026-13-01", "9999-99-99", "../../etc/passwd", "{\"code\":\"OK\"}", "𠀀"}

func spoilAt(t *rapid.T, node any) any {
	switch value := node.(type) {
	case map[string]any:
		names := keysOf(value)
		if len(names) > 0 && rapid.IntRange(0, 9).Draw(t, "deeper") > 0 {
			name := rapid.SampledFrom(names).Draw(t, "name")
			if rapid.IntRange(0, 9).Draw(t, "remove") == 0 {
				delete(value, name)
			} else {
				value[name] = spoilAt(t, value[name])
			}
			return value
		}
		value[rapid.SampledFrom([]string{"extra", "__proto__", "schema", ""}).Draw(t, "extra")] = "x"
		return value
	case []any:
		if len(value) > 0 && rapid.IntRange(0, 9).Draw(t, "deeper") > 0 {
			i := rapid.IntRange(0, len(value)-1).Draw(t, "index")
			value[i] = spoilAt(t, value[i])
			return value
		}
	}
	return rapid.SampledFrom(spoilers).Draw(t, "spoiler")
}

func keysOf(object map[string]any) []string {
	keys := []string{}
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func FuzzEveryTransactionAnswersOrRefuses(f *testing.F) {
	names := contracttest.Transactions()
	index := map[string]uint8{}
	for i, name := range names {
		index[name] = uint8(i)
	}
	for _, c := range samples(f) {
		content, err := json.Marshal(c.request)
		require.NoError(f, err)
		f.Add(index[c.name], uint8(0), string(content), []byte(queryCode))
	}
	stage := played(f)
	f.Fuzz(func(t *testing.T, transaction, actor uint8, request string, transient []byte) {
		name := names[int(transaction)%len(names)]
		identity, err := contracttest.Identity(contracttest.Cast[int(actor)%len(contracttest.Cast)])
		require.NoError(t, err)
		outcome := stage.Simulate(memoryledger.Call{By: identity, Name: name, Request: request,
			Transient: map[string][]byte{ledger.TransientQueryCode: transient}})
		if outcome.Fault != nil {
			require.NotEqual(t, fault.Internal, outcome.Fault.Code, fmt.Sprintf("%s %q", name, request))
		}
	})
}
