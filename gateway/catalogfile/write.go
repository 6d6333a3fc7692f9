package catalogfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"dengji/chaincode/ledger"
)

// MediaWorkbook is the media type of the workbooks that are written.
const MediaWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// WriteWorkbook writes entries in the template's form, with the information items
// in the second sheet, drop-down lists and instructions. Without entries it
// writes the empty template. Equal entries give equal bytes.
func WriteWorkbook(w io.Writer, entries []Entry) error {
	book := newTemplate()
	var resources, items []line
	for _, entry := range entries {
		values := resourceValues(entry)
		delete(values, fieldItems)
		resources = append(resources, line{values: values})
		for _, item := range entry.Content.Items {
			items = append(items, line{values: itemValues(entry, item)})
		}
	}
	book.resources(resources, false)
	book.items(items, false)
	book.instructions()
	return book.writeTo(w)
}

// WriteText writes entries as a UTF-8 .csv file with a byte order mark, so that
// spreadsheet programs read its Chinese text. It fails for an item whose name the
// form of the cell cannot hold, such as one with a semicolon.
func WriteText(w io.Writer, entries []Entry) error {
	for _, entry := range entries {
		if again, err := parseItems(formatItems(entry.Content.Items)); err != nil || !slices.Equal(again, entry.Content.Items) {
			return fmt.Errorf("catalogfile: the items of %s do not fit into one cell", entry.Content.Identifier)
		}
	}
	if _, err := w.Write(byteOrderMark); err != nil {
		return fmt.Errorf("catalogfile: write: %w", err)
	}
	writer := csv.NewWriter(w)
	rows := [][]string{titles(resourceColumns)}
	for _, entry := range entries {
		rows = append(rows, cellsOf(resourceColumns, resourceValues(entry)))
	}
	if err := writer.WriteAll(rows); err != nil {
		return fmt.Errorf("catalogfile: write: %w", err)
	}
	return nil
}

func resourceValues(entry Entry) map[field]string {
	c := entry.Content
	return map[field]string{
		fieldIdentifier: c.Identifier, fieldName: c.Name, fieldClassification: c.Classification,
		fieldProviderName: c.ProviderName, fieldProvider: entry.Provider, fieldSummary: c.Summary,
		fieldFormat: c.Format, fieldItems: formatItems(c.Items), fieldSharingType: c.SharingType,
		fieldSharingCondition: c.SharingCondition, fieldSharingMethod: c.SharingMethod, fieldOpenType: c.OpenType,
		fieldOpenCondition: c.OpenCondition, fieldUpdateCycle: c.UpdateCycle, fieldPublishDate: c.PublishDate,
		fieldRelated: strings.Join(c.Related, "; "), fieldIndustry: c.Industry, fieldDivision: c.Division,
	}
}

func itemValues(entry Entry, item ledger.InformationItem) map[field]string {
	values := map[field]string{fieldIdentifier: entry.Content.Identifier, fieldProvider: entry.Provider, fieldItemName: item.Name, fieldItemType: itemTypeLabel(item.Type)}
	if item.Length > 0 {
		values[fieldItemLength] = strconv.Itoa(item.Length)
	}
	return values
}

func titles(columns []column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.title
	}
	return list
}

func cellsOf(columns []column, values map[field]string) []string {
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = values[c.field]
	}
	return cells
}

// line is a row to be written; marked fields are shown as faulty, with the notes
// in an additional last column.
type line struct {
	values map[field]string
	marked map[field]bool
	notes  []string
}

// template builds a workbook; the first error sticks.
type template struct {
	file                 *excelize.File
	header, text, faulty int // styles
	err                  error
}

func newTemplate() *template {
	t := &template{file: excelize.NewFile()}
	t.file.ZipWriter = newOrderedArchive
	t.header = t.style(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDE7F3"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true}, NumFmt: textFormat,
	})
	t.text = t.style(&excelize.Style{NumFmt: textFormat, Alignment: &excelize.Alignment{Vertical: "top"}})
	t.faulty = t.style(&excelize.Style{
		NumFmt: textFormat, Alignment: &excelize.Alignment{Vertical: "top"},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFD9D9"}},
	})
	return t
}

const (
	textFormat = 49 // "@" of the workbook's built-in formats
	noteTitle  = "需修改的问题"
	noteWidth  = 80
	lastLine   = MaxRows + 1 // of the cells that get a drop-down list
)

