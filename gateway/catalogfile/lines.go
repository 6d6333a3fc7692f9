package catalogfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"dengji/chaincode/fault"
)

// keyedTable is a table whose rows name their fields.
func keyedTable(rows iter.Seq2[record, error]) table {
	places := map[field]int{}
	for i, c := range resourceColumns {
		places[c.field] = i
	}
	return table{sheet: sheet{rows: rows}, layout: layout{columns: resourceColumns, places: places, keyed: true}}
}

// keyedRecord places values by their fields.
func keyedRecord(line int, values map[field]string, items []itemRow) record {
	cells := make([]string, len(resourceColumns))
	for i, c := range resourceColumns {
		cells[i] = values[c.field]
	}
	return record{line: line, cells: cells, items: items}
}

// lines reads a JSON object on each line. Its keys are fields of ledger.EntryContent,
// "provider", or the template's titles; other keys are passed over, as other columns
// of a table are.
func (r *reading) lines(ctx context.Context, reader io.Reader) error {
	r.summary.Format, r.summary.Encoding = FormatLines, encodingUTF8
	return r.collect(ctx, keyedTable(r.objects(bufio.NewReaderSize(reader, 64<<10))), nil)
}

func (r *reading) objects(reader *bufio.Reader) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for line := 1; ; line++ {
			text, err := nextLine(reader)
			ended := errors.Is(err, io.EOF)
			if err != nil && !ended && !errors.Is(err, errLongLine) {
				yield(record{}, fmt.Errorf("catalogfile: read: %w", err))
				return
			}
			if row, found := r.object(line, text, err); found && !yield(row, nil) || ended {
				return
			}
		}
	}
}

var errLongLine = errors.New("catalogfile: line too long")

// nextLine reads to the end of a line of at most MaxLineBytes; the rest of a longer
// one is passed over.
func nextLine(reader *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := reader.ReadSlice('\n')
		if len(line)+len(part) <= MaxLineBytes {
			line = append(line, part...)
		} else if line = nil; err == nil || errors.Is(err, io.EOF) {
			return nil, errors.Join(errLongLine, err)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// object reads one line; an empty one is none.
func (r *reading) object(line int, text []byte, err error) (record, bool) {
	if errors.Is(err, errLongLine) {
		return record{line: line, flaw: fault.New(fault.FieldTooLong, fault.Detail("> %d", MaxLineBytes))}, true
	}
	if line == 1 {
		text = bytes.TrimPrefix(text, byteOrderMark)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return record{}, false
	}
	if !utf8.Valid(text) {
		return record{line: line, flaw: fault.New(fault.InvalidEncoding)}, true
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return record{line: line, flaw: fault.New(fault.MalformedRow, fault.Detail("no JSON object: %v", err))}, true
	}
	return r.keyed(line, object), true
}

func (r *reading) keyed(line int, object map[string]json.RawMessage) record {
	values := map[field]string{}
	var items []itemRow
	for _, c := range resourceColumns {
		raw, given := r.valueOf(object, c)
		if !given {
			continue
		}
		if c.field == fieldItems {
			if listed, ok := objectItems(line, raw); ok {
				items = listed
				continue
			}
		}
		text, ok := plainText(raw)
		if !ok {
			return record{line: line, flaw: fault.New(fault.MalformedRow, fault.Field(string(c.field)), fault.Detail("%s: %s", c.field, clip(string(raw))))}
		}
		values[c.field] = text
	}
	return keyedRecord(line, values, items)
}

// valueOf finds a column's value by its name in the profile, its field, its title,
// or another title, in this order.
func (r *reading) valueOf(object map[string]json.RawMessage, c column) (json.RawMessage, bool) {
	names := append([]string{string(c.field), c.title}, c.aliases...)
	if own, mapped := r.options.Profile.Columns[string(c.field)]; mapped {
		names = []string{own}
	}
	for _, name := range names {
		if raw, given := object[name]; given {
			return raw, true
		}
	}
	return nil, false
}

// plainText writes a JSON value as a cell would hold it.
func plainText(raw json.RawMessage) (string, bool) {
	var text string
	var list []string
	var number json.Number
	var truth bool
	switch {
	case string(raw) == "null":
		return "", true
	case json.Unmarshal(raw, &text) == nil:
		return text, true
	case json.Unmarshal(raw, &list) == nil:
		return strings.Join(list, "; "), true
	case json.Unmarshal(raw, &truth) == nil && truth:
		return "是", true
	case json.Unmarshal(raw, &truth) == nil:
		return "否", true
	case json.Unmarshal(raw, &number) == nil:
		return number.String(), true
	}
	return "", false
}

// objectItems reads items that are objects. It reports false for another form.
func objectItems(line int, raw json.RawMessage) ([]itemRow, bool) {
	var objects []struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Length int    `json:"length"`
	}
	if err := json.Unmarshal(raw, &objects); err != nil {
		return nil, false
	}
	rows := make([]itemRow, len(objects))
	for i, object := range objects {
		rows[i] = itemRow{line: line, name: object.Name, kind: parseItemType(object.Type)}
		if object.Length != 0 {
			rows[i].length = strconv.Itoa(object.Length)
		}
	}
	return rows, true
}
