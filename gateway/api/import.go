package api

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/openapi"
)

// Bounds of the transactions that one import is cut into. The ledger takes more
// in one transaction; smaller ones keep blocks small and conflicts rare.
const (
	importBatch      = 500
	importBatchBytes = 1 << 20
)

// Outcomes of an import's row, beside those of the ledger.
const (
	outcomeFailed = "failed" // its transaction was refused; nothing of that batch was written
)

// importAnswer tells what became of a file, row by row.
type importAnswer struct {
	DryRun   bool              `json:"dryRun"`
	Format   string            `json:"format"`
	Encoding string            `json:"encoding,omitempty"`
	Counts   map[string]int    `json:"counts"` // by outcome
	Batches  []importBatchNote `json:"batches"`
	Rows     []importRow       `json:"rows"`
	Problems int               `json:"problems"` // all, also those that are not listed
}

// importBatchNote is one transaction of an import.
type importBatchNote struct {
	TxID    string `json:"txId,omitempty"`
	Block   uint64 `json:"block,omitempty"`
	Entries int    `json:"entries"`
}

type importRow struct {
	Sheet      string                `json:"sheet,omitempty"`
	Line       int                   `json:"line"`
	Identifier string                `json:"identifier,omitempty"`
	Name       string                `json:"name,omitempty"`
	Outcome    string                `json:"outcome"` // created, updated, unchanged, ready, refused, foreign, failed
	Version    int                   `json:"version,omitempty"`
	Digest     string                `json:"digest,omitempty"`
	Problems   []catalogfile.Problem `json:"problems,omitempty"`
	Failure    *refusal              `json:"failure,omitempty"`
}

func (s *Server) importOperation() operation {
	return operation{Operation: openapi.Operation{Method: http.MethodPost, Path: "/catalog/imports", Name: "importEntries", Tag: "catalogue", Article: "8",
		Summary: "批量导入目录 · Import a workbook or table of entries; each row is answered for",
		Body:    &openapi.Body{Forms: catalogueForm},
		Status:  http.StatusOK, Answer: openapi.Gives(importAnswer{}),
		Query:  []openapi.Parameter{{Name: "dryRun", Type: "boolean", Description: "true: read the file, write nothing"}},
		Faults: append([]fault.Code{fault.NotAWorkbook}, contentFaults...)},
		handle: s.importEntries, body: s.Limits.Import + multipartOverhead, within: s.Limits.Transfer}
}

// profileField is the form's field of a mapping profile, before the file.
const profileField = "profile"

// catalogueForm is a form with a catalogue file.
var catalogueForm = []openapi.Content{{Media: "multipart/form-data", File: "file", Fields: []openapi.Parameter{
	{Name: profileField, Type: "string", Description: "mapping profile, YAML, of a file with other titles or values; stands before the file"}}}}

// multipartOverhead is what the form around a file may take.
const multipartOverhead = 64<<10 + catalogfile.MaxProfileBytes

func (s *Server) importEntries(x *exchange) error {
	dryRun, err := x.boolean("dryRun")
	if err != nil {
		return err
	}
	parsed, err := x.catalogueFile()
	if err != nil {
		return err
	}
	imported := newImport(parsed, dryRun)
	if !dryRun {
		if err := imported.run(x, parsed.Entries); err != nil {
			return err
		}
	}
	return x.give(http.StatusOK, imported.finish())
}

// catalogueFile reads the file of a form as entries of the caller's own catalogue.
func (x *exchange) catalogueFile() (catalogfile.Result, error) {
	if x.actor().Role != ledger.RoleRegistrant {
		return catalogfile.Result{}, fault.New(fault.RoleNotAllowed, fault.Value("role", string(x.actor().Role)))
	}
	options := catalogfile.Options{Provider: x.actor().USCC}
	file, err := x.filePart("file", func(part *multipart.Part) (err error) {
		if part.FormName() == profileField {
			options.Profile, err = catalogfile.ReadProfile(part)
		}
		return err
	})
	if err != nil {
		return catalogfile.Result{}, err
	}
	parsed, err := catalogfile.Parse(x.ctx(), file.FileName(), file, -1, options)
	if err != nil {
		return parsed, readOrParseFailure(err)
	}
	return parsed, nil
}

// filePart finds the file of a multipart form, without keeping it in memory. Fields
// that stand before it are given to a function, where there is one.
func (x *exchange) filePart(name string, before func(*multipart.Part) error) (*multipart.Part, error) {
	reader, err := x.multipart()
	if err != nil {
		return nil, err
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault.New(fault.MissingField, fault.Field(name))
		}
		if err != nil {
			return nil, readFailure(err)
		}
		if part.FormName() == name {
			return part, nil
		}
		if before != nil {
			if err := before(part); err != nil {
				return nil, err
			}
		}
	}
}

