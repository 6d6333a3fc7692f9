package code

import (
	"errors"
	"regexp"
	"strings"
)

// national is what a code of the national platform may look like. Its format is not
// public, so that it is taken as one opaque text.
var national = regexp.MustCompile(`^[0-9A-Z-]{8,64}$`)

// ParseNational reads a national code as a person may type it: without the blanks
// around it, in upper case.
func ParseNational(text string) (string, error) {
	if len(text) > 2*64 {
		return "", errors.New("national code: too long")
	}
	typed := strings.ToUpper(strings.TrimSpace(text))
	if !national.MatchString(typed) {
		return "", errors.New("national code: 8 to 64 digits, capital letters and hyphens are expected")
	}
	return typed, nil
}
