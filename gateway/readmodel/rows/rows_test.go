package rows_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/rows"
)

// kindsOfTheLedger reads the constants Kind... of the ledger's key names.
func kindsOfTheLedger(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../../chaincode/ledger/keys.go", nil, 0)
	require.NoError(t, err)
	var kinds []string
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || len(spec.Names[0].Name) <= 4 || spec.Names[0].Name[:4] != "Kind" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		require.NoError(t, err)
		kinds = append(kinds, text)
		return true
	})
	require.Greater(t, len(kinds), 20)
	return kinds
}

func TestEveryKindOfRecordOnTheLedgerIsKeptOrLeftOnPurpose(t *testing.T) {
	for _, kind := range kindsOfTheLedger(t) {
		require.True(t, rows.Known(kind), "a record of kind %q would be lost", kind)
	}
	require.False(t, rows.Known("of a later version"))
}

func of(t *testing.T, key ledger.Key, value string) ([]rows.Change, error) {
	t.Helper()
	return rows.Of(blocks.Transaction{TxID: "t", Writes: []blocks.Write{{Key: key, Value: []byte(value)}}})
}

func TestARowHasTheKeyOfItsRecordAndEveryColumn(t *testing.T) {
	cases := map[string]struct {
		key   ledger.Key
		table rows.Table
		want  []any
	}{
		"an older version":      {ledger.CatalogVersionKey("P", "I", 12), rows.CatalogVersions, []any{"P", "I", int64(12)}},
		"evidence":              {ledger.EvidenceKey("O", "C"), rows.Evidence, []any{"O", "C"}},
		"a step":                {ledger.ApplicationStepKey("A", 3), rows.Steps, []any{"application", "A", int64(3)}},
		"an objection's step":   {ledger.ObjectionStepKey("O", 1), rows.Steps, []any{"objection", "O", int64(1)}},
		"a registration's step": {ledger.RegistrationStepKey("R", 1), rows.Steps, []any{"registration", "R", int64(1)}},
		"a supervision's step":  {ledger.SupervisionStepKey("S", 1), rows.Steps, []any{"supervision", "S", int64(1)}},
		"an older registration": {ledger.RegistrationVersionKey("R", 2), rows.RegistrationVersions, []any{"R", int64(2)}},
		"a mandate":             {ledger.MandateKey("H", "M"), rows.Mandates, []any{"H", "M"}},
		"the network":           {ledger.NetworkKey(), rows.Documents, []any{"network", ""}},
		"a rule pack":           {ledger.RulePackKey("b", 2), rows.Documents, []any{"rule-pack", "b/0000000002"}},
		"the pack in force":     {ledger.RulePackInForceKey(), rows.Documents, []any{"rule-pack-in-force", ""}},
		"a calendar":            {ledger.CalendarKey(2026), rows.Documents, []any{"calendar", "2026"}},
		"a heartbeat":           {ledger.HeartbeatKey("M"), rows.Documents, []any{"heartbeat", "M"}},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			changes, err := of(t, test.key, `{}`)
			require.NoError(t, err)
			require.Len(t, changes, 1)
			require.Equal(t, test.table.Name, changes[0].Table.Name)
			require.Equal(t, test.want, changes[0].Values[:test.table.Key])
			require.Len(t, changes[0].Values, len(test.table.Columns))
			require.Equal(t, []any{"{}"}, changes[0].Values[len(test.table.Columns)-1:])
		})
	}
}

func TestARecordsDependentRowsAreReplacedWithIt(t *testing.T) {
	changes, err := of(t, ledger.ApplicationKey("A"), `{"registrant":"U","submittedAt":"T",
		"joint":[{"uscc":"U"},{"uscc":"V"},{"uscc":"V"}],"entries":[{"provider":"P","identifier":"I","version":2}],
		"clocks":[{"clock":"late","due":"2026-03-09","start":"s"},{"clock":"early","due":"2026-03-05","start":"s","provisional":true}]}`)
	require.NoError(t, err)
	column := func(change rows.Change, name string) any {
		for i, found := range change.Table.Columns {
			if found == name {
				return change.Values[i]
			}
		}
		return nil
	}
	require.Equal(t, rows.Change{Table: rows.ApplicationParties, Remove: true, Values: []any{"A"}}, changes[0])
	require.Equal(t, rows.Change{Table: rows.ApplicationEntries, Remove: true, Values: []any{"A"}}, changes[1])
	require.Equal(t, rows.Change{Table: rows.Clocks, Remove: true, Values: []any{"application", "A"}}, changes[2])
	require.Equal(t, "2026-03-05", column(changes[3], "due"))
	require.Equal(t, "early", column(changes[3], "due_clock"))
	require.Equal(t, int64(1), column(changes[3], "due_provisional"))
	require.Equal(t, []rows.Change{
		{Table: rows.ApplicationParties, Values: []any{"A", "U", "registrant", "T"}},
		{Table: rows.ApplicationParties, Values: []any{"A", "V", "asked", "T"}},
		{Table: rows.ApplicationEntries, Values: []any{"A", "P", "I", int64(2)}},
		{Table: rows.Clocks, Values: []any{"application", "A", int64(0), "late", "s", "2026-03-09", int64(0)}},
		{Table: rows.Clocks, Values: []any{"application", "A", int64(1), "early", "s", "2026-03-05", int64(1)}},
	}, changes[4:])
}