func (x *exchange) multipart() (*multipart.Reader, error) {
	if !strings.HasPrefix(x.GetHeader("Content-Type"), "multipart/form-data") {
		return nil, fault.New(fault.UnsupportedMediaType, fault.Field("Content-Type"), fault.Value("expected", "multipart/form-data"))
	}
	reader, err := x.Request.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.MalformedRequest, fault.Cause(err))
	}
	return reader, nil
}

func readOrParseFailure(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return faultOf(err)
	}
	return err
}

// catalogImport turns a parsed file into transactions and rows of an answer.
type catalogImport struct {
	answer importAnswer
	byLine map[int]int // line of an entry -> row of the answer
}

func newImport(parsed catalogfile.Result, dryRun bool) *catalogImport {
	made := &catalogImport{byLine: map[int]int{}, answer: importAnswer{DryRun: dryRun, Format: string(parsed.Format),
		Encoding: parsed.Encoding, Problems: parsed.Problems, Batches: []importBatchNote{}, Rows: []importRow{}, Counts: map[string]int{}}}
	for _, row := range parsed.Rows {
		if row.Outcome == catalogfile.OutcomeReady { // lines of two sheets may have the same number
			made.byLine[row.Line] = len(made.answer.Rows)
		}
		made.answer.Rows = append(made.answer.Rows, importRow{Sheet: row.Sheet, Line: row.Line, Identifier: row.Identifier,
			Name: row.Name, Outcome: string(row.Outcome), Problems: row.Problems})
	}
	return made
}

// run submits the entries, batch by batch. A batch that the ledger refuses marks
// its rows. What every batch would meet alike (who asks, an unreachable ledger)
// ends the import: as its error when nothing was written yet, else by marking the
// rows that are left. Entries go in the order of their identifiers, in which the
// ledger's stores have neighbours in one place.
func (i *catalogImport) run(x *exchange, entries []catalogfile.Entry) error {
	entries = slices.SortedFunc(slices.Values(entries), func(a, b catalogfile.Entry) int {
		return strings.Compare(a.Content.Identifier, b.Content.Identifier)
	})
	for written := 0; len(entries) > 0; {
		batch := nextBatch(entries)
		outcomes, receipt, err := putBatch(x, batch)
		general := err != nil && faultOf(err).Row().Status != http.StatusUnprocessableEntity
		if general && written == 0 {
			return err
		}
		if general {
			batch = entries
		}
		if err == nil {
			written++
		}
		i.note(x, batch, outcomes, receipt, err)
		entries = entries[len(batch):]
	}
	return nil
}

func nextBatch(entries []catalogfile.Entry) []catalogfile.Entry {
	size := 0
	for n, entry := range entries {
		size += catalogfile.RoughSize(entry.Content)
		if n == importBatch || (n > 0 && size > importBatchBytes) {
			return entries[:n]
		}
	}
	return entries
}

func putBatch(x *exchange, batch []catalogfile.Entry) ([]ledger.EntryOutcome, ledgerclient.Receipt, error) {
	contents := make([]ledger.EntryContent, len(batch))
	for n, entry := range batch {
		contents[n] = entry.Content
	}
	outcomes, receipt, err := ledgerclient.SubmitFor[[]ledger.EntryOutcome](x.ctx(), x.server.Ledger, x.identity(),
		ledgerclient.Call{Transaction: ledger.TxPutBatch, Request: ledger.PutBatchRequest{Entries: contents}})
	if err == nil && len(outcomes) != len(batch) {
		err = fault.New(fault.Internal, fault.Cause(fmt.Errorf("api: %d outcomes for %d entries", len(outcomes), len(batch))))
	}
	return outcomes, receipt, err
}

func (i *catalogImport) note(x *exchange, batch []catalogfile.Entry, outcomes []ledger.EntryOutcome, receipt ledgerclient.Receipt, err error) {
	if err == nil {
		i.answer.Batches = append(i.answer.Batches, importBatchNote{TxID: receipt.TxID, Block: receipt.Block, Entries: len(batch)})
	}
	for n, entry := range batch {
		at, ok := i.byLine[entry.Line]
		if !ok {
			continue
		}
		row := &i.answer.Rows[at]
		if err != nil {
			failure := describeFault(x.Context, faultOf(err))
			row.Outcome, row.Failure = outcomeFailed, &failure
			continue
		}
		row.Outcome, row.Version, row.Digest = outcomes[n].Outcome, outcomes[n].Version, outcomes[n].Digest
	}
}

func (i *catalogImport) finish() importAnswer {
	for _, row := range i.answer.Rows {
		i.answer.Counts[row.Outcome]++
	}
	return i.answer
}
