package catalogfile_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"dengji/chaincode/fault"
	"dengji/gateway/catalogfile"
)

// archive makes a zip file of parts.
func archive(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := zip.NewWriter(&buffer)
	for name, content := range parts {
		part, err := writer.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(part, content)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return buffer.Bytes()
}

// withPart replaces a part of a workbook.
func withPart(t *testing.T, content []byte, name string, change func(string) string) []byte {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	parts := map[string]string{}
	for _, part := range reader.File {
		stream, err := part.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(stream)
		require.NoError(t, err)
		parts[part.Name] = string(text)
	}
	require.Contains(t, parts, name)
	parts[name] = change(parts[name])
	return archive(t, parts)
}

const firstSheet = "xl/worksheets/sheet1.xml"

func text(t *testing.T, entries ...catalogfile.Entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, catalogfile.WriteText(&buffer, entries))
	return buffer.Bytes()
}

func TestAFileThatIsNoCatalogueIsRefusedAsAWhole(t *testing.T) {
	book := workbookOf(t, sample("A001"))
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(text(t, sample("A001"))[3:])
	require.NoError(t, err)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(text(t, sample("A001"))[3:])
	require.NoError(t, err)
	for name, c := range map[string]struct {
		file    string
		content []byte
		code    fault.Code
	}{
		"an empty file":                           {"目录.xlsx", nil, fault.NotAWorkbook},
		"a text that calls itself a workbook":     {"目录.xlsx", []byte("信息资源代码,信息资源名称"), fault.NotAWorkbook},
		"a PDF that calls itself a workbook":      {"目录.xlsx", []byte("%PDF-1.7\n"), fault.NotAWorkbook},
		"an old .xls or a workbook with password": {"目录.xlsx", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), fault.NotAWorkbook},
		"a name with another ending":              {"目录.docx", book, fault.NotAWorkbook},
		"a name without an ending":                {"目录", book, fault.NotAWorkbook},
		"the first bytes of an archive":           {"目录.xlsx", []byte("PK\x03\x04"), fault.NotAWorkbook},
		"a truncated workbook":                    {"目录.xlsx", book[:len(book)/2], fault.NotAWorkbook},
		"an archive that is no workbook":          {"目录.xlsx", archive(t, map[string]string{"a.txt": "x"}), fault.NotAWorkbook},
		"a workbook whose list of sheets is gone": {"目录.xlsx", withPart(t, book, "xl/workbook.xml", func(string) string { return "" }), fault.NotAWorkbook},
		"a sheet that ends in the middle": {"目录.xlsx", withPart(t, book, firstSheet, func(s string) string { return s[:len(s)-40] }),
			fault.NotAWorkbook},
		"rows in the wrong order": {"目录.xlsx", withPart(t, book, firstSheet, func(s string) string { return strings.Replace(s, `r="2"`, `r="1"`, 1) }),
			fault.NotAWorkbook},
		"a row beyond the last": {"目录.xlsx", withPart(t, book, firstSheet, func(s string) string { return strings.Replace(s, `r="2"`, `r="99999999"`, 1) }),
			fault.NotAWorkbook},
		"cells in the wrong order": {"目录.xlsx", withPart(t, book, firstSheet, func(s string) string { return strings.Replace(s, `r="B2"`, `r="A2"`, 1) }),
			fault.NotAWorkbook},
		"a cell that names no cell": {"目录.xlsx", withPart(t, book, firstSheet, func(s string) string { return strings.Replace(s, `r="B2"`, `r="-B2"`, 1) }),
			fault.NotAWorkbook},
		"an entity that expands": {"目录.xlsx", withPart(t, book, firstSheet, func(s string) string {
			return strings.Replace(s, "<worksheet", `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet`, 1) + "&a;"
		}), fault.NotAWorkbook},
		"a workbook without the titles": {"目录.xlsx", edited(t, book, func(f *excelize.File) {
			require.NoError(t, f.SetCellStr(resources, "A1", "编号"))
		}), fault.MissingColumn},
		"a workbook that lacks a needed column": {"目录.xlsx", edited(t, book, func(f *excelize.File) {
			require.NoError(t, f.SetCellStr(resources, "I1", "别的"))
		}), fault.MissingColumn},
		"a second sheet that lacks a needed column": {"目录.xlsx", edited(t, book, func(f *excelize.File) {
			require.NoError(t, f.SetCellStr(items, "C1", "别的"))
		}), fault.MissingColumn},
		"the empty template":        {"目录.xlsx", workbookOf(t), fault.MissingField},
		"a text without the titles": {"目录.csv", []byte("甲,乙\n1,2\n"), fault.MissingColumn},
		"titles alone":              {"目录.csv", text(t), fault.MissingField},
		"UTF-16":                    {"目录.csv", utf16, fault.NotAWorkbook},
		"binary data as text":       {"目录.csv", book, fault.NotAWorkbook},
		"GB18030 with broken bytes": {"目录.csv", append(gb, 0xff, 0xff), fault.UnknownEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := catalogfile.Parse(context.Background(), c.file, bytes.NewReader(c.content), int64(len(c.content)), catalogfile.Options{})
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			require.Empty(t, result.Entries)
			require.Empty(t, result.Rows)
		})
	}
}

