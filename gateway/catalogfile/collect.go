package catalogfile

import (
	"crypto/sha256"
	"slices"
	"strings"
	"unicode/utf8"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// collector gives out the rows of a table one by one.
type collector struct {
	table    table
	items    *itemList
	options  Options
	each     func(Row) error
	rows     int
	problems int                        // of the rows that are no other provider's
	seen     map[[sightBytes]byte]int32 // digest of a resource's key -> line
}

// sightBytes is how much of a key's digest is remembered: a million rows take some
// 40 MB, and no two keys fall together.
const sightBytes = 16

// add reads one row into an entry, a refusal, or a mark as another provider's.
func (c *collector) add(row record) error {
	draft := c.read(row)
	report := RowReport{
		Sheet: c.table.sheet.name, Line: row.line, Outcome: OutcomeReady,
		Identifier: clip(draft.values[fieldIdentifier]), Name: clip(draft.values[fieldName]),
		values: draft.values, items: draft.items,
	}
	if len(row.items) > 0 { // a correction holds them in the row's own cell
		report.items, report.values[fieldItems] = nil, formatItems(draft.entry.Content.Items)
	}
	if c.foreign(draft) {
		report.Outcome = OutcomeForeign
		report.Problems = []Problem{newProblem(c.table, row.line, fieldProvider, fault.New(fault.NotOwner, fault.Detail("%s", clip(draft.entry.Provider))))}
		report.values, report.items = nil, nil
		return c.give(Row{Report: report})
	}
	if row.flaw == nil {
		c.check(draft)
	}
	c.checkDuplicate(draft)
	if report.Problems = draft.problems; report.Problems != nil {
		report.Outcome = OutcomeRefused
		return c.give(Row{Report: report})
	}
	report.values, report.items = nil, nil
	return c.give(Row{Report: report, Entry: &draft.entry})
}

func (c *collector) foreign(d *draft) bool {
	return c.options.Provider != "" && d.entry.Provider != "" && d.entry.Provider != c.options.Provider
}

func (c *collector) checkDuplicate(d *draft) {
	key := resourceKey{d.entry.Provider, d.entry.Content.Identifier}
	if key.identifier == "" || d.has(fieldIdentifier, fault.DuplicateItem) {
		return
	}
	sight := key.sight()
	if first, twice := c.seen[sight]; twice {
		d.problem(c.table, fieldIdentifier, fault.New(fault.DuplicateItem, fault.Detail("%s: %d", clip(key.identifier), first)))
		return
	}
	c.seen[sight] = int32(d.entry.Line) //nolint:gosec // MaxStreamRows bounds it
}

func (k resourceKey) sight() (sight [sightBytes]byte) {
	sum := sha256.Sum256([]byte(k.provider + "\x00" + k.identifier))
	copy(sight[:], sum[:])
	return sight
}

// give hands a row out; of problems beyond MaxProblems only their number is kept.
func (c *collector) give(row Row) error {
	room := max(0, MaxProblems-c.problems)
	if row.Report.Outcome != OutcomeForeign {
		c.problems += len(row.Report.Problems)
	}
	row.Report.Problems = row.Report.Problems[:min(len(row.Report.Problems), room)]
	c.rows++
	return c.each(row)
}

// addOrphans reports the items that belong to no resource of the file.
func (c *collector) addOrphans() error {
	if c.items == nil {
		return nil
	}
	for _, key := range c.items.order {
		if c.items.taken[key] != 0 {
			continue
		}
		line, identifier := c.items.rows[key][0].line, key.identifier
		err := c.give(Row{Report: RowReport{Sheet: c.items.table.sheet.name, Line: line, Identifier: clip(identifier), Outcome: OutcomeRefused,
			Problems: []Problem{newProblem(c.items.table, line, fieldIdentifier, fault.New(fault.NotFound, fault.Detail("%s", clip(identifier))))}}})
		if err != nil {
			return err
		}
	}
	return nil
}

// clip shortens a value for a report.
func clip(text string) string {
	const most = 80
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// draft is a row on its way to an entry.
type draft struct {
	entry    Entry
	values   map[field]string
	items    []itemRow
	problems []Problem
}

func (d *draft) problem(t table, name field, f *fault.Error) {
	d.problems = append(d.problems, newProblem(t, d.entry.Line, name, f))
}

func (d *draft) has(name field, code fault.Code) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.place == name && p.Code == code })
}

