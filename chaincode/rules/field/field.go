// Package field checks single input fields: text with a limit in code points,
// closed lists, dates. Every fault names the field.
package field

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"dengji/chaincode/fault"
)

// Line checks a required text of one line: at least one visible character, at
// most limit code points, no control character. Faults: MISSING_FIELD,
// FIELD_TOO_LONG, INVALID_VALUE.
func Line(path, text string, limit int) error {
	if strings.TrimSpace(text) == "" {
		return fault.New(fault.MissingField, fault.Field(path))
	}
	return OptionalLine(path, text, limit)
}

// OptionalLine is Line for a text that may be empty.
func OptionalLine(path, text string, limit int) error {
	return check(path, text, limit, unicode.IsControl)
}

// Prose checks a required text of any number of lines; tabs and line ends are
// the only control characters in it.
func Prose(path, text string, limit int) error {
	if strings.TrimSpace(text) == "" {
		return fault.New(fault.MissingField, fault.Field(path))
	}
	return check(path, text, limit, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// OneOf checks that a value stands in a closed list.
func OneOf(path, value string, list []string) error {
	if value == "" {
		return fault.New(fault.MissingField, fault.Field(path))
	}
	if !slices.Contains(list, value) {
		return fault.New(fault.InvalidValue, fault.Field(path), fault.Value("allowed", strings.Join(list, " ")))
	}
	return nil
}

func check(path, text string, limit int, forbidden func(rune) bool) error {
	if !utf8.ValidString(text) {
		return fault.New(fault.InvalidEncoding, fault.Field(path))
	}
	if utf8.RuneCountInString(text) > limit {
		return fault.New(fault.FieldTooLong, fault.Field(path), fault.Value("limit", strconv.Itoa(limit)))
	}
	if strings.IndexFunc(text, forbidden) >= 0 {
		return fault.New(fault.InvalidValue, fault.Field(path), fault.Detail("control characters are not accepted"))
	}
	return nil
}
