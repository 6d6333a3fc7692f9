package catalogfile

import (
	"context"
	"encoding/json"
	"iter"
	"strings"

	"dengji/chaincode/ledger"
)

// ckanPackage is a data set as CKAN's action API gives it (package_search,
// package_show; API version 3).
type ckanPackage struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	Title        string `json:"title"`
	Notes        string `json:"notes"`
	Private      bool   `json:"private"`
	Open         *bool  `json:"isopen"`
	License      string `json:"license_title"`
	Created      string `json:"metadata_created"`
	Modified     string `json:"metadata_modified"`
	Organization *struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	} `json:"organization"`
	Groups []struct {
		Name        string `json:"name"`
		Title       string `json:"title"`
		DisplayName string `json:"display_name"`
	} `json:"groups"`
	Resources []struct {
		Name   string `json:"name"`
		Format string `json:"format"`
	} `json:"resources"`
	Extras []struct {
		Key   string `json:"key"`
		Value any    `json:"value"`
	} `json:"extras"`
}

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

// ckanRecord maps a package. Its author and maintainer are persons and stay off the
// ledger. What CKAN does not know - the provider's code, the
// class, how the data are shared, the division - a profile has to give.
func (r *reading) ckanRecord(line int, raw json.RawMessage) record {
	var read ckanPackage
	if err := json.Unmarshal(raw, &read); err != nil {
		return malformed(line, err)
	}
	extras := map[string]string{}
	for _, extra := range read.Extras {
		if text, ok := extra.Value.(string); ok {
			extras[strings.ToLower(extra.Key)] = text
		}
	}
	var files []distribution
	for _, resource := range read.Resources {
		files = append(files, distribution{resource.Name, resource.Format})
	}
	values := map[field]string{
		fieldIdentifier: identifierOf(firstOf(read.Name, read.ID)), fieldName: squeeze(firstOf(read.Title, read.Name), ledger.MaxEntryName),
		fieldSummary: summaryOf(firstOf(read.Notes, read.Title, read.Name)), fieldFormat: formatOf(files),
		fieldProviderName: firstOf(extras["publisher_name"], read.organisation()),
		fieldPublishDate:  dayOf(extras["issued"], read.Created, read.Modified),
		fieldUpdateCycle:  cycleOf(firstOf(extras["frequency"], extras["update_frequency"], extras["accrual_periodicity"])),
	}
	values[fieldOpenType], values[fieldOpenCondition] = read.openness()
	if len(read.Groups) > 0 {
		values[fieldClassification] = firstOf(read.Groups[0].Title, read.Groups[0].DisplayName, read.Groups[0].Name)
	}
	return keyedRecord(line, r.mapped(values, raw), itemsOf(line, files, values[fieldName]))
}

func (p ckanPackage) organisation() string {
	if p.Organization == nil {
		return ""
	}
	return firstOf(p.Organization.Title, p.Organization.Name)
}

// openness: a package under an open licence is open to all; under another one on
// that licence's conditions; a private one is not open.
func (p ckanPackage) openness() (kind, condition string) {
	switch {
	case p.Private:
		return "不予开放", ""
	case p.Open != nil && *p.Open || p.License == "":
		return "无条件开放", ""
	default:
		return "有条件开放", squeeze(p.License, ledger.MaxCondition)
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
