package catalogfile

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Options narrow a reading. The zero value reads everything.
type Options struct {
	Provider string // USCC of the caller: rows of other providers are reported, not read; empty: all providers
	MaxRows  int    // 1..; 0 means MaxRows
	Profile  Profile
}

// Format is the kind of file that was recognised.
type Format string

// The kinds of file.
const (
	FormatWorkbook Format = "xlsx"
	FormatText     Format = "csv"
	FormatLines    Format = "jsonl"     // a JSON object on each line
	FormatCKAN     Format = "ckan"      // answer of CKAN's package_search
	FormatDataJSON Format = "data.json" // catalogue of the Project Open Data schema
	FormatDCAT     Format = "dcat"      // DCAT as JSON-LD
)

// Result is what a file holds. Entries are the rows without a problem, in the
// order of the file and unique by provider and identifier; Rows reports on every
// row that is not empty.
type Result struct {
	Format   Format      `json:"format"`
	Encoding string      `json:"encoding,omitempty"` // of a text file: UTF-8 or GB18030
	Entries  []Entry     `json:"-"`
	Rows     []RowReport `json:"rows"`
	Problems int         `json:"problems"` // all of them, also those beyond MaxProblems
}

// Entry is a resource with the place where it stands.
type Entry struct {
	Line     int // in the file, from 1
	Provider string
	Content  ledger.EntryContent
}

// Contents gives the contents of the entries, in order.
func (r Result) Contents() []ledger.EntryContent {
	contents := make([]ledger.EntryContent, len(r.Entries))
	for i, entry := range r.Entries {
		contents[i] = entry.Content
	}
	return contents
}

// RoughSize estimates an entry's JSON in bytes without making it, rather too high
// than too low: whoever fills a transaction stays below its limit.
func RoughSize(content ledger.EntryContent) int {
	size := 600 + len(content.Name) + len(content.Summary) + len(content.SharingCondition) + len(content.OpenCondition)
	for _, item := range content.Items {
		size += 40 + len(item.Name)
	}
	return size
}

// Row is one row that is not empty, with its entry where it has no problem.
type Row struct {
	Report RowReport
	Entry  *Entry // nil unless the outcome is OutcomeReady
}

// Outcome says what is to become of a row.
type Outcome string

// The outcomes of a row.
const (
	OutcomeReady   Outcome = "ready"   // can be put on chain
	OutcomeRefused Outcome = "refused" // has problems
	OutcomeForeign Outcome = "foreign" // another provider's
)

// RowReport tells what was found in one row.
type RowReport struct {
	Sheet      string    `json:"sheet,omitempty"`
	Line       int       `json:"line"` // from 1
	Identifier string    `json:"identifier,omitempty"`
	Name       string    `json:"name,omitempty"`
	Outcome    Outcome   `json:"outcome"`
	Problems   []Problem `json:"problems,omitempty"`

	values map[field]string // as given, for the correction workbook
	items  []itemRow
}

// Problem is one thing that is wrong, where, and how to mend it.
type Problem struct {
	Sheet   string            `json:"sheet,omitempty"`
	Line    int               `json:"line"`
	Column  string            `json:"column,omitempty"` // letter, as a spreadsheet shows it
	Title   string            `json:"title,omitempty"`  // of the column
	Field   string            `json:"field,omitempty"`  // of ledger.EntryContent
	Code    fault.Code        `json:"code"`
	Article string            `json:"article,omitempty"`
	Detail  string            `json:"detail,omitempty"`
	Values  map[string]string `json:"values,omitempty"` // facts, e.g. limit or allowed
	Message ledger.Text       `json:"message"`
	Mend    ledger.Text       `json:"mend"`

	place field // of the column
}
