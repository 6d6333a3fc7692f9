// Package catalog decides whether what a department writes about an information
// resource is a complete directory entry (发改高技〔2017〕1272号), and what becomes of
// an entry that is sent again.
package catalog

import (
	"fmt"
	"strconv"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/industry"
	"dengji/chaincode/rules/workday"
)

// Limits that are nobody else's business.
const (
	maxClassification = 200
	maxMethod         = 200
	maxItemLength     = 1 << 20
	maxSourceField    = 200
	unconditional     = "无条件共享"
	conditionallyOpen = "有条件开放"
)

// Validate checks an entry's content. The fault names the field, with the given
// prefix before it ("entries[3]." or "").
func Validate(prefix string, content ledger.EntryContent) error {
	for _, check := range []func(string, ledger.EntryContent) error{
		checkTexts, checkSharing, checkOpening, checkItems, checkRelated, checkCodes, checkSource,
	} {
		if err := check(prefix, content); err != nil {
			return err
		}
	}
	return nil
}

func checkTexts(prefix string, c ledger.EntryContent) error {
	for _, text := range []struct {
		name, value string
		limit       int
	}{
		{"identifier", c.Identifier, ledger.MaxIdentifier},
		{"name", c.Name, ledger.MaxEntryName},
		{"classification", c.Classification, maxClassification},
		{"providerName", c.ProviderName, ledger.MaxEntryName},
		{"sharingMethod", c.SharingMethod, maxMethod},
	} {
		if err := field.Line(prefix+text.name, text.value, text.limit); err != nil {
			return err
		}
	}
	return field.Prose(prefix+"summary", c.Summary, ledger.MaxSummary)
}

// checkSharing holds the guide's rule that anything but unconditional sharing
// states its condition or legal basis.
func checkSharing(prefix string, c ledger.EntryContent) error {
	if err := field.OneOf(prefix+"sharingType", c.SharingType, ledger.SharingTypes); err != nil {
		return err
	}
	if c.SharingType == unconditional && c.SharingCondition == "" {
		return nil
	}
	return field.Prose(prefix+"sharingCondition", c.SharingCondition, ledger.MaxCondition)
}

func checkOpening(prefix string, c ledger.EntryContent) error {
	if err := field.OneOf(prefix+"openType", c.OpenType, ledger.OpenTypes); err != nil {
		return err
	}
	if c.OpenType != conditionallyOpen && c.OpenCondition == "" {
		return nil
	}
	return field.Prose(prefix+"openCondition", c.OpenCondition, ledger.MaxCondition)
}

func checkItems(prefix string, c ledger.EntryContent) error {
	if len(c.Items) == 0 {
		return fault.New(fault.MissingField, fault.Field(prefix+"items"))
	}
	if len(c.Items) > ledger.MaxInformationItems {
		return tooMany(prefix+"items", ledger.MaxInformationItems)
	}
	for i, item := range c.Items {
		path := fmt.Sprintf("%sitems[%d].", prefix, i)
		if err := field.Line(path+"name", item.Name, ledger.MaxItemName); err != nil {
			return err
		}
		if err := field.OneOf(path+"type", item.Type, ledger.ItemTypes); err != nil {
			return err
		}
		if item.Length < 0 || item.Length > maxItemLength {
			return fault.New(fault.InvalidValue, fault.Field(path+"length"), fault.Value("limit", strconv.Itoa(maxItemLength)))
		}
	}
	return nil
}

func checkRelated(prefix string, c ledger.EntryContent) error {
	if len(c.Related) > ledger.MaxRelated {
		return tooMany(prefix+"related", ledger.MaxRelated)
	}
	for i, related := range c.Related {
		if err := field.Line(fmt.Sprintf("%srelated[%d]", prefix, i), related, ledger.MaxIdentifier); err != nil {
			return err
		}
	}
	return nil
}

func checkCodes(prefix string, c ledger.EntryContent) error {
	if err := field.OneOf(prefix+"format", c.Format, ledger.Formats); err != nil {
		return err
	}
	if err := field.OneOf(prefix+"updateCycle", c.UpdateCycle, ledger.UpdateCycles); err != nil {
		return err
	}
	if c.PublishDate == "" {
		return fault.New(fault.MissingField, fault.Field(prefix+"publishDate"))
	}
	if _, err := workday.Parse(c.PublishDate, prefix+"publishDate"); err != nil {
		return err
	}
	if err := division.Check(prefix+"division", c.Division); err != nil {
		return err
	}
	if c.Industry == "" {
		return nil
	}
	return industry.Check(prefix+"industry", c.Industry)
}

func checkSource(prefix string, c ledger.EntryContent) error {
	if c.Source == nil {
		return nil
	}
	for _, text := range []struct{ name, value string }{
		{"chain", c.Source.Chain}, {"entryId", c.Source.EntryID}, {"version", c.Source.Version},
		{"digest", c.Source.Digest}, {"txId", c.Source.TxID},
	} {
		if err := field.Line(prefix+"source."+text.name, text.value, maxSourceField); err != nil {
			return err
		}
	}
	return nil
}

func tooMany(path string, limit int) error {
	return fault.New(fault.TooManyItems, fault.Field(path), fault.Value("limit", strconv.Itoa(limit)))
}

// ValidateBatch checks a batch: 1 to ledger.MaxBatch valid entries, none twice.
func ValidateBatch(entries []ledger.EntryContent) error {
	if len(entries) == 0 {
		return fault.New(fault.MissingField, fault.Field("entries"))
	}
	if len(entries) > ledger.MaxBatch {
		return tooMany("entries", ledger.MaxBatch)
	}
	first := make(map[string]int, len(entries))
	for i, content := range entries {
		path := fmt.Sprintf("entries[%d].", i)
		if err := Validate(path, content); err != nil {
			return err
		}
		if earlier, twice := first[content.Identifier]; twice {
			return fault.New(fault.DuplicateItem, fault.Field(path+"identifier"), fault.Value("firstAt", fmt.Sprintf("entries[%d]", earlier)))
		}
		first[content.Identifier] = i
	}
	return nil
}

// Decide gives what becomes of content that is sent when head, nil for none, is
// the newest version: unchanged content of an active entry changes nothing, all
// else is a new version.
func Decide(head *ledger.CatalogEntry, content ledger.EntryContent) (ledger.EntryOutcome, error) {
	digest, err := canonical.Digest(content)
	if err != nil {
		return ledger.EntryOutcome{}, err
	}
	outcome := ledger.EntryOutcome{Identifier: content.Identifier, Outcome: ledger.OutcomeCreated, Version: 1, Digest: digest}
	switch {
	case head == nil:
	case head.Status == ledger.EntryActive && head.Digest == digest:
		outcome.Outcome, outcome.Version = ledger.OutcomeUnchanged, head.Version
	default:
		outcome.Outcome, outcome.Version = ledger.OutcomeUpdated, head.Version+1
	}
	return outcome, nil
}
