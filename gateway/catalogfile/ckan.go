package catalogfile

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"dengji/chaincode/ledger"
)

// ReadPackages reads CKAN packages that come one by one, as from the pages of its
// interface; see Read.
func ReadPackages(ctx context.Context, of iter.Seq2[json.RawMessage, error], options Options, give func(Row) error) (Summary, error) {
	if options.MaxRows <= 0 {
		options.MaxRows = MaxRows
	}
	if err := options.Profile.check(); err != nil {
		return Summary{}, err
	}
	read := &reading{options: options, each: give}
	err := read.packages(ctx, of)
	return read.summary, err
}

// packagesOf finds the packages of an answer: a list, or a single one.
func packagesOf(result json.RawMessage, results []json.RawMessage) []json.RawMessage {
	if results != nil {
		return results
	}
	var list []json.RawMessage
	if json.Unmarshal(result, &list) == nil {
		return list
	}
	var inner struct {
		Results []json.RawMessage `json:"results"`
	}
	if json.Unmarshal(result, &inner) == nil && inner.Results != nil {
		return inner.Results
	}
	return []json.RawMessage{result}
}

func (r *reading) packages(ctx context.Context, of iter.Seq2[json.RawMessage, error]) error {
	r.summary.Format = FormatCKAN
	return r.collect(ctx, keyedTable(elements(of, r.ckanRecord)), nil)
}

// ckanRecord maps a data set as CKAN's action API gives it (package_search,
// package_show; API version 3). Its author and maintainer are persons and stay off the
// ledger. What CKAN does not know - the provider's code, the
// class, how the data are shared, the division - a profile has to give.
func (r *reading) ckanRecord(line int, raw json.RawMessage) record {
	read, err := readObject(raw)
	if err != nil {
		return malformed(line, err)
	}
	extras := extrasOf(read)
	custom := func(keys ...string) string {
		return firstOf(embedded(read.text(keys...)), embedded(extras.text(keys...)))
	}
	var files []distribution
	for _, resource := range read.objects("resources") {
		files = append(files, distribution{resource.text("name", "title"), resource.text("format", "mimetype", "media_type")})
	}
	values := map[field]string{
		fieldIdentifier: identifierOf(read.text("name", "id")), fieldName: squeeze(read.text("title", "name"), ledger.MaxEntryName),
		fieldSummary: summaryOf(read.text("notes", "description", "title", "name")), fieldFormat: formatOf(files),
		fieldProviderName:   firstOf(custom("publisher_name"), custom("publisher"), titled(read, "organization")),
		fieldPublishDate:    dayOf(custom("issued", "published_on"), read.text("metadata_created"), custom("modified"), read.text("metadata_modified")),
		fieldUpdateCycle:    cycleOf(custom("frequency", "update_frequency", "update_freq", "accrual_periodicity")),
		fieldClassification: firstOf(titled(read, "groups"), themeOf(custom("theme"))),
	}
	values[fieldOpenType], values[fieldOpenCondition] = ckanOpenness(read)
	return keyedRecord(line, r.mapped(values, raw), itemsOf(line, files, values[fieldName]))
}

// titled gives the title of the first of the objects below a key; its name is part of
// addresses.
func titled(read object, key string) string {
	for _, each := range read.objects(key) {
		if title := each.text("title", "display_name", "name"); title != "" {
			return title
		}
	}
	return ""
}

// extrasOf gives the extras of a package by their keys in lower case: a list of keys
// with values, or in older versions an object.
func extrasOf(read object) object {
	extras := object{}
	for _, extra := range read.objects("extras") {
		if key := extra.text("key"); key != "" {
			extras[strings.ToLower(key)] = extra["value"]
			continue
		}
		for key, value := range extra {
			extras[strings.ToLower(key)] = value
		}
	}
	return extras
}

// embedded reads a text that holds JSON, as extensions of CKAN store lists and
// objects.
func embedded(text string) string {
	if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		if inner := looseText(json.RawMessage(text), deepest); inner != "" || json.Valid([]byte(text)) {
			return inner
		}
	}
	return text
}

// ckanOpenness: a package under an open licence is open to all; under another one on
// that licence's conditions; a private one is not open.
func ckanOpenness(read object) (kind, condition string) {
	private, _ := read.truth("private")
	open, _ := read.truth("isopen")
	licence := read.text("license_title", "license_id")
	switch {
	case private:
		return "不予开放", ""
	case open || licence == "":
		return "无条件开放", ""
	default:
		return "有条件开放", squeeze(licence, ledger.MaxCondition)
	}
}

// mapped lets a profile take fields from keys of its own choice.
func (r *reading) mapped(values map[field]string, raw json.RawMessage) map[field]string {
	if len(r.options.Profile.Columns) == 0 {
		return values
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return values
	}
	for name, key := range r.options.Profile.Columns {
		if text, ok := plainText(object[key]); ok && object[key] != nil {
			values[field(name)] = text
		}
	}
	return values
}
