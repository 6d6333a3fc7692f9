package catalogfile

import (
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/catalog"
	"dengji/chaincode/rules/uscc"
)

// maxRowProblems bounds what is reported about one row.
const maxRowProblems = 30

// check holds a converted row to the rules that the ledger will hold it to. The
// rules stop at the first fault, so a faulty field is replaced by a right one in
// a copy and the rules are asked again, until the row's faults are all known.
func (c *collector) check(d *draft) {
	c.checkProvider(d)
	probe := d.entry.Content
	probe.Items = slices.Clone(probe.Items)
	for _, known := range d.problems {
		repair(&probe, string(known.place))
	}
	for i, item := range d.items {
		if len(item.problems) > 0 && i < len(probe.Items) {
			probe.Items[i] = soundItem
		}
	}
	for len(d.problems) < maxRowProblems {
		err := catalog.Validate("", probe)
		if err == nil {
			return
		}
		found := fault.Of(err)
		d.problems = append(d.problems, c.place(d, found))
		if !repair(&probe, found.Field) {
			return
		}
	}
}

func (c *collector) checkProvider(d *draft) {
	if d.entry.Provider == "" {
		d.problem(c.table, fieldProvider, fault.New(fault.MissingField))
	} else if err := uscc.Check(d.entry.Provider); err != nil {
		d.problem(c.table, fieldProvider, fault.Of(err))
	}
}

// place finds the cell of a fault of the rules, whose field is a JSON path of the
// entry such as items[2].type.
func (c *collector) place(d *draft, f *fault.Error) Problem {
	name, index, inItems := itemPath(f.Field)
	if inItems && index < len(d.items) {
		return newProblem(c.tableOfItems(), d.items[index].line, name, f)
	}
	if inItems {
		name = fieldItems
	}
	return newProblem(c.table, d.entry.Line, name, f)
}

// tableOfItems is the second sheet, or the table whose rows hold their items.
func (c *collector) tableOfItems() table {
	if c.items == nil {
		return c.table
	}
	return c.items.table
}

// repair puts a right value into the field of a fault. It reports false for a
// field that it does not know.
func repair(content *ledger.EntryContent, path string) bool {
	name, index, inItems := itemPath(path)
	if inItems {
		if index < len(content.Items) {
			content.Items[index] = soundItem
		}
		return index < len(content.Items)
	}
	set, ok := repairs[name]
	if ok {
		set(content)
	}
	return ok
}

var soundItem = ledger.InformationItem{Name: "-", Type: "C"}

var repairs = map[field]func(*ledger.EntryContent){
	fieldIdentifier:       func(c *ledger.EntryContent) { c.Identifier = "-" },
	fieldName:             func(c *ledger.EntryContent) { c.Name = "-" },
	fieldClassification:   func(c *ledger.EntryContent) { c.Classification = "-" },
	fieldProviderName:     func(c *ledger.EntryContent) { c.ProviderName = "-" },
	fieldSummary:          func(c *ledger.EntryContent) { c.Summary = "-" },
	fieldFormat:           func(c *ledger.EntryContent) { c.Format = ledger.Formats[0] },
	fieldItems:            func(c *ledger.EntryContent) { c.Items = []ledger.InformationItem{soundItem} },
	fieldSharingType:      func(c *ledger.EntryContent) { c.SharingType = ledger.SharingTypes[0] },
	fieldSharingCondition: func(c *ledger.EntryContent) { c.SharingCondition = "-" },
	fieldSharingMethod:    func(c *ledger.EntryContent) { c.SharingMethod = "-" },
	fieldOpenType:         func(c *ledger.EntryContent) { c.OpenType = ledger.OpenTypes[0] },
	fieldOpenCondition:    func(c *ledger.EntryContent) { c.OpenCondition = "-" },
	fieldUpdateCycle:      func(c *ledger.EntryContent) { c.UpdateCycle = ledger.UpdateCycles[0] },
	fieldPublishDate:      func(c *ledger.EntryContent) { c.PublishDate = "2025-01-01" },
	fieldRelated:          func(c *ledger.EntryContent) { c.Related = nil },
	fieldIndustry:         func(c *ledger.EntryContent) { c.Industry = "" },
	fieldDivision:         func(c *ledger.EntryContent) { c.Division = "110000" },
}
