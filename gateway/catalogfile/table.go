package catalogfile

import (
	"context"
	"iter"
	"strings"

	"github.com/xuri/excelize/v2"

	"dengji/chaincode/fault"
)

// record is one row of a sheet as it stands in the file.
type record struct {
	line  int // from 1
	cells []string
	items []itemRow    // that stand in the row itself
	flaw  *fault.Error // the row could not be read
}

func (r record) empty() bool {
	if r.flaw != nil || len(r.items) > 0 {
		return false
	}
	for _, cell := range r.cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// sheet is a table of the file, read once from top to bottom. Its rows end early
// with an error when the file is damaged.
type sheet struct {
	name    string
	rows    iter.Seq2[record, error]
	hazards hazards
}

// table is a sheet whose title row was found.
type table struct {
	sheet  sheet
	layout layout
	header int // line of the titles
}

// findTable looks for the titles of columns among the first rows of a sheet.
func findTable(s sheet, columns []column, profile Profile) (table, bool, error) {
	for row, err := range s.rows {
		if err != nil {
			return table{}, false, err
		}
		if row.line > headerDepth {
			break
		}
		if found, ok := findLayout(row.cells, columns, profile); ok {
			return table{sheet: s, layout: found, header: row.line}, true, nil
		}
	}
	return table{}, false, nil
}

// data gives the rows below the titles that are not empty. It ends with ctx.
func (t table) data(ctx context.Context) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for row, err := range t.sheet.rows {
			if err == nil && row.line%256 == 0 {
				err = ctx.Err()
			}
			if err == nil && (row.line <= t.header || row.empty()) {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// value gives a cell of a row without the space around it.
func (t table) value(row record, name field) string {
	place, ok := t.layout.places[name]
	if !ok || place >= len(row.cells) {
		return ""
	}
	return strings.Trim(row.cells[place], " \t\r\n\u3000\u00a0\ufeff")
}

// columnLetter gives a column's letter; number is from 1.
func columnLetter(number int) string {
	letter, err := excelize.ColumnNumberToName(number)
	if err != nil { // beyond XFD
		return ""
	}
	return letter
}
