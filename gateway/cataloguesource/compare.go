package cataloguesource

import (
	"encoding/json"
	"fmt"
	"strings"

	"dengji/chaincode/ledger"
)

// maxFieldText bounds what is shown of a field, in code points.
const maxFieldText = 400

// stateOf says in one text what the chain holds of an entry; nil: nothing.
func stateOf(head *ledger.CatalogEntry) string {
	switch {
	case head == nil:
		return ""
	case head.Status == ledger.EntryActive:
		return head.Digest
	default:
		return fmt.Sprintf("withdrawn/%d", head.Version)
	}
}

// row is a source's entry as it was read.
type row struct {
	identifier, content, digest string // without content the row is refused
}

// compare gives the difference of a source's row and the chain's entry, either of
// which may be missing; false: none that concerns the source.
func compare(there *row, here *ledger.CatalogEntry) (SourceDifference, bool, error) {
	if there == nil {
		return missing(here)
	}
	found := SourceDifference{here: stateOf(here), Fields: []FieldDifference{}, Identifier: there.identifier, content: there.content, digest: there.digest, Kind: Added}
	if there.content == "" || there.digest == found.here {
		return found, false, nil
	}
	var content ledger.EntryContent
	if err := json.Unmarshal([]byte(there.content), &content); err != nil {
		return found, false, err
	}
	found.Name = content.Name
	if !isActive(here) {
		return found, true, nil
	}
	found.Fields, found.Kind = fieldsOf(here.Content, content), Changed
	if here.Content.Source != nil {
		found.Kind = Held
	}
	return found, len(found.Fields) > 0, nil
}

// missing gives the difference of an entry that the source does not have. One from the
// catalogue chain is none of its business.
func missing(here *ledger.CatalogEntry) (SourceDifference, bool, error) {
	if !isActive(here) || here.Content.Source != nil {
		return SourceDifference{}, false, nil
	}
	return SourceDifference{Identifier: here.Content.Identifier, Kind: Missing, Name: here.Content.Name, here: stateOf(here), Fields: []FieldDifference{}}, true, nil
}

func isActive(here *ledger.CatalogEntry) bool {
	return here != nil && here.Status == ledger.EntryActive
}

// fieldsOf lists the fields in which two contents differ, but for their source.
func fieldsOf(here, there ledger.EntryContent) []FieldDifference {
	different := []FieldDifference{}
	for _, each := range []struct{ name, here, there string }{
		{"name", here.Name, there.Name}, {"classification", here.Classification, there.Classification}, {"providerName", here.ProviderName, there.ProviderName},
		{"summary", here.Summary, there.Summary}, {"format", here.Format, there.Format}, {"items", itemsText(here.Items), itemsText(there.Items)},
		{"sharingType", here.SharingType, there.SharingType}, {"sharingCondition", here.SharingCondition, there.SharingCondition}, {"sharingMethod", here.SharingMethod, there.SharingMethod},
		{"openType", here.OpenType, there.OpenType}, {"openCondition", here.OpenCondition, there.OpenCondition}, {"updateCycle", here.UpdateCycle, there.UpdateCycle},
		{"publishDate", here.PublishDate, there.PublishDate}, {"related", strings.Join(here.Related, "; "), strings.Join(there.Related, "; ")},
		{"industry", here.Industry, there.Industry}, {"division", here.Division, there.Division},
	} {
		if each.here != each.there {
			different = append(different, FieldDifference{each.name, clipped(each.here), clipped(each.there)})
		}
	}
	return different
}

func itemsText(items []ledger.InformationItem) string {
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = item.Name + ":" + item.Type
		if item.Length > 0 {
			parts[i] += fmt.Sprintf(":%d", item.Length)
		}
	}
	return strings.Join(parts, "; ")
}

func clipped(text string) string {
	if runes := []rune(text); len(runes) > maxFieldText {
		return string(runes[:maxFieldText]) + "…"
	}
	return text
}
