package catalogfile

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"dengji/chaincode/fault"
)

// Parse reads a catalogue file of at most MaxFileBytes as a whole; see Read. size
// is the declared size in bytes, or -1 where unknown.
func Parse(ctx context.Context, name string, reader io.Reader, size int64, options Options) (Result, error) {
	content, err := readAll(reader, size)
	if err != nil {
		return Result{}, err
	}
	var result Result
	summary, err := readFile(ctx, name, input{bytes.NewReader(content), content}, options, func(row Row) error {
		result.Rows = append(result.Rows, row.Report)
		if row.Entry != nil {
			result.Entries = append(result.Entries, *row.Entry)
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	result.Format, result.Encoding, result.Problems = summary.Format, summary.Encoding, summary.Problems
	return result, nil
}

// Summary says what Read has read.
type Summary struct {
	Format   Format
	Encoding string // of a text file: UTF-8 or GB18030
	Rows     int    // that are not empty
	Problems int    // all of them, also those that no report lists
}

// Read reads a catalogue file and gives each row to a function, in order. The
// name's ending says which kind it is: .xlsx; .csv and .txt; .jsonl and .ndjson; or
// .json and .jsonld, whose content tells CKAN, data.json and DCAT apart. Text and
// lines are streamed, so that memory grows by some 40 bytes a row; everything else
// is held as a whole and MUST NOT be larger than MaxFileBytes. An error means that
// what was not given yet cannot be trusted: it is a fault.Error (NOT_A_WORKBOOK,
// UNKNOWN_ENCODING, MISSING_COLUMN, REQUEST_TOO_LARGE, TOO_MANY_ITEMS and so on) or
// the error of ctx, the reader or the function. What is wrong with a row stands in
// its report. Safe for concurrent use.
func Read(ctx context.Context, name string, reader io.Reader, options Options, each func(Row) error) (Summary, error) {
	return readFile(ctx, name, input{Reader: reader}, options, each)
}

// input is a file, and its content where somebody holds it already.
type input struct {
	io.Reader
	held []byte
}

// whole gives the content of a file that cannot be read in a stream.
func (i input) whole() ([]byte, error) {
	if i.held != nil {
		return i.held, nil
	}
	return readAll(i, -1)
}

func readFile(ctx context.Context, name string, file input, options Options, each func(Row) error) (summary Summary, err error) {
	// excelize indexes into what a file declares; a file that makes it panic is a
	// damaged file.
	defer func() {
		if cause := recover(); cause != nil {
			summary, err = Summary{}, fault.New(fault.NotAWorkbook, fault.Cause(fmt.Errorf("catalogfile: panic: %v", cause)))
		}
	}()
	if options.MaxRows <= 0 {
		options.MaxRows = MaxRows
	}
	if err := options.Profile.check(); err != nil {
		return Summary{}, err
	}
	read := &reading{options: options, each: each}
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx":
		err = read.workbook(ctx, file)
	case ".csv", ".txt":
		err = read.text(ctx, file)
	case ".jsonl", ".ndjson":
		err = read.lines(ctx, file)
	case ".json", ".jsonld":
		err = read.document(ctx, file)
	default:
		err = fault.New(fault.NotAWorkbook, fault.Field("name"), fault.Detail("the name must end in .xlsx, .csv, .jsonl or .json"))
	}
	return read.summary, err
}

// reading is one file on its way to rows.
type reading struct {
	options Options
	each    func(Row) error
	summary Summary
}

func readAll(reader io.Reader, size int64) ([]byte, error) {
	tooLarge := fault.New(fault.RequestTooLarge, fault.Detail("at most %d MiB", MaxFileBytes>>20))
	if size > MaxFileBytes {
		return nil, tooLarge
	}
	content, err := io.ReadAll(io.LimitReader(reader, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("catalogfile: read: %w", err)
	}
	if len(content) > MaxFileBytes {
		return nil, tooLarge
	}
	if len(content) == 0 {
		return nil, fault.New(fault.NotAWorkbook, fault.Detail("the file is empty"))
	}
	return content, nil
}

func (r *reading) text(ctx context.Context, reader io.Reader) error {
	text, encoding, err := decodeText(reader)
	if err != nil {
		return err
	}
	r.summary.Format, r.summary.Encoding = FormatText, encoding
	resources, found, err := findTable(textSheet(text), resourceColumns, r.options.Profile)
	if err != nil {
		return err
	}
	if !found {
		return noTitles()
	}
	return r.collect(ctx, resources, nil)
}

func (r *reading) workbook(ctx context.Context, file input) error {
	content, err := file.whole()
	if err != nil {
		return err
	}
	book, err := openWorkbook(ctx, content)
	if err != nil {
		return err
	}
	r.summary.Format = FormatWorkbook
	err = r.sheets(ctx, book)
	if closing := book.close(); err == nil {
		err = closing
	}
	return err
}

func (r *reading) sheets(ctx context.Context, book *workbook) error {
	items, found, err := book.find(itemColumns, Profile{})
	if err != nil {
		return err
	}
	var listed *itemList
	if found {
		if listed, err = readItems(ctx, items); err != nil {
			return err
		}
	}
	resources, found, err := book.find(resourceColumns, r.options.Profile)
	if err != nil {
		return err
	}
	if !found {
		return noTitles()
	}
	return r.collect(ctx, resources, listed)
}

// find gives the first sheet that has the titles of columns.
func (w *workbook) find(columns []column, profile Profile) (table, bool, error) {
	for _, s := range w.sheets {
		if found, ok, err := findTable(s, columns, profile); ok || err != nil {
			return found, ok, err
		}
	}
	return table{}, false, nil
}

func noTitles() error {
	return fault.New(fault.MissingColumn, fault.Field(resourceColumns[0].title),
		fault.Detail("no row among the first %d holds the titles %s and %s", headerDepth, resourceColumns[0].title, resourceColumns[1].title))
}

// collect turns the rows of a table into entries and reports.
func (r *reading) collect(ctx context.Context, resources table, items *itemList) error {
	if err := resources.layout.missing(resources.sheet.name, r.options.Profile); err != nil {
		return err
	}
	c := collector{table: resources, items: items, options: r.options, each: r.each, seen: map[[sightBytes]byte]int32{}}
	defer func() { r.summary.Rows, r.summary.Problems = c.rows, c.problems }()
	for row, err := range resources.data(ctx) {
		if err != nil {
			return err
		}
		if c.rows == r.options.MaxRows {
			return fault.New(fault.TooManyItems, fault.Detail("more than %d rows", r.options.MaxRows))
		}
		if err := c.add(row); err != nil {
			return err
		}
	}
	if err := c.addOrphans(); err != nil {
		return err
	}
	if c.rows == 0 {
		return fault.New(fault.MissingField, fault.Detail("the file holds no rows below its titles"))
	}
	return nil
}
