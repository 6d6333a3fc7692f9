package catalogfile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/catalogfile"
)

// TestAWorkbookOfAnotherProgramIsReadAlike reads a workbook that openpyxl 3.0.9
// has written: other sheet names, dates as dates, divisions and lengths as
// numbers, no styles of ours.
func TestAWorkbookOfAnotherProgramIsReadAlike(t *testing.T) {
	content, err := os.ReadFile("testdata/openpyxl.xlsx")
	require.NoError(t, err)
	result := parse(t, "openpyxl.xlsx", content, catalogfile.Options{Provider: provider})
	require.Empty(t, found(result))
	require.Len(t, result.Entries, 5)
	first := result.Entries[0].Content
	require.Equal(t, "2023-09-10", first.PublishDate)
	require.Equal(t, "110000", first.Division)
	require.Equal(t, 32, first.Items[0].Length)
	require.Len(t, first.Items, 8)
}

// TestTheGuideNamesEveryColumnAndLimit holds docs/catalogue-files.md to the code.
func TestTheGuideNamesEveryColumnAndLimit(t *testing.T) {
	guide, err := os.ReadFile("../../docs/catalogue-files.md")
	require.NoError(t, err)
	for _, name := range catalogfile.Titles() {
		require.True(t, strings.Contains(string(guide), "| "+name+" |"), "the guide lacks the column %s", name)
	}
	for _, limit := range []string{"32 MiB", "20,000", "500,000", "32,767", "5,000"} {
		require.Contains(t, string(guide), limit)
	}
}
