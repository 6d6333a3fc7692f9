package catalogfile

import (
	"context"
	"encoding/json"
	"strings"

	"dengji/chaincode/ledger"
)

func (r *reading) dataJSON(ctx context.Context, of []json.RawMessage) error {
	r.summary.Format = FormatDataJSON
	return r.collect(ctx, keyedTable(elements(each(of), r.dataJSONRecord)), nil)
}

// dataJSONRecord maps a data set of the Project Open Data schema, version 1.1, or of
// DCAT-US 3. Contact persons stay off the ledger.
func (r *reading) dataJSONRecord(line int, raw json.RawMessage) record {
	read, err := readObject(raw)
	if err != nil {
		return malformed(line, err)
	}
	var files []distribution
	for _, each := range read.objects("distribution") {
		files = append(files, distribution{each.text("title"), each.text("format", "mediaType")})
	}
	title, modified := read.text("title"), read.text("modified")
	values := map[field]string{
		fieldIdentifier: identifierOf(read.text("identifier")), fieldName: squeeze(title, ledger.MaxEntryName), fieldSummary: summaryOf(firstOf(read.text("description"), title)),
		fieldFormat: formatOf(files), fieldProviderName: read.text("publisher"), fieldPublishDate: dayOf(read.text("issued"), modified),
		fieldUpdateCycle: cycleOf(firstOf(read.text("accrualPeriodicity"), repeating(modified))), fieldClassification: themeOf(read.text("theme")),
	}
	values[fieldOpenType], values[fieldOpenCondition] = accessLevel(read)
	return keyedRecord(line, r.mapped(values, raw), firstItems(columnsOf(line, read), itemsOf(line, files, values[fieldName])))
}

// accessLevel is public, restricted public or non-public; DCAT-US 3 has access rights
// in its place.
func accessLevel(read object) (kind, condition string) {
	switch level := read.text("accessLevel"); level {
	case "restricted public":
		return "有条件开放", squeeze(firstOf(read.text("rights", "license"), level), ledger.MaxCondition)
	case "non-public":
		return "不予开放", ""
	case "":
		return openness(read.text("accessRights"))
	}
	return "无条件开放", ""
}

// columnsOf makes information items of the columns that distributions describe, as the
// profile of Argentina does.
func columnsOf(line int, read object) []itemRow {
	var rows []itemRow
	seen := map[string]bool{}
	for _, file := range read.objects("distribution") {
		for _, column := range file.objects("field") {
			name := squeeze(column.text("title", "id"), ledger.MaxItemName)
			if name == "" || seen[name] {
				continue
			}
			seen[name] = true
			rows = append(rows, itemRow{line: line, name: name, kind: columnType(column.text("type"))})
		}
	}
	return rows[:min(len(rows), ledger.MaxInformationItems)]
}

// columnType gives the guide's data type for one of Table Schema; a text where it is
// none of them.
func columnType(name string) string {
	switch strings.ToLower(name) {
	case "integer", "year":
		return "I"
	case "number":
		return "N"
	case "date":
		return "D"
	case "datetime", "time":
		return "T"
	case "boolean":
		return "L"
	case "object", "array", "geopoint", "geojson", "any":
		return "G"
	}
	return "C"
}

func firstItems(lists ...[]itemRow) []itemRow {
	for _, rows := range lists {
		if len(rows) > 0 {
			return rows
		}
	}
	return nil
}