// read takes the cells of a row apart.
func (c *collector) read(row record) *draft {
	d := &draft{entry: Entry{Line: row.line}, values: map[field]string{}}
	if row.flaw != nil {
		d.problem(c.table, "", row.flaw)
		return d
	}
	d.problems = rowHazards(c.table, row)
	for _, column := range resourceColumns {
		value := c.options.Profile.value(column.field, c.table.value(row, column.field))
		d.values[column.field] = value
		if utf8.RuneCountInString(value) > MaxCell {
			d.problem(c.table, column.field, fault.New(fault.FieldTooLong, fault.Detail("> %d", MaxCell)))
		}
	}
	d.fill(c.table)
	d.fillItems(c.table, c.items, row.items)
	return d
}

// fill converts the cells that are no plain text.
func (d *draft) fill(t table) {
	v := d.values
	d.entry.Provider = strings.ToUpper(v[fieldProvider])
	d.entry.Content = ledger.EntryContent{
		Identifier: v[fieldIdentifier], Name: v[fieldName], Classification: v[fieldClassification],
		ProviderName: v[fieldProviderName], Summary: v[fieldSummary], Format: v[fieldFormat],
		SharingType: v[fieldSharingType], SharingCondition: v[fieldSharingCondition], SharingMethod: v[fieldSharingMethod],
		OpenType: parseOpenType(v[fieldOpenType], v[fieldOpenCondition]), OpenCondition: v[fieldOpenCondition],
		UpdateCycle: v[fieldUpdateCycle], PublishDate: v[fieldPublishDate], Related: splitList(v[fieldRelated], ";；,，、\n"),
		Industry: strings.ToUpper(v[fieldIndustry]), Division: v[fieldDivision],
	}
	if date := v[fieldPublishDate]; date != "" {
		day, ok := parseDate(date)
		if !ok {
			d.problem(t, fieldPublishDate, fault.New(fault.InvalidDate, fault.Detail("%s", clip(date))))
		}
		d.entry.Content.PublishDate = day
	}
	for _, code := range []field{fieldIdentifier, fieldProvider, fieldDivision} {
		if isRounded(v[code]) {
			d.problem(t, code, fault.New(fault.InvalidValue, fault.Detail("%s", v[code])))
		}
	}
}

// fillItems takes the items from the second sheet or from the row's own cell; to
// have both is a problem, because one of them would be lost.
func (d *draft) fillItems(t table, list *itemList, own []itemRow) {
	var other int
	d.items, other = list.take(d.entry.Provider, d.entry.Content.Identifier, d.entry.Line)
	if other != 0 {
		d.problem(t, fieldIdentifier, fault.New(fault.DuplicateItem, fault.Detail("%s: %d", clip(d.entry.Content.Identifier), other)))
	}
	for i := range own {
		if _, ok := parseLength(own[i].length); !ok {
			own[i].problems = append(own[i].problems, newProblem(t, own[i].line, fieldItemLength, fault.New(fault.InvalidValue, fault.Detail("%s", clip(own[i].length)))))
		}
	}
	d.items = append(d.items, own...)
	inline := d.values[fieldItems]
	switch {
	case len(d.items) > 0 && inline != "":
		d.problem(t, fieldItems, fault.New(fault.DuplicateItem))
	case len(d.items) > 0:
		for _, row := range d.items {
			d.problems = append(d.problems, row.problems...)
			length, _ := parseLength(row.length) // refused among row.problems
			d.entry.Content.Items = append(d.entry.Content.Items, ledger.InformationItem{Name: row.name, Type: row.kind, Length: length})
		}
	case inline != "":
		items, err := parseItems(inline)
		if err != nil {
			d.problem(t, fieldItems, fault.New(fault.InvalidValue, fault.Detail("%s", clip(inline)), fault.Cause(err)))
		}
		d.entry.Content.Items = items
	}
}
