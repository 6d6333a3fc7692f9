package catalogfile

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"

	"dengji/chaincode/fault"
)

// First bytes of the files that people take for a workbook.
var (
	zipMagic      = []byte("PK\x03\x04")
	compoundMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") // .xls, or an .xlsx with a password
)

// workbook is an opened .xlsx file.
type workbook struct {
	file   *excelize.File
	sheets []sheet
}

func openWorkbook(ctx context.Context, content []byte) (*workbook, error) {
	if bytes.HasPrefix(content, compoundMagic) {
		return nil, fault.New(fault.NotAWorkbook, fault.Detail("an .xls file or a workbook with a password; save it as .xlsx without one"))
	}
	if !bytes.HasPrefix(content, zipMagic) {
		return nil, fault.New(fault.NotAWorkbook)
	}
	found, err := inspectWorkbook(ctx, content)
	if err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit:    maxSheetBytes + maxTextBytes + maxOtherBytes,
		UnzipXMLSizeLimit: memoryBytes,
		ShortDatePattern:  "yyyy-mm-dd",
	})
	if err != nil {
		return nil, fault.New(fault.NotAWorkbook, fault.Cause(err))
	}
	opened := &workbook{file: file}
	parts, err := sheetParts(file)
	if err != nil {
		return nil, errors.Join(fault.New(fault.NotAWorkbook, fault.Cause(err)), file.Close())
	}
	for _, name := range file.GetSheetList() {
		if inspected, ok := found[parts[name]]; ok { // chart sheets have no cells
			opened.sheets = append(opened.sheets, sheet{name: name, hazards: inspected, rows: opened.rows(name)})
		}
	}
	return opened, nil
}

// close deletes the temporary files.
func (w *workbook) close() error {
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("catalogfile: close workbook: %w", err)
	}
	return nil
}

func (w *workbook) rows(name string) func(func(record, error) bool) {
	return func(yield func(record, error) bool) {
		rows, err := w.file.Rows(name)
		if err != nil {
			yield(record{}, damaged(name, err))
			return
		}
		for line := 1; rows.Next(); line++ {
			cells, err := rows.Columns()
			if err != nil {
				err = damaged(name, err)
			}
			if !yield(record{line: line, cells: cells[:min(len(cells), MaxColumns)]}, err) || err != nil {
				break
			}
		}
		if err := rows.Close(); err != nil {
			yield(record{}, damaged(name, err))
		}
	}
}

// sheetParts gives the part of each sheet, which excelize keeps to itself.
func sheetParts(file *excelize.File) (map[string]string, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := readPart(file, "xl/workbook.xml", &book); err != nil {
		return nil, err
	}
	if err := readPart(file, "xl/_rels/workbook.xml.rels", &relations); err != nil {
		return nil, err
	}
	targets := map[string]string{}
	for _, relation := range relations.Relations {
		targets[relation.ID] = strings.TrimPrefix(path.Join("/xl", relation.Target), "/")
		if strings.HasPrefix(relation.Target, "/") {
			targets[relation.ID] = strings.TrimPrefix(path.Clean(relation.Target), "/")
		}
	}
	parts := map[string]string{}
	for _, s := range book.Sheets {
		parts[s.Name] = targets[s.ID]
	}
	return parts, nil
}

func readPart(file *excelize.File, name string, into any) error {
	content, ok := file.Pkg.Load(name)
	if !ok {
		return fmt.Errorf("catalogfile: no part %s", name)
	}
	text, ok := content.([]byte)
	if !ok {
		return fmt.Errorf("catalogfile: part %s has another form", name)
	}
	if err := xml.Unmarshal(text, into); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("catalogfile: part %s: %w", name, err)
	}
	return nil
}
