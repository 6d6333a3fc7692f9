package catalogfile_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"dengji/chaincode/fault"
	"dengji/gateway/catalogfile"
)

func TestATextIsReadInTheEncodingsAndFormsThatOfficesUse(t *testing.T) {
	plain := strings.TrimPrefix(string(text(t, sample("A001"))), "\ufeff")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(plain)
	require.NoError(t, err)
	for name, c := range map[string]struct{ content, encoding string }{
		"UTF-8 with a byte order mark":    {"\ufeff" + plain, "UTF-8"},
		"UTF-8 without one":               {plain, "UTF-8"},
		"GB18030":                         {gb, "GB18030"},
		"lines that end as on Windows":    {strings.ReplaceAll(plain, "\n", "\r\n"), "UTF-8"},
		"a note above the titles":         {"北京市政务信息资源目录" + strings.Repeat(",", 17) + "\n" + plain, "UTF-8"},
		"empty rows between the rows":     {strings.Replace(plain, "\n", "\n,,,\n\n", 1), "UTF-8"},
		"no line end after the last line": {strings.TrimSuffix(plain, "\n"), "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			result := parse(t, "目录.csv", []byte(c.content), catalogfile.Options{})
			require.Empty(t, found(result))
			require.Equal(t, catalogfile.FormatText, result.Format)
			require.Equal(t, c.encoding, result.Encoding)
			require.Len(t, result.Entries, 1)
			require.Equal(t, sample("A001").Content, result.Entries[0].Content)
		})
	}
}

func TestTabsAndSemicolonsSeparateToo(t *testing.T) {
	entry := sample("A001", func(e *catalogfile.Entry) {
		e.Content.Items, e.Content.Related, e.Content.SharingCondition = e.Content.Items[:1], nil, "依申请"
	})
	plain := strings.TrimPrefix(string(text(t, entry)), "\ufeff")
	for _, separator := range []string{"\t", ";"} {
		result := parse(t, "目录.txt", []byte(strings.ReplaceAll(plain, ",", separator)), catalogfile.Options{})
		require.Empty(t, found(result))
		require.Equal(t, entry.Content, result.Entries[0].Content)
	}
}

func TestARowWithBrokenQuotesIsReportedAndTheRestIsRead(t *testing.T) {
	lines := strings.SplitAfter(string(text(t, sample("A001"), sample("A002"))), "\n")
	content := lines[0] + lines[1] + `A9,坏"引号,x` + "\n" + lines[2]
	result := parse(t, "目录.csv", []byte(content), catalogfile.Options{})
	require.Equal(t, []expected{{"", 3, "", "", fault.MalformedRow}}, found(result))
	require.Len(t, result.Entries, 2)
	require.Equal(t, 4, result.Entries[1].Line)
}

func TestInlineItemsAreReadFromTheirEnd(t *testing.T) {
	plain := strings.TrimPrefix(string(text(t, sample("A001"))), "\ufeff")
	change := func(items string) catalogfile.Result {
		return parse(t, "目录.csv", []byte(strings.Replace(plain, "线路编号:C:20; 开通日期:D", items, 1)), catalogfile.Options{})
	}
	result := change("时间：起:字符型C：20；状态:L; 备注:备注型")
	require.Empty(t, found(result))
	require.Equal(t, "时间:起", result.Entries[0].Content.Items[0].Name)
	require.Equal(t, 20, result.Entries[0].Content.Items[0].Length)
	require.Equal(t, "M", result.Entries[0].Content.Items[2].Type)
	for name, items := range map[string]string{"a name alone": "编号", "a length without a type": "编号:20", "an unknown type": "编号:K:20"} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, []expected{{"", 2, "H", "items", fault.InvalidValue}}, placed(change(items)))
		})
	}
}

// placed gives the problems by column alone, for paths within a cell.
func placed(result catalogfile.Result) []expected {
	list := found(result)
	for i := range list {
		list[i].field, _, _ = strings.Cut(list[i].field, ".")
	}
	return list
}

func FuzzText(f *testing.F) {
	f.Add([]byte("信息资源代码,信息资源名称\n1,2\n"))
	var buffer bytes.Buffer
	if err := catalogfile.WriteText(&buffer, []catalogfile.Entry{sample("A001")}); err != nil {
		f.Fatal(err)
	}
	f.Add(buffer.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		result, err := catalogfile.Parse(context.Background(), "x.csv", bytes.NewReader(content), -1, catalogfile.Options{})
		consistent(t, result, err)
	})
}

// FuzzSheet puts any XML into a workbook whose other parts are sound.
func FuzzSheet(f *testing.F) {
	const head = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	f.Add(head + `<row r="1"><c r="A1" t="str"><v>信息资源代码</v></c><c r="B1" t="str"><v>信息资源名称</v></c></row></sheetData></worksheet>`)
	f.Add(head + `<row><c t="s"><v>0</v></c><c><f>1</f></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`)
	var buffer bytes.Buffer
	if err := catalogfile.WriteWorkbook(&buffer, []catalogfile.Entry{sample("A001")}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		content := withPart(t, buffer.Bytes(), firstSheet, func(string) string { return sheet })
		result, err := catalogfile.Parse(context.Background(), "x.xlsx", bytes.NewReader(content), -1, catalogfile.Options{})
		consistent(t, result, err)
	})
}

// consistent holds for every answer: a fault of the table, or entries that are
// exactly the ready rows.
func consistent(t *testing.T, result catalogfile.Result, err error) {
	t.Helper()
	if err != nil {
		require.NotEqual(t, fault.Internal, fault.CodeOf(err), "%v", err)
		require.Empty(t, result.Entries)
		return
	}
	ready := 0
	for _, row := range result.Rows {
		if row.Outcome == catalogfile.OutcomeReady {
			require.Empty(t, row.Problems)
			ready++
		}
	}
	require.Equal(t, ready, len(result.Entries))
}
