package catalogfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"dengji/chaincode/fault"
)

// Names of the encodings that a text file may have.
const (
	encodingUTF8    = "UTF-8"
	encodingGB18030 = "GB18030"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// sniffed is how much of a text file tells its encoding and its separator.
const sniffed = 1 << 20

// decodeText gives a text file as UTF-8 with the name of the encoding that its
// first part has. A line further down that is in another one is a flaw of that
// line.
func decodeText(reader io.Reader) (text *bufio.Reader, encoding string, err error) {
	raw := bufio.NewReaderSize(reader, sniffed)
	first, err := raw.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("catalogfile: read: %w", err)
	}
	whole := errors.Is(err, io.EOF)
	switch {
	case len(first) == 0:
		return nil, "", fault.New(fault.NotAWorkbook, fault.Detail("the file is empty"))
	case bytes.IndexByte(first, 0) >= 0:
		return nil, "", fault.New(fault.NotAWorkbook, fault.Detail("the file holds binary data"))
	case utf8.Valid(toLine(first, whole)):
		if bytes.HasPrefix(first, byteOrderMark) {
			_, err = raw.Discard(len(byteOrderMark))
			return raw, encodingUTF8, err
		}
		return raw, encodingUTF8, nil
	}
	decoder := simplifiedchinese.GB18030.NewDecoder()
	decoded, err := decoder.Bytes(toLine(first, whole))
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return nil, "", fault.New(fault.UnknownEncoding, fault.Cause(err))
	}
	return bufio.NewReaderSize(transform.NewReader(raw, simplifiedchinese.GB18030.NewDecoder()), sniffed), encodingGB18030, nil
}

// toLine cuts the last line off that may stand there in part.
func toLine(first []byte, whole bool) []byte {
	if end := bytes.LastIndexByte(first, '\n'); !whole && end > 0 {
		return first[:end]
	}
	return first
}

// textSheet gives the rows of a text, which is read once. A row with a quoting
// error, or in another encoding, is yielded with its flaw, and the reading goes on
// behind it.
func textSheet(text *bufio.Reader) sheet {
	first, _ := text.Peek(4096) // an error comes again with the first row
	reader := csv.NewReader(text)
	reader.Comma = separator(first)
	reader.FieldsPerRecord = -1
	return sheet{rows: replayed(func(yield func(record, error) bool) {
		for {
			cells, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var malformed *csv.ParseError
			if err != nil && !errors.As(err, &malformed) {
				yield(record{}, fmt.Errorf("catalogfile: read: %w", err))
				return
			}
			if !yield(textRecord(reader, cells, err), nil) {
				return
			}
		}
	})}
}

// replayed lets rows that are read once be looked at from the start again, as far
// as titles are looked for.
func replayed(rows iter.Seq2[record, error]) iter.Seq2[record, error] {
	var kept []record
	next, stop := iter.Pull2(rows)
	rest := func(yield func(record, error) bool) {
		for row, err, more := next(); more; row, err, more = next() {
			if err == nil && row.line <= headerDepth+1 {
				kept = append(kept, row)
			}
			if !yield(row, err) {
				return
			}
		}
		stop()
	}
	return func(yield func(record, error) bool) {
		for _, row := range kept {
			if !yield(row, nil) {
				return
			}
		}
		rest(yield)
	}
}

func textRecord(reader *csv.Reader, cells []string, err error) record {
	var malformed *csv.ParseError
	if errors.As(err, &malformed) {
		return record{line: malformed.StartLine, flaw: fault.New(fault.MalformedRow,
			fault.Detail("line %d, byte %d: %v", malformed.Line, malformed.Column, malformed.Err))}
	}
	line, _ := reader.FieldPos(0)
	for _, cell := range cells {
		if !utf8.ValidString(cell) {
			return record{line: line, flaw: fault.New(fault.InvalidEncoding)}
		}
	}
	return record{line: line, cells: cells[:min(len(cells), MaxColumns)]}
}

// separator tells which character separates the titles of a text file.
func separator(text []byte) rune {
	first, _, _ := strings.Cut(string(text[:min(len(text), 4096)]), "\n")
	best, count := ',', strings.Count(first, ",")
	for _, candidate := range []rune{'\t', ';'} {
		if n := strings.Count(first, string(candidate)); n > count {
			best, count = candidate, n
		}
	}
	return best
}
