package artefact

import "strings"

// alphabet45 is that of RFC 9285: what a QR code packs most tightly as text.
const alphabet45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

func encode45(content []byte) string {
	var out strings.Builder
	for len(content) > 0 {
		value, digits := int(content[0]), 2
		if len(content) > 1 {
			value, digits = value<<8|int(content[1]), 3
		}
		content = content[digits-1:]
		for range digits {
			out.WriteByte(alphabet45[value%45])
			value /= 45
		}
	}
	return out.String()
}

// decode45 reports false for text that encode45 does not write.
func decode45(text string) ([]byte, bool) {
	var out []byte
	for len(text) > 0 {
		digits := min(3, len(text))
		value := 0
		for i := digits - 1; i >= 0; i-- {
			digit := strings.IndexByte(alphabet45, text[i])
			if digit < 0 {
				return nil, false
			}
			value = value*45 + digit
		}
		switch {
		case digits == 3 && value <= 0xffff:
			out = append(out, byte(value>>8), byte(value))
		case digits == 2 && value <= 0xff:
			out = append(out, byte(value))
		default:
			return nil, false
		}
		text = text[digits:]
	}
	return out, true
}