func (t *template) keep(err error) {
	if t.err == nil && err != nil {
		t.err = err
	}
}

func (t *template) style(style *excelize.Style) int {
	id, err := t.file.NewStyle(style)
	t.keep(err)
	return id
}

func (t *template) resources(lines []line, notes bool) {
	t.keep(t.file.SetSheetName("Sheet1", resourceSheet))
	t.sheet(resourceSheet, resourceColumns, lines, notes, map[field][]string{
		fieldFormat: ledger.Formats, fieldSharingType: ledger.SharingTypes,
		fieldOpenType: ledger.OpenTypes, fieldUpdateCycle: ledger.UpdateCycles,
	})
}

func (t *template) items(lines []line, notes bool) {
	_, err := t.file.NewSheet(itemSheet)
	t.keep(err)
	labels := make([]string, len(ledger.ItemTypes))
	for i, letter := range ledger.ItemTypes {
		labels[i] = itemTypeLabel(letter)
	}
	t.sheet(itemSheet, itemColumns, lines, notes, map[field][]string{fieldItemType: labels})
}

func (t *template) instructions() {
	_, err := t.file.NewSheet(instructionSheet)
	t.keep(err)
	explained := []column{{"title", "列", nil, false, 20, ""}, {"needed", "必有", nil, false, 8, ""}, {"hint", "说明", nil, false, 90, ""}}
	var lines []line
	for _, group := range [][]column{resourceColumns, itemColumns} {
		for _, c := range group {
			needed := map[bool]string{true: "是", false: "否"}[c.needed]
			lines = append(lines, line{values: map[field]string{"title": c.title, "needed": needed, "hint": c.hint}})
		}
	}
	t.sheet(instructionSheet, explained, lines, false, nil)
}

// sheet writes the titles and lines of one sheet.
func (t *template) sheet(name string, columns []column, lines []line, notes bool, lists map[field][]string) {
	if t.err != nil {
		return
	}
	writer, err := t.file.NewStreamWriter(name)
	if err != nil {
		t.keep(err)
		return
	}
	t.prepare(name, writer, columns, notes, lists)
	header := t.styled(titles(columns), nil, t.header)
	if notes {
		header = append(header, excelize.Cell{StyleID: t.header, Value: noteTitle})
	}
	t.keep(writer.SetRow("A1", header))
	for i, l := range lines {
		marked := make([]bool, len(columns))
		for j, c := range columns {
			marked[j] = l.marked[c.field]
		}
		cells := t.styled(cellsOf(columns, l.values), marked, t.text)
		if notes {
			cells = append(cells, excelize.Cell{StyleID: t.text, Value: strings.Join(l.notes, "\n")})
		}
		t.keep(writer.SetRow("A"+strconv.Itoa(i+2), cells))
	}
	t.keep(writer.Flush())
}

func (t *template) styled(values []string, marked []bool, style int) []any {
	cells := make([]any, len(values))
	for i, value := range values {
		cell := excelize.Cell{StyleID: style, Value: value}
		if marked != nil && marked[i] {
			cell.StyleID = t.faulty
		}
		cells[i] = cell
	}
	return cells
}

// prepare sets what must stand before the rows: widths, the fixed title row and
// the drop-down lists.
func (t *template) prepare(name string, writer *excelize.StreamWriter, columns []column, notes bool, lists map[field][]string) {
	for i, c := range columns {
		t.keep(writer.SetColWidth(i+1, i+1, c.width))
	}
	if notes {
		t.keep(writer.SetColWidth(len(columns)+1, len(columns)+1, noteWidth))
	}
	t.keep(writer.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	for i, c := range columns {
		if lists[c.field] == nil {
			continue
		}
		validation := excelize.NewDataValidation(true)
		validation.SetSqref(fmt.Sprintf("%s2:%s%d", columnLetter(i+1), columnLetter(i+1), lastLine))
		t.keep(validation.SetDropList(lists[c.field]))
		t.keep(t.file.AddDataValidation(name, validation))
	}
}

func (t *template) writeTo(w io.Writer) error {
	if t.err == nil {
		_, t.err = t.file.WriteTo(w)
	}
	t.keep(t.file.Close())
	if t.err != nil {
		return fmt.Errorf("catalogfile: write workbook: %w", t.err)
	}
	return nil
}