// lying gives a workbook in which a part's declared size is another than it
// unpacks to.
func lying(t *testing.T, name string, real, declared int) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := zip.NewWriter(&buffer)
	part, err := writer.Create(name)
	require.NoError(t, err)
	chunk := bytes.Repeat([]byte(" "), 1<<16)
	for written := 0; written < real; written += len(chunk) {
		_, err = part.Write(chunk)
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	content := buffer.Bytes()
	directory := bytes.LastIndex(content, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(content[directory+24:], uint32(declared))
	return content
}

// memoryOf runs f and gives the bytes that it allocated.
func memoryOf(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestAnArchiveThatUnpacksToTooMuchIsRefusedWithoutUnpackingIt(t *testing.T) {
	many := map[string]string{}
	for i := range 2_001 {
		many[fmt.Sprintf("xl/part%d.xml", i)] = ""
	}
	for name, c := range map[string]struct {
		content []byte
		code    fault.Code
	}{
		"a sheet of 300 MiB":                     {lying(t, firstSheet, 1<<16, 300<<20), fault.RequestTooLarge},
		"shared strings of 40 MiB":               {lying(t, "xl/sharedStrings.xml", 1<<16, 40<<20), fault.RequestTooLarge},
		"styles of 20 MiB":                       {lying(t, "xl/styles.xml", 1<<16, 20<<20), fault.RequestTooLarge},
		"a sheet that declares less than it is":  {lying(t, firstSheet, 4<<20, 1000), fault.NotAWorkbook},
		"a part that declares less than it is":   {lying(t, "xl/styles.xml", 4<<20, 1000), fault.NotAWorkbook},
		"a part that declares the largest size":  {lying(t, "xl/media/a.png", 1<<16, 0xfffffffe), fault.RequestTooLarge},
		"more parts than a workbook has":         {archive(t, many), fault.RequestTooLarge},
		"a sheet under a name with a backslash":  {lying(t, `xl\worksheets\sheet1.xml`, 1<<16, 300<<20), fault.RequestTooLarge},
		"a sheet under a name in capital letter": {lying(t, `XL/WORKSHEETS/SHEET1.XML`, 1<<16, 300<<20), fault.RequestTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			allocated := memoryOf(func() {
				_, err = catalogfile.Parse(context.Background(), "目录.xlsx", bytes.NewReader(c.content), -1, catalogfile.Options{})
			})
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			require.Less(t, allocated, uint64(48<<20))
		})
	}
}

func TestAFileOverTheSizeLimitIsRefused(t *testing.T) {
	_, err := catalogfile.Parse(context.Background(), "目录.csv", strings.NewReader("x"), catalogfile.MaxFileBytes+1, catalogfile.Options{})
	require.Equal(t, fault.RequestTooLarge, fault.CodeOf(err), "by its declared size")
	_, err = catalogfile.Parse(context.Background(), "目录.csv", io.LimitReader(zeroes{}, catalogfile.MaxFileBytes+1), -1, catalogfile.Options{})
	require.Equal(t, fault.RequestTooLarge, fault.CodeOf(err), "by what comes")
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { return len(p), nil }

func TestEmptyRowsByTheThousandGetNoReportAndHideNoRow(t *testing.T) {
	const last = 50_000
	book := withPart(t, workbookOf(t, sample("A001")), firstSheet, func(s string) string {
		var rows strings.Builder
		for i := 3; i < last; i++ {
			fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" s="1"/></row>`, i, i)
		}
		start, end := strings.Index(s, `<row r="2"`), strings.Index(s, "</sheetData>")
		row := s[start:end]
		for column := 'A'; column <= 'R'; column++ {
			row = strings.Replace(row, fmt.Sprintf(`r="%c2"`, column), fmt.Sprintf(`r="%c%d"`, column, last), 1)
		}
		row = strings.NewReplacer(`<row r="2"`, fmt.Sprintf(`<row r="%d"`, last), "A001", "A002").Replace(row)
		return s[:end] + rows.String() + row + s[end:]
	})
	result := parse(t, "目录.xlsx", book, catalogfile.Options{})
	require.Len(t, result.Rows, 2, "what stands below the empty rows is not lost")
	require.Equal(t, last, result.Rows[1].Line)
	require.Len(t, result.Entries, 1)
	require.Equal(t, []expected{{resources, last, "H", "items", fault.MissingField}}, found(result))
}

func TestMoreRowsThanAllowedAreRefusedAsAWhole(t *testing.T) {
	_, err := catalogfile.Parse(context.Background(), "目录.csv", bytes.NewReader(text(t, sample("A001"), sample("A002"), sample("A003"))), -1, catalogfile.Options{MaxRows: 2})
	require.Equal(t, fault.TooManyItems, fault.CodeOf(err))
}

func TestAMultitudeOfFormulasIsRefusedAsAWhole(t *testing.T) {
	book := withPart(t, workbookOf(t, sample("A001")), firstSheet, func(s string) string {
		return strings.Replace(s, "</sheetData>", "<row>"+strings.Repeat("<c><f>1</f></c>", 1_001)+"</row></sheetData>", 1)
	})
	_, err := catalogfile.Parse(context.Background(), "目录.xlsx", bytes.NewReader(book), -1, catalogfile.Options{})
	require.Equal(t, fault.FormulaCell, fault.CodeOf(err))
}

func TestAReadingErrorAndAnEndedContextAreGivenBack(t *testing.T) {
	broken := errors.New("connection lost")
	_, err := catalogfile.Parse(context.Background(), "目录.csv", iotest.ErrReader(broken), -1, catalogfile.Options{})
	require.ErrorIs(t, err, broken)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	entries := make([]catalogfile.Entry, 600)
	for i := range entries {
		entries[i] = sample(fmt.Sprintf("A%03d", i))
	}
	for name, content := range map[string][]byte{"目录.csv": text(t, entries...), "目录.xlsx": workbookOf(t, entries...)} {
		_, err = catalogfile.Parse(ctx, name, bytes.NewReader(content), -1, catalogfile.Options{})
		require.ErrorIs(t, err, context.Canceled, name)
	}
}
