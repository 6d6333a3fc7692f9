package catalogfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"dengji/chaincode/fault"
)

// Names of the encodings that a text file may have.
const (
	encodingUTF8    = "UTF-8"
	encodingGB18030 = "GB18030"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// decodeText gives a text file as UTF-8 with the name of the encoding it had.
func decodeText(content []byte) (text []byte, encoding string, err error) {
	if bytes.IndexByte(content, 0) >= 0 {
		return nil, "", fault.New(fault.NotAWorkbook, fault.Detail("the file holds binary data"))
	}
	if utf8.Valid(content) {
		return bytes.TrimPrefix(content, byteOrderMark), encodingUTF8, nil
	}
	text, err = simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, "", fault.New(fault.UnknownEncoding, fault.Cause(err))
	}
	return text, encodingGB18030, nil
}

// textSheet gives the rows of a text file. A row with a quoting error is yielded
// with its flaw, and the reading goes on behind it.
func textSheet(text []byte) sheet {
	return sheet{rows: func(yield func(record, error) bool) {
		reader := csv.NewReader(bytes.NewReader(text))
		reader.Comma = separator(text)
		reader.FieldsPerRecord = -1
		reader.ReuseRecord = true
		for {
			cells, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(textRecord(reader, cells, err), nil) {
				return
			}
		}
	}}
}

func textRecord(reader *csv.Reader, cells []string, err error) record {
	var malformed *csv.ParseError
	if errors.As(err, &malformed) {
		return record{line: malformed.StartLine, flaw: fault.New(fault.MalformedRow,
			fault.Detail("line %d, byte %d: %v", malformed.Line, malformed.Column, malformed.Err))}
	}
	line, _ := reader.FieldPos(0)
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
