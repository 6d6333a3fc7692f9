package catalogfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
)

const (
	resources = "政务信息资源目录"
	items     = "信息项"
)

// expected is a problem as far as a test names it.
type expected struct {
	sheet  string
	line   int
	column string
	field  string
	code   fault.Code
}

func found(result catalogfile.Result) []expected {
	var list []expected
	for _, row := range result.Rows {
		for _, p := range row.Problems {
			list = append(list, expected{p.Sheet, p.Line, p.Column, p.Field, p.Code})
		}
	}
	return list
}

func TestARowWithAProblemIsRefusedAtItsCell(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*catalogfile.Entry)
		want   []expected
	}{
		"a sharing type that the guide does not list": {
			func(e *catalogfile.Entry) { e.Content.SharingType = "部分共享" },
			[]expected{{resources, 2, "I", "sharingType", fault.InvalidValue}}},
		"conditional sharing without its condition": {
			func(e *catalogfile.Entry) { e.Content.SharingCondition = "" },
			[]expected{{resources, 2, "J", "sharingCondition", fault.MissingField}}},
		"conditional opening without its condition": {
			func(e *catalogfile.Entry) { e.Content.OpenType = "有条件开放" },
			[]expected{{resources, 2, "M", "openCondition", fault.MissingField}}},
		"a date that can be misread": {
			func(e *catalogfile.Entry) { e.Content.PublishDate = "03/04/25" },
			[]expected{{resources, 2, "O", "publishDate", fault.InvalidDate}}},
		"no publication date": {
			func(e *catalogfile.Entry) { e.Content.PublishDate = "" },
			[]expected{{resources, 2, "O", "publishDate", fault.MissingField}}},
		"a day that does not exist": {
			func(e *catalogfile.Entry) { e.Content.PublishDate = "2025-02-30" },
			[]expected{{resources, 2, "O", "publishDate", fault.InvalidDate}}},
		"a provider code whose check character is wrong": {
			func(e *catalogfile.Entry) { e.Provider = "11110000DJ00010158" },
			[]expected{{resources, 2, "E", "provider", fault.InvalidUSCC}}},
		"no provider code": {
			func(e *catalogfile.Entry) { e.Provider = "" },
			[]expected{{resources, 2, "E", "provider", fault.MissingField}}},
		"a name over the limit": {
			func(e *catalogfile.Entry) { e.Content.Name = strings.Repeat("长", ledger.MaxEntryName+1) },
			[]expected{{resources, 2, "B", "name", fault.FieldTooLong}}},
		"an unknown industry and an unknown division": {
			func(e *catalogfile.Entry) { e.Content.Industry, e.Content.Division = "Z1", "440000" },
			[]expected{{resources, 2, "R", "division", fault.InvalidValue}, {resources, 2, "Q", "industry", fault.InvalidValue}}},
		"an item type that the guide does not list, in the second sheet": {
			func(e *catalogfile.Entry) { e.Content.Items[1].Type = "Q" },
			[]expected{{items, 3, "C", "items.type", fault.InvalidValue}}},
		"no information items": {
			func(e *catalogfile.Entry) { e.Content.Items = nil },
			[]expected{{resources, 2, "H", "items", fault.MissingField}}},
		"a code that a spreadsheet program has rounded": {
			func(e *catalogfile.Entry) { e.Content.Identifier = "3.01001E+17" },
			[]expected{{resources, 2, "A", "identifier", fault.InvalidValue}}},
		"several problems at once": {
			func(e *catalogfile.Entry) {
				e.Content.Format, e.Content.UpdateCycle, e.Content.Summary = "纸", "有空时", ""
			},
			[]expected{{resources, 2, "F", "summary", fault.MissingField}, {resources, 2, "G", "format", fault.InvalidValue}, {resources, 2, "N", "updateCycle", fault.InvalidValue}}},
	} {
		t.Run(name, func(t *testing.T) {
			result := parse(t, "目录.xlsx", workbookOf(t, sample("A001", c.change), sample("A002")), catalogfile.Options{})
			require.Equal(t, c.want, found(result))
			require.Equal(t, catalogfile.OutcomeRefused, result.Rows[0].Outcome)
			require.Equal(t, len(c.want), result.Problems)
			require.Len(t, result.Entries, 1, "the other row is taken")
			require.Equal(t, "A002", result.Entries[0].Content.Identifier)
			for _, p := range result.Rows[0].Problems {
				require.NotEmpty(t, p.Message.ZH)
				require.NotEmpty(t, p.Message.EN)
				require.NotEmpty(t, p.Mend.ZH)
				require.NotEmpty(t, p.Mend.EN)
				require.NotEmpty(t, p.Title)
			}
		})
	}
}

func TestWhatASpreadsheetHidesIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*testing.T, *excelize.File)
		want   []expected
	}{
		"a formula in a row of data": {
			func(t *testing.T, f *excelize.File) {
				require.NoError(t, f.SetCellFormula(resources, "B2", `"名"&"称"`))
			},
			[]expected{{resources, 2, "B", "name", fault.FormulaCell}}},
		"a formula in the second sheet": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellFormula(items, "D2", "10+10")) },
			[]expected{{items, 2, "D", "items.length", fault.FormulaCell}}},
		"a formula for the name of an item": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellFormula(items, "B2", `"编"&"号"`)) },
			[]expected{{items, 2, "B", "items.name", fault.FormulaCell}}},
		"a negative length": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellStr(items, "D2", "-5")) },
			[]expected{{items, 2, "D", "items.length", fault.InvalidValue}}},
		"a formula beside the template's columns, which nobody reads": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellFormula(resources, "Z2", "1+1")) }, nil},
		"cells merged over two rows of data": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.MergeCell(resources, "D2", "D3")) },
			[]expected{{resources, 2, "D", "providerName", fault.MergedCells}, {resources, 3, "D", "providerName", fault.MergedCells}}},
		"items both in the cell and in the second sheet": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellStr(resources, "H2", "编号:C:10")) },
			[]expected{{resources, 2, "H", "items", fault.DuplicateItem}}},
		"a length that is no number": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellStr(items, "D2", "二十")) },
			[]expected{{items, 2, "D", "items.length", fault.InvalidValue}}},
		"items of a resource that the file does not hold": {
			func(t *testing.T, f *excelize.File) {
				require.NoError(t, f.SetSheetRow(items, "A20", &[]string{"A999", "编号", "字符型C", "10"}))
			},
			[]expected{{items, 20, "A", "identifier", fault.NotFound}}},
		"a control character in a name": {
			func(t *testing.T, f *excelize.File) { require.NoError(t, f.SetCellStr(resources, "B2", "名\n称")) },
			[]expected{{resources, 2, "B", "name", fault.InvalidValue}}},
	} {
		t.Run(name, func(t *testing.T) {
			content := edited(t, workbookOf(t, sample("A001"), sample("A002")), func(f *excelize.File) { c.change(t, f) })
			require.Equal(t, c.want, found(parse(t, "目录.xlsx", content, catalogfile.Options{})))
		})
	}
}

func TestMergedCellsAboveTheTitlesAreNoProblem(t *testing.T) {
	content := edited(t, workbookOf(t, sample("A001")), func(f *excelize.File) {
		require.NoError(t, f.InsertRows(resources, 1, 2))
		require.NoError(t, f.SetCellStr(resources, "A1", "北京市政务信息资源目录"))
		require.NoError(t, f.MergeCell(resources, "A1", "R1"))
	})
	result := parse(t, "目录.xlsx", content, catalogfile.Options{})
	require.Empty(t, found(result))
	require.Equal(t, 4, result.Entries[0].Line)
}

func TestARowOfAnotherProviderIsReportedAndLeftOut(t *testing.T) {
	entries := []catalogfile.Entry{sample("A001"), sample("A001", func(e *catalogfile.Entry) { e.Provider = foreign; e.Content.SharingType = "错误" })}
	result := parse(t, "目录.xlsx", workbookOf(t, entries...), catalogfile.Options{Provider: provider})
	require.Len(t, result.Entries, 1)
	require.Equal(t, catalogfile.OutcomeForeign, result.Rows[1].Outcome)
	require.Equal(t, []expected{{resources, 3, "E", "provider", fault.NotOwner}}, found(result))
	require.Zero(t, result.Problems, "another's rows are no problem of the caller's")
	require.Equal(t, sample("A001").Content, result.Entries[0].Content, "each keeps the items of its own")
}

func TestItemsThatTwoProvidersCouldOwnAreRefused(t *testing.T) {
	entries := []catalogfile.Entry{sample("A001", func(e *catalogfile.Entry) { e.Provider = foreign }), sample("A001")}
	content := edited(t, workbookOf(t, entries...), func(f *excelize.File) { require.NoError(t, f.RemoveCol(items, "E")) })
	result := parse(t, "目录.xlsx", content, catalogfile.Options{Provider: provider})
	require.Empty(t, result.Entries)
	require.Contains(t, found(result), expected{resources, 3, "A", "identifier", fault.DuplicateItem})
}