func TestWithoutAClockTheDueDayIsBehindAllOthers(t *testing.T) {
	changes, err := of(t, ledger.ObjectionKey("O"), `{}`)
	require.NoError(t, err)
	require.Contains(t, changes[len(changes)-1].Values, any(rows.NoDue))
}

func TestADeletedRecordTakesItsRowsAlong(t *testing.T) {
	changes, err := rows.Of(blocks.Transaction{Writes: []blocks.Write{{Key: ledger.RegistrationKey("R"), Deleted: true}}})
	require.NoError(t, err)
	require.Equal(t, []rows.Change{
		{Table: rows.RegistrationParties, Remove: true, Values: []any{"R"}},
		{Table: rows.RegistrationEntries, Remove: true, Values: []any{"R"}},
		{Table: rows.Resources, Remove: true, Values: []any{"registration", "", "R"}},
		{Table: rows.Registrations, Remove: true, Values: []any{"R"}},
		{Table: rows.Resources, Cover: rows.CoverLeft, Values: []any{"R"}},
		{Table: rows.Resources, Cover: rows.CoverTaken, Values: []any{"R"}},
	}, changes)
}

func TestARefusedTransactionLeavesNoRow(t *testing.T) {
	changes, err := rows.Of(blocks.Transaction{ValidationCode: peer.TxValidationCode_PHANTOM_READ_CONFLICT, Event: &ledger.Event{},
		Writes: []blocks.Write{{Key: ledger.ApplicationKey("A"), Value: []byte(`{}`)}}})
	require.NoError(t, err)
	require.Empty(t, changes)
}

func TestARecordThatIsNoneIsRefusedByName(t *testing.T) {
	cases := map[string]struct {
		key   ledger.Key
		value string
	}{
		"not the record's type":    {ledger.ApplicationKey("A"), `[]`},
		"no JSON":                  {ledger.NetworkKey(), `{`},
		"a part too few":           {ledger.Key{Kind: ledger.KindCatalog, Parts: []string{"P"}}, `{}`},
		"a part too many":          {ledger.Key{Kind: ledger.KindNetwork, Parts: []string{"P"}}, `{}`},
		"no number where one must": {ledger.Key{Kind: ledger.KindApplicationStep, Parts: []string{"A", "x"}}, `{}`},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			changes, err := of(t, test.key, test.value)
			var where *rows.Error
			require.ErrorAs(t, err, &where)
			require.Equal(t, test.key, where.Key)
			require.Equal(t, "t", where.TxID)
			require.Empty(t, changes)
		})
	}
}

// Whatever stands on the ledger, a row fits its table and a database can hold it.
func TestRowsFitTheirTables(t *testing.T) {
	names := kindsOfTheLedger(t)
	rapid.Check(t, func(t *rapid.T) {
		key := ledger.Key{Kind: rapid.SampledFrom(names).Draw(t, "kind")}
		for range rapid.IntRange(0, 5).Draw(t, "parts") {
			key.Parts = append(key.Parts, rapid.OneOf(rapid.StringN(0, 5, 20), rapid.Just("0000000007")).Draw(t, "part"))
		}
		value := rapid.SampledFrom([]func(*rapid.T) []byte{
			func(t *rapid.T) []byte { return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes") },
			document,
		}).Draw(t, "form")(t)
		changes, err := rows.Of(blocks.Transaction{Writes: []blocks.Write{{Key: key, Value: value}}})
		if err != nil {
			return
		}
		for _, change := range changes {
			width := len(change.Table.Columns)
			if change.Remove || change.Cover != "" {
				width = len(change.Values)
			}
			if len(change.Values) != width || len(change.Values) > len(change.Table.Columns) || len(change.Values) == 0 {
				t.Fatalf("%s: %d values", change.Table.Name, len(change.Values))
			}
			for _, value := range change.Values {
				requireHeld(t, value)
			}
		}
	})
}

func document(t *rapid.T) []byte {
	text := rapid.StringN(0, 6, 30)
	content, err := json.Marshal(map[string]any{"registrant": text.Draw(t, "registrant"), "industry": text.Draw(t, "industry"),
		"joint": []any{map[string]any{"uscc": text.Draw(t, "joint")}}, "publicised": map[string]any{"industry": text.Draw(t, "publicised")},
		"clocks": []any{map[string]any{"due": text.Draw(t, "due"), "clock": "c"}}, "content": map[string]any{"industry": text.Draw(t, "content")}})
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func requireHeld(t *rapid.T, value any) {
	switch held := value.(type) {
	case int64:
	case string:
		for _, r := range held {
			if r == 0 {
				t.Fatalf("U+0000 in %q", held)
			}
		}
	default:
		t.Fatalf("a value of type %T", value)
	}
}
