package artefact

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

// pdfText gives a PDF text string: UTF-16 with a byte order mark, in hexadecimal.
func pdfText(text string) string {
	content := []byte{0xfe, 0xff}
	for _, unit := range utf16.Encode([]rune(text)) {
		content = binary.BigEndian.AppendUint16(content, unit)
	}
	return "<" + strings.ToUpper(hex.EncodeToString(content)) + ">"
}
