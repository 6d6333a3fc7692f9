package catalogfile

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"dengji/chaincode/fault"
)

// Parse reads a catalogue file. The name's ending says which kind it is: .xlsx,
// or .csv and .txt. size is the declared size in bytes, or -1 where unknown; at
// most MaxFileBytes are read. An error means that no row can be trusted: it is a
// fault.Error (NOT_A_WORKBOOK, UNKNOWN_ENCODING, MISSING_COLUMN,
// REQUEST_TOO_LARGE, TOO_MANY_ITEMS and so on) or the error of ctx or reader. What is
// wrong with a row stands in its report. Safe for concurrent use.
func Parse(ctx context.Context, name string, reader io.Reader, size int64, options Options) (result Result, err error) {
	content, err := readAll(reader, size)
	if err != nil {
		return Result{}, err
	}
	// excelize indexes into what a file declares; a file that makes it panic is a
	// damaged file.
	defer func() {
		if cause := recover(); cause != nil {
			result, err = Result{}, fault.New(fault.NotAWorkbook, fault.Cause(fmt.Errorf("catalogfile: panic: %v", cause)))
		}
	}()
	if options.MaxRows <= 0 {
		options.MaxRows = MaxRows
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx":
		return parseWorkbook(ctx, content, options)
	case ".csv", ".txt":
		return parseText(ctx, content, options)
	}
	return Result{}, fault.New(fault.NotAWorkbook, fault.Field("name"), fault.Detail("the name must end in .xlsx or .csv"))
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

func parseText(ctx context.Context, content []byte, options Options) (Result, error) {
	text, encoding, err := decodeText(content)
	if err != nil {
		return Result{}, err
	}
	resources, found, err := findTable(textSheet(text), resourceColumns)
	if err != nil {
		return Result{}, err
	}
	if !found {
		return Result{}, noTitles()
	}
	result := Result{Format: FormatText, Encoding: encoding}
	return result, collect(ctx, resources, nil, options, &result)
}

func parseWorkbook(ctx context.Context, content []byte, options Options) (Result, error) {
	book, err := openWorkbook(ctx, content)
	if err != nil {
		return Result{}, err
	}
	result := Result{Format: FormatWorkbook}
	err = parseSheets(ctx, book, options, &result)
	if closing := book.close(); err == nil {
		err = closing
	}
	return result, err
}

func parseSheets(ctx context.Context, book *workbook, options Options, result *Result) error {
	items, found, err := book.find(itemColumns)
	if err != nil {
		return err
	}
	var listed *itemList
	if found {
		if listed, err = readItems(ctx, items); err != nil {
			return err
		}
	}
	resources, found, err := book.find(resourceColumns)
	if err != nil {
		return err
	}
	if !found {
		return noTitles()
	}
	return collect(ctx, resources, listed, options, result)
}

// find gives the first sheet that has the titles of columns.
func (w *workbook) find(columns []column) (table, bool, error) {
	for _, s := range w.sheets {
		if found, ok, err := findTable(s, columns); ok || err != nil {
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
func collect(ctx context.Context, resources table, items *itemList, options Options, result *Result) error {
	if err := resources.layout.missing(resources.sheet.name); err != nil {
		return err
	}
	c := collector{table: resources, items: items, options: options, result: result, seen: map[resourceKey]int{}}
	for row, err := range resources.data(ctx) {
		if err != nil {
			return err
		}
		if len(result.Rows) == options.MaxRows {
			return fault.New(fault.TooManyItems, fault.Detail("more than %d rows", options.MaxRows))
		}
		c.add(row)
	}
	c.addOrphans()
	if len(result.Rows) == 0 {
		return fault.New(fault.MissingField, fault.Detail("the file holds no rows below its titles"))
	}
	return nil
}