func TestTheSameIdentifierTwiceIsRefusedTheSecondTime(t *testing.T) {
	result := parse(t, "目录.xlsx", workbookOf(t, sample("A001"), sample("A002"), sample("A001")), catalogfile.Options{})
	require.Len(t, result.Entries, 2)
	require.Contains(t, found(result), expected{resources, 4, "A", "identifier", fault.DuplicateItem})
}

func TestCellsAreReadAsTheyAreWrittenInChina(t *testing.T) {
	content := edited(t, workbookOf(t, sample("A001")), func(f *excelize.File) {
		for cell, value := range map[string]string{
			"A1": "＊信息资源代码（必填）", "E1": "提供方统一社会信用代码", "E2": " 11110000dj00010157 ", "L2": "是", "N2": "每月　",
			"O2": "2025年3月1日", "P2": "X1；X2,X3、X4", "Q2": "g54",
		} {
			require.NoError(t, f.SetCellStr(resources, cell, value))
		}
		require.NoError(t, f.SetCellStr(items, "C2", "字符型"))
		require.NoError(t, f.SetCellStr(items, "C3", "d"))
	})
	result := parse(t, "目录.XLSX", content, catalogfile.Options{Provider: provider})
	require.Empty(t, found(result))
	want := sample("A001").Content
	want.Related = []string{"X1", "X2", "X3", "X4"}
	require.Equal(t, want, result.Entries[0].Content)
}

func TestDatesThatASpreadsheetKeepsAsNumbersAreRead(t *testing.T) {
	content := edited(t, workbookOf(t, sample("A001")), func(f *excelize.File) {
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		require.NoError(t, err)
		require.NoError(t, f.SetCellStyle(resources, "O2", "O2", style))
		require.NoError(t, f.SetCellInt(resources, "O2", 45717))
	})
	result := parse(t, "目录.xlsx", content, catalogfile.Options{})
	require.Empty(t, found(result))
	require.Equal(t, "2025-03-01", result.Entries[0].Content.PublishDate)
}

func TestTheCorrectionHoldsTheRefusedRowsAndCanBeUploadedWhenMended(t *testing.T) {
	spoilt := func(e *catalogfile.Entry) { e.Content.SharingType, e.Content.Items[1].Type = "部分共享", "Q" }
	result := parse(t, "目录.xlsx", workbookOf(t, sample("A001"), sample("A002", spoilt), sample("A003")), catalogfile.Options{})
	var correction bytes.Buffer
	require.NoError(t, catalogfile.WriteCorrection(&correction, result))

	again := parse(t, "更正.xlsx", correction.Bytes(), catalogfile.Options{})
	require.Len(t, again.Rows, 1, "only the refused row")
	require.Equal(t, "A002", again.Rows[0].Identifier)
	require.Equal(t, 2, again.Problems)

	mended := edited(t, correction.Bytes(), func(f *excelize.File) {
		note, err := f.GetCellValue(resources, "S2")
		require.NoError(t, err)
		require.Contains(t, note, "共享类型")
		require.Contains(t, note, "只能取")
		require.NoError(t, f.SetCellStr(resources, "I2", "有条件共享"))
		require.NoError(t, f.SetCellStr(items, "C3", "日期型D"))
	})
	final := parse(t, "更正.xlsx", mended, catalogfile.Options{})
	require.Empty(t, found(final))
	require.Equal(t, sample("A002").Content, final.Entries[0].Content)
}

func TestProblemsBeyondTheLimitAreCountedAndNotListed(t *testing.T) {
	entries := make([]catalogfile.Entry, 700)
	for i := range entries {
		entries[i] = catalogfile.Entry{Provider: provider, Content: ledger.EntryContent{Identifier: "A" + strings.Repeat("1", i%5) + string(rune('a'+i%26)) + strings.Repeat("x", i/26)}}
	}
	text := &bytes.Buffer{}
	require.NoError(t, catalogfile.WriteText(text, entries))
	result := parse(t, "目录.csv", text.Bytes(), catalogfile.Options{})
	require.Len(t, result.Rows, 700)
	require.Greater(t, result.Problems, catalogfile.MaxProblems)
	require.Len(t, found(result), catalogfile.MaxProblems)
	require.Empty(t, result.Entries)
}
