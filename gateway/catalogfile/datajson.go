package catalogfile

import (
	"context"
	"encoding/json"

	"dengji/chaincode/ledger"
)

// dataJSONDataset is a data set of the Project Open Data schema, version 1.1.
type dataJSONDataset struct {
	Identifier  string          `json:"identifier"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Issued      string          `json:"issued"`
	Modified    string          `json:"modified"`
	Frequency   string          `json:"accrualPeriodicity"`
	AccessLevel string          `json:"accessLevel"` // public, restricted public, non-public
	Rights      string          `json:"rights"`
	License     string          `json:"license"`
	Theme       json.RawMessage `json:"theme"`
	Publisher   struct {
		Name string `json:"name"`
	} `json:"publisher"`
	Distribution []struct {
		Title     string `json:"title"`
		Format    string `json:"format"`
		MediaType string `json:"mediaType"`
		Access    string `json:"accessURL"`
	} `json:"distribution"`
}

func (r *reading) dataJSON(ctx context.Context, of []json.RawMessage) error {
	r.summary.Format = FormatDataJSON
	return r.collect(ctx, keyedTable(elements(each(of), r.dataJSONRecord)), nil)
}

func (r *reading) dataJSONRecord(line int, raw json.RawMessage) record {
	var read dataJSONDataset
	if err := json.Unmarshal(raw, &read); err != nil {
		return malformed(line, err)
	}
	var files []distribution
	for _, each := range read.Distribution {
		files = append(files, distribution{each.Title, firstOf(each.Format, each.MediaType, each.Access)})
	}
	values := map[field]string{
		fieldIdentifier: identifierOf(read.Identifier), fieldName: squeeze(read.Title, ledger.MaxEntryName), fieldSummary: summaryOf(firstOf(read.Description, read.Title)),
		fieldFormat: formatOf(files), fieldProviderName: read.Publisher.Name, fieldPublishDate: dayOf(read.Issued, read.Modified), fieldUpdateCycle: cycleOf(read.Frequency),
	}
	switch read.AccessLevel {
	case "restricted public":
		values[fieldOpenType], values[fieldOpenCondition] = "有条件开放", squeeze(firstOf(read.Rights, read.License, read.AccessLevel), ledger.MaxCondition)
	case "non-public":
		values[fieldOpenType] = "不予开放"
	default:
		values[fieldOpenType] = "无条件开放"
	}
	var themes []string
	if json.Unmarshal(read.Theme, &themes) == nil && len(themes) > 0 {
		values[fieldClassification] = themes[0]
	}
	return keyedRecord(line, r.mapped(values, raw), itemsOf(line, files, values[fieldName]))
}
