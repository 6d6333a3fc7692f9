package code

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// SchemeBeijing19 is the name of the code scheme that this package makes:
// division (6), kind (1), year (4), serial (7), check (1).
const SchemeBeijing19 = "beijing-19"

// Schemes lists the code schemes that a rule pack may name.
var Schemes = []string{SchemeBeijing19}

// Lengths of codes, without hyphens.
const (
	RegistrationLength = 19
	QueryLength        = 16
	serialLength       = 7
)

var kindLetters = map[ledger.Kind]string{
	ledger.KindResource: "R", ledger.KindProduct: "P", ledger.KindService: "S",
}

// Registration makes the registration code that a transaction issues. The year is
// the four-digit year of issuance.
func Registration(division string, kind ledger.Kind, year, txID string) (string, error) {
	body := division + kindLetters[kind] + year + derived("registration", txID, serialLength)
	if !wellFormed(body + "0") {
		return "", fmt.Errorf("code: division %q, kind %q, year %q make no code", division, kind, year)
	}
	check, _ := CheckCharacter(body)
	return body + string(check), nil
}

// ParseRegistration reads a registration code in any case, with or without
// hyphens, and gives its stored form. A code that is not well formed or fails its
// check character is INVALID_VALUE.
func ParseRegistration(text string) (string, error) {
	refused := fault.New(fault.InvalidValue, fault.Field("code"), fault.Article("24"), fault.Detail("%.40q", text))
	if len(text) > 2*RegistrationLength {
		return "", refused
	}
	code := compact(text)
	if len(code) != RegistrationLength {
		return "", refused
	}
	serial := code[11 : 11+serialLength]
	code = code[:11] + normalizeCrockford.Replace(serial) + code[RegistrationLength-1:]
	if !wellFormed(code) || !checks(code) {
		return "", refused
	}
	return code, nil
}

// FormatRegistration shows a stored code in groups: 110000-R2026-ABCDEFG-X.
func FormatRegistration(code string) string {
	if len(code) != RegistrationLength {
		return code
	}
	return strings.Join([]string{code[:6], code[6:11], code[11:18], code[18:]}, "-")
}

func wellFormed(code string) bool {
	if len(code) != RegistrationLength || !digits(code[:6]) || !strings.Contains("RPS", code[6:7]) {
		return false
	}
	return digits(code[7:11]) && isCrockford(code[11:18])
}

func digits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// ParseQuery reads a query code in any case, with or without hyphens, and gives
// its stored form. Anything but 16 characters of Crockford base 32 is
// WRONG_QUERY_CODE, which tells no more than a code that does not fit would.
func ParseQuery(text string) (string, error) {
	code := normalizeCrockford.Replace(compact(text))
	if len(text) > 2*QueryLength || len(code) != QueryLength || !isCrockford(code) {
		return "", fault.New(fault.WrongQueryCode)
	}
	return code, nil
}

// FormatQuery shows a stored query code in groups of four.
func FormatQuery(code string) string {
	if len(code) != QueryLength {
		return code
	}
	return strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:]}, "-")
}

// derived gives characters of Crockford base 32 that depend on a purpose and a
// transaction id alone.
func derived(purpose, txID string, length int) string {
	sum := sha256.Sum256([]byte("dengji/" + purpose + "/" + txID))
	return encoding.EncodeToString(sum[:])[:length]
}
