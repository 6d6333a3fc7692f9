package catalogfile

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"dengji/chaincode/fault"
)

// hazards is what a sheet holds that its values do not show: excelize's streaming
// reader gives neither merged ranges nor formulas, and its other reader holds the
// whole sheet in memory.
type hazards struct {
	merged   []rectangle
	formulas map[int][]int // line -> columns, both from 1
	count    int
}

type rectangle struct{ left, top, right, bottom int }

// inspectWorkbook walks once over the parts of a workbook before anything is
// unpacked into memory: sizes, numbers, the order of rows and cells, merged
// ranges and formulas. It gives the hazards by the name of the part.
func inspectWorkbook(ctx context.Context, content []byte) (map[string]hazards, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fault.New(fault.NotAWorkbook, fault.Cause(err))
	}
	if err := checkSizes(archive.File); err != nil {
		return nil, err
	}
	found := map[string]hazards{}
	for _, part := range archive.File {
		name := partName(part)
		if !isSheet(name) {
			continue
		}
		if _, twice := found[name]; twice || len(found) == maxSheets {
			return nil, fault.New(fault.NotAWorkbook, fault.Detail("%s occurs twice, or there are more than %d sheets", name, maxSheets))
		}
		if found[name], err = inspectSheet(ctx, part); err != nil {
			return nil, damaged(name, err)
		}
	}
	return found, nil
}

// partName gives a part's name as excelize will see it.
func partName(part *zip.File) string { return strings.ReplaceAll(part.Name, `\`, "/") }

func isSheet(name string) bool {
	return strings.HasPrefix(strings.ToLower(name), "xl/worksheets/") && strings.EqualFold(path.Ext(name), ".xml")
}

// checkSizes refuses an archive that would unpack to more than the limits. The
// declared sizes can be trusted that far: archive/zip stops at them.
func checkSizes(parts []*zip.File) error {
	if len(parts) > maxParts {
		return fault.New(fault.RequestTooLarge, fault.Detail("%d parts in the workbook, at most %d", len(parts), maxParts))
	}
	var sheets, text, other uint64
	for _, part := range parts {
		total, limit := &other, uint64(maxOtherBytes)
		switch name := partName(part); {
		case isSheet(name):
			total, limit = &sheets, maxSheetBytes
		case strings.EqualFold(name, "xl/sharedStrings.xml"):
			total, limit = &text, maxTextBytes
		}
		if part.UncompressedSize64 > limit || *total+part.UncompressedSize64 > limit {
			return fault.New(fault.RequestTooLarge, fault.Detail("%s would unpack to more than %d MiB", part.Name, limit>>20))
		}
		*total += part.UncompressedSize64
	}
	return nil
}

func damaged(part string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.NotAWorkbook, fault.Detail("%s is damaged", part), fault.Cause(err))
}

// sheetInspector follows one sheet's XML.
type sheetInspector struct {
	found     hazards
	row, cell int
}

func inspectSheet(ctx context.Context, part *zip.File) (hazards, error) {
	stream, err := part.Open()
	if err != nil {
		return hazards{}, err
	}
	defer func() { _ = stream.Close() }() // reading only
	inspector := sheetInspector{found: hazards{formulas: map[int][]int{}}}
	decoder := xml.NewDecoder(stream)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return inspector.found, nil
		}
		if err == nil {
			err = inspector.token(ctx, token)
		}
		if err != nil {
			return hazards{}, err
		}
	}
}

// token takes one token of the sheet; it ends with ctx, looked at every so many
// rows.
func (i *sheetInspector) token(ctx context.Context, token xml.Token) error {
	element, ok := token.(xml.StartElement)
	if !ok {
		return nil
	}
	if element.Name.Local == "row" && i.row%1024 == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return i.element(element)
}

func (i *sheetInspector) element(element xml.StartElement) error {
	switch element.Name.Local {
	case "row":
		return i.startRow(attribute(element, "r"))
	case "c":
		return i.startCell(attribute(element, "r"))
	case "f":
		i.found.formulas[i.row] = append(i.found.formulas[i.row], i.cell)
		return i.count()
	case "mergeCell":
		return i.merge(attribute(element, "ref"))
	}
	return nil
}

// startRow holds rows to a rising order, which excelize relies upon.
func (i *sheetInspector) startRow(number string) error {
	row := i.row + 1
	if number != "" {
		given, err := strconv.Atoi(number)
		if err != nil || given < row || given > excelize.TotalRows {
			return fmt.Errorf("row %q after row %d", number, i.row)
		}
		row = given
	}
	i.row, i.cell = row, 0
	return nil
}

func (i *sheetInspector) startCell(name string) error {
	cell := i.cell + 1
	if name != "" {
		column, row, err := excelize.CellNameToCoordinates(name)
		if err != nil {
			return err
		}
		if row != i.row || column < cell {
			return fmt.Errorf("cell %q after column %d of row %d", name, i.cell, i.row)
		}
		cell = column
	}
	i.cell = cell
	return nil
}

func (i *sheetInspector) merge(reference string) error {
	first, last, _ := strings.Cut(reference, ":")
	left, top, err := excelize.CellNameToCoordinates(first)
	if err != nil {
		return err
	}
	right, bottom := left, top
	if last != "" {
		if right, bottom, err = excelize.CellNameToCoordinates(last); err != nil {
			return err
		}
	}
	i.found.merged = append(i.found.merged, rectangle{left, top, right, bottom})
	return i.count()
}

func (i *sheetInspector) count() error {
	if i.found.count++; i.found.count > maxHazards {
		return fault.New(fault.FormulaCell, fault.Detail("more than %d formulas or merged ranges", maxHazards))
	}
	return nil
}

func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
