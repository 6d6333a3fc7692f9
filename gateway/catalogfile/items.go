package catalogfile

import (
	"context"
	"slices"
	"strings"

	"dengji/chaincode/fault"
)

// itemRow is one row of the second sheet.
type itemRow struct {
	line               int
	name, kind, length string
	problems           []Problem
}

// resourceKey names the resource of a row; provider is "" in a row of the second
// sheet that leaves it out.
type resourceKey struct{ provider, identifier string }

// itemList holds the second sheet by resource.
type itemList struct {
	table table
	rows  map[resourceKey][]itemRow
	order []resourceKey       // as they first occur
	taken map[resourceKey]int // line of the resource that took them
}

// readItems reads the whole second sheet.
func readItems(ctx context.Context, items table) (*itemList, error) {
	if err := items.layout.missing(items.sheet.name, Profile{}); err != nil {
		return nil, err
	}
	list := &itemList{table: items, rows: map[resourceKey][]itemRow{}, taken: map[resourceKey]int{}}
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
	key := resourceKey{strings.ToUpper(l.table.value(row, fieldProvider)), l.table.value(row, fieldIdentifier)}
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
	if _, known := l.rows[key]; !known {
		l.order = append(l.order, key)
	}
	l.rows[key] = append(l.rows[key], item)
}

// take gives a resource's rows and marks them as taken. It reports the line of
// another resource that took rows without a provider before, for then it is not
// known whose they are; 0 where there is none.
func (l *itemList) take(provider, identifier string, line int) (rows []itemRow, other int) {
	if l == nil {
		return nil, 0
	}
	own, unowned := resourceKey{provider, identifier}, resourceKey{"", identifier}
	if provider != "" {
		rows = l.rows[own]
		l.taken[own] = line
	}
	if len(l.rows[unowned]) > 0 {
		rows, other = slices.Concat(rows, l.rows[unowned]), l.taken[unowned]
		l.taken[unowned] = line
	}
	return rows, other
}
