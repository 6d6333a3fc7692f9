package cataloguesource

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/rules/field"
	"dengji/gateway/catalogfile"
	"dengji/gateway/recurring"
)

// Limits of sources.
const (
	MaxSources   = 20 // of one provider
	MaxLabel     = 100
	MaxAddress   = 2000        // bytes
	ShortestStep = 15          // minutes between two readings
	LongestStep  = 7 * 24 * 60 // minutes
)

// Formats are the kinds of catalogue that a source may have: those of catalogue
// files, and the interface of a CKAN.
var Formats = []string{"csv", "jsonl", "json", "xlsx", FormatCKAN}

// FormatCKAN is a CKAN whose packages are read page by page.
const FormatCKAN = "ckan"

// Settings are what an officer sets.
type Settings struct {
	Label           string `json:"label"`
	Address         string `json:"address"` // https
	Format          string `json:"format"`  // one of Formats
	Profile         string `json:"profile,omitempty"`
	EveryMinutes    int    `json:"everyMinutes"`
	Automatic       bool   `json:"automatic"`       // differences are applied when they are found
	WithdrawMissing bool   `json:"withdrawMissing"` // with Automatic: also what the source no longer has
	Paused          bool   `json:"paused"`
}

// check holds settings to what can be read.
func (s Settings) check(door Door) error {
	if err := field.Line("label", s.Label, MaxLabel); err != nil {
		return err
	}
	if len(s.Address) > MaxAddress {
		return fault.New(fault.FieldTooLong, fault.Field("address"), fault.Value("limit", strconv.Itoa(MaxAddress)))
	}
	address, err := url.Parse(s.Address)
	if err != nil || address.Fragment != "" {
		return fault.New(fault.InvalidValue, fault.Field("address"))
	}
	if err := door.Check(address); err != nil {
		return fault.New(fault.SourceForbidden, fault.Field("address"), fault.Cause(err))
	}
	if !slices.Contains(Formats, s.Format) {
		return fault.New(fault.InvalidValue, fault.Field("format"), fault.Value("allowed", strings.Join(Formats, ", ")))
	}
	if s.EveryMinutes < ShortestStep || s.EveryMinutes > LongestStep {
		return fault.New(fault.InvalidValue, fault.Field("everyMinutes"), fault.Value("min", strconv.Itoa(ShortestStep)), fault.Value("max", strconv.Itoa(LongestStep)))
	}
	_, err = s.profile()
	return err
}

func (s Settings) profile() (catalogfile.Profile, error) {
	if strings.TrimSpace(s.Profile) == "" {
		return catalogfile.Profile{}, nil
	}
	return catalogfile.ReadProfile(strings.NewReader(s.Profile))
}

// Kind says how a source and the chain differ in an entry.
type Kind string

// The kinds of difference.
const (
	Added   Kind = "added"   // the source has it, the chain has not, or has withdrawn it
	Changed Kind = "changed" // both have it, with other contents
	Missing Kind = "missing" // the chain has it, the source has not
	Held    Kind = "held"    // they differ, and the entry comes from the catalogue chain: it is left alone
)

// Source is a department's own catalogue.
type Source struct {
	ID       string `json:"id"`
	Provider string `json:"provider"` // USCC
	Account  string `json:"account"`  // in whose name differences are applied
	Settings
	Rows              int          `json:"rows"`     // of the last reading that are fit for the ledger
	Refused           int          `json:"refused"`  // that are not
	Revision          int          `json:"revision"` // of the differences; 0: never compared
	Counts            map[Kind]int `json:"counts"`   // differences by kind
	Applying          int          `json:"applying"` // revision that is being applied; 0: none
	Withdrawals       bool         `json:"withdrawals"`
	CheckedAt         string       `json:"checkedAt,omitempty"` // of the last reading that succeeded
	AppliedAt         string       `json:"appliedAt,omitempty"`
	Attempts          int          `json:"attempts"` // that have failed since
	NextAt            string       `json:"nextAt"`
	recurring.Failure              // of the last attempt
	CreatedAt         string       `json:"createdAt"`
	etag              string
	modified          string
	digest            string // of the differences
}

// open is how many differences can be applied.
func (s Source) open(withdrawals bool) int {
	open := s.Counts[Added] + s.Counts[Changed]
	if withdrawals {
		open += s.Counts[Missing]
	}
	return open
}

// Outcome says what has become of a difference.
type Outcome string

// The outcomes of a difference.
const (
	Open      Outcome = ""
	Applied   Outcome = "applied"
	Overtaken Outcome = "overtaken" // the chain's entry has changed since it was shown; the next reading compares it anew
	Refused   Outcome = "refused"   // by the ledger
	Kept      Outcome = "kept"      // missing at the source, and not withdrawn
)

// SourceDifference is an entry in which a source and the chain differ.
type SourceDifference struct {
	Identifier string               `json:"identifier"`
	Kind       Kind                 `json:"kind"`
	Name       string               `json:"name"`
	Fields     []FieldDifference    `json:"fields"` // of a changed entry
	Outcome    Outcome              `json:"outcome,omitempty"`
	Problem    *catalogfile.Problem `json:"problem,omitempty"`
	content    string
	digest     string
	here       string
}

// FieldDifference is a field in which they differ, as text.
type FieldDifference struct {
	Field string `json:"field"` // of ledger.EntryContent
	Here  string `json:"here"`  // on the chain
	There string `json:"there"` // at the source
}

// RefusedRow is a row of a source that is not fit for the ledger.
type RefusedRow struct {
	catalogfile.RowReport
}
