package catalogfile

import (
	"fmt"
	"io"
)

// WriteCorrection writes the refused rows of a result as a workbook in the
// template's form: faulty cells are coloured, and a last column says what is
// wrong and how to mend it. Corrected, it can be uploaded as it is.
func WriteCorrection(w io.Writer, result Result) error {
	book := newTemplate()
	var resources, items []line
	for _, report := range result.Rows {
		if report.Outcome != OutcomeRefused || report.values == nil {
			continue
		}
		resource := line{values: report.values, marked: map[field]bool{}}
		rows := itemLines(report)
		for _, p := range report.Problems {
			target := &resource
			if item, ok := rows[p.Line]; ok && p.Sheet != report.Sheet {
				target = item
			}
			target.mark(p)
		}
		resources = append(resources, resource)
		for _, item := range report.items {
			items = append(items, *rows[item.line])
		}
	}
	book.resources(resources, true)
	book.items(items, true)
	book.instructions()
	return book.writeTo(w)
}

// itemLines gives the rows of a resource in the second sheet by line.
func itemLines(report RowReport) map[int]*line {
	rows := map[int]*line{}
	for _, item := range report.items {
		rows[item.line] = &line{
			values: map[field]string{
				fieldIdentifier: report.values[fieldIdentifier], fieldProvider: report.values[fieldProvider], fieldItemName: item.name,
				fieldItemType: itemTypeLabel(item.kind), fieldItemLength: item.length,
			},
			marked: map[field]bool{},
		}
	}
	return rows
}

func (l *line) mark(p Problem) {
	l.marked[p.place] = true
	l.notes = append(l.notes, fmt.Sprintf("%s%s：%s%s", p.Title, detail(p.Detail), p.Message.ZH, p.Mend.ZH))
}

func detail(text string) string {
	if text == "" {
		return ""
	}
	return "（" + text + "）"
}
