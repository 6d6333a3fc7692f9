package code

import (
	"encoding/base32"
	"strings"
)

// crockford is Crockford's base 32: no I, L, O, U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var encoding = base32.NewEncoding(crockford).WithPadding(base32.NoPadding)

// normalizeCrockford reads what a person typed: lower case is upper case, O is 0,
// I and L are 1.
var normalizeCrockford = strings.NewReplacer("O", "0", "I", "1", "L", "1")

func isCrockford(text string) bool {
	for _, r := range text {
		if !strings.ContainsRune(crockford, r) {
			return false
		}
	}
	return true
}

// compact drops hyphens and spaces and raises the case.
func compact(text string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, text))
}
