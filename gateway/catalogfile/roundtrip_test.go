package catalogfile_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/catalog"
	"dengji/gateway/catalogfile"
)

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	entries := []catalogfile.Entry{sample("A001"), sample("A002", func(e *catalogfile.Entry) {
		e.Content.SharingType, e.Content.SharingCondition, e.Content.Related = "无条件共享", "", nil
		e.Content.Name, e.Content.Summary = "名称里有,逗号和\"引号\"", "第一行\n第二行"
	})}
	text := &bytes.Buffer{}
	require.NoError(t, catalogfile.WriteText(text, entries))
	for name, content := range map[string][]byte{"目录.xlsx": workbookOf(t, entries...), "目录.csv": text.Bytes()} {
		t.Run(name, func(t *testing.T) {
			result := parse(t, name, content, catalogfile.Options{Provider: provider})
			require.Zero(t, result.Problems, "%+v", result.Rows)
			require.Len(t, result.Entries, 2)
			for i, entry := range result.Entries {
				require.Equal(t, entries[i].Content, entry.Content)
				require.Equal(t, provider, entry.Provider)
				require.Equal(t, catalogfile.OutcomeReady, result.Rows[i].Outcome)
				require.Equal(t, entry.Line, result.Rows[i].Line)
			}
			require.Equal(t, 2, result.Entries[0].Line)
		})
	}
}

func TestAWorkbookIsWrittenTheSameTwice(t *testing.T) {
	first := workbookOf(t, sample("A001"))
	for range 10 {
		require.True(t, bytes.Equal(first, workbookOf(t, sample("A001"))))
	}
}

// anyEntry draws an entry that the ledger takes, of the texts that people type.
func anyEntry(t *rapid.T, identifier string) catalogfile.Entry {
	text := func(name string, most int) string {
		return rapid.StringOfN(rapid.RuneFrom([]rune("数据资源 目录,\"'=+-@#()（）【】/%&<>abcXYZ0129𠮷é")), 1, most, -1).
			Filter(func(s string) bool { return strings.TrimSpace(s) == s && s != "" }).Draw(t, name)
	}
	pick := func(name string, from []string) string { return rapid.SampledFrom(from).Draw(t, name) }
	content := ledger.EntryContent{
		Identifier: identifier, Name: text("name", 40), Classification: text("classification", 20), ProviderName: text("provider", 20),
		Summary: text("first line", 60) + "\n" + text("second line", 60), Format: pick("format", ledger.Formats),
		SharingType: pick("sharing", ledger.SharingTypes), SharingCondition: text("condition", 40), SharingMethod: text("method", 20),
		OpenType: pick("opening", ledger.OpenTypes), OpenCondition: text("open condition", 30), UpdateCycle: pick("cycle", ledger.UpdateCycles),
		PublishDate: rapid.StringMatching(`20[0-2][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])`).Draw(t, "date"),
		Industry:    pick("industry", []string{"", "G", "G54", "S92"}), Division: pick("division", []string{"110000", "110108"}),
	}
	for range rapid.IntRange(1, 5).Draw(t, "items") {
		content.Items = append(content.Items, ledger.InformationItem{Name: text("item", 20), Type: pick("type", ledger.ItemTypes), Length: rapid.IntRange(0, 500).Draw(t, "length")})
	}
	return catalogfile.Entry{Provider: provider, Content: content}
}

func TestAnyEntryThatTheLedgerTakesSurvivesBothForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := anyEntry(t, "A001")
		require.NoError(t, catalog.Validate("", entry.Content))
		for name, write := range map[string]func(io.Writer, []catalogfile.Entry) error{"x.xlsx": catalogfile.WriteWorkbook, "x.csv": catalogfile.WriteText} {
			var buffer bytes.Buffer
			require.NoError(t, write(&buffer, []catalogfile.Entry{entry}))
			result, err := catalogfile.Parse(context.Background(), name, &buffer, -1, catalogfile.Options{})
			require.NoError(t, err)
			require.Zero(t, result.Problems, "%+v", result.Rows)
			require.Equal(t, []ledger.EntryContent{entry.Content}, result.Contents(), name)
		}
	})
}

func TestItemsThatACellCannotHoldAreNotWrittenAsText(t *testing.T) {
	for name, item := range map[string]ledger.InformationItem{
		"a semicolon in the name":                               {Name: "名;称", Type: "C"},
		"a name that ends as a length would, with a wide colon": {Name: "名：C：3", Type: "C"},
	} {
		t.Run(name, func(t *testing.T) {
			entry := sample("A001", func(e *catalogfile.Entry) { e.Content.Items = []ledger.InformationItem{item} })
			require.ErrorContains(t, catalogfile.WriteText(io.Discard, []catalogfile.Entry{entry}), "A001")
		})
	}
}
