package catalogfile

import (
	"context"

	"dengji/chaincode/fault"
)

// itemRow is one row of the second sheet.
type itemRow struct {
	line               int
	name, kind, length string
	problems           []Problem
}

// itemList holds the second sheet by resource code.
type itemList struct {
	table table
	rows  map[string][]itemRow
	order []string // resource codes as they first occur
	used  map[string]bool
}

// readItems reads the whole second sheet.
func readItems(ctx context.Context, items table) (*itemList, error) {
	if err := items.layout.missing(items.sheet.name); err != nil {
		return nil, err
	}
	list := &itemList{table: items, rows: map[string][]itemRow{}, used: map[string]bool{}}
	count := 0
	for row, err := range items.data(ctx) {
		if err != nil {
			return nil, err
		}
		if count++; count > MaxItemRows {
			return nil, fault.New(fault.TooManyItems, fault.Detail("more than %d rows in the sheet %s", MaxItemRows, items.sheet.name))
		}
		list.add(row)
	}
	return list, nil
}

func (l *itemList) add(row record) {
	identifier := l.table.value(row, fieldIdentifier)
	item := itemRow{
		line:   row.line,
		name:   l.table.value(row, fieldItemName),
		kind:   parseItemType(l.table.value(row, fieldItemType)),
		length: l.table.value(row, fieldItemLength),
	}
	item.problems = rowHazards(l.table, row)
	if _, ok := parseLength(item.length); !ok {
		item.problems = append(item.problems, newProblem(l.table, row.line, fieldItemLength, fault.New(fault.InvalidValue, fault.Detail("%s", clip(item.length)))))
	}
	if _, known := l.rows[identifier]; !known {
		l.order = append(l.order, identifier)
	}
	l.rows[identifier] = append(l.rows[identifier], item)
}

// take gives a resource's rows and marks them as used.
func (l *itemList) take(identifier string) []itemRow {
	if l == nil {
		return nil
	}
	l.used[identifier] = true
	return l.rows[identifier]
}
