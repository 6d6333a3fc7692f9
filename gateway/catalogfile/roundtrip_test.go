package catalogfile_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

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
