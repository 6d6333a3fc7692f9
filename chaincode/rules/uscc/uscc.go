// Package uscc checks unified social credit codes by GB 32100-2015: eighteen
// characters with a check character, in which an organisation code with a check
// digit of its own (GB 11714) stands at positions nine to seventeen.
package uscc

import (
	"strings"

	"dengji/chaincode/fault"
)

// Length is the number of characters of a code.
const Length = 18

// Alphabet holds the characters of a code in the order of their values: no I, O,
// S, V, Z.
const Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var weights = [Length - 1]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// Check reports INVALID_USCC for a text that is not a code with the right check
// character. Lower case is refused: a code has one form.
func Check(code string) error {
	if len(code) != Length {
		return invalid("a code has 18 characters")
	}
	check, err := CheckCharacter(code[:Length-1])
	if err != nil {
		return err
	}
	if code[Length-1] != check {
		return invalid("the check character does not match")
	}
	return nil
}

// CheckCharacter computes the eighteenth character of the first seventeen.
func CheckCharacter(first17 string) (byte, error) {
	if len(first17) != Length-1 {
		return 0, invalid("a code has 18 characters")
	}
	sum := 0
	for i := range len(first17) {
		value := strings.IndexByte(Alphabet, first17[i])
		if value < 0 {
			return 0, invalid("only digits and capital letters without I, O, S, V, Z are used")
		}
		sum += value * weights[i]
	}
	return Alphabet[(31-sum%31)%31], nil
}

func invalid(reason string) error { return fault.New(fault.InvalidUSCC, fault.Detail("%s", reason)) }

// Warning is something unusual that does not make a code wrong: codes in use
// contradict each of these rules.
type Warning string

// The warnings.
const (
	WarningOrganisationCode Warning = "organisation-code" // positions 9-17 fail GB 11714
	WarningRegistrarKind    Warning = "registrar-kind"    // positions 1-2 are no known kind of body
)

// Body is the kind of body that the first two characters name.
type Body string

// Kinds of body that the registry meets.
const (
	BodyGovernment  Body = "government"  // 11, 机关
	BodyInstitution Body = "institution" // 12, 事业单位
	BodyEnterprise  Body = "enterprise"  // 91, 企业
	BodyOther       Body = "other"
)

// BodyOf gives the kind of body that a code's prefix names.
func BodyOf(code string) Body {
	switch {
	case strings.HasPrefix(code, "11"):
		return BodyGovernment
	case strings.HasPrefix(code, "12"):
		return BodyInstitution
	case strings.HasPrefix(code, "91"):
		return BodyEnterprise
	}
	return BodyOther
}

// Warnings gives what is unusual about a code that passes Check.
func Warnings(code string) []Warning {
	warnings := []Warning{}
	if len(code) != Length {
		return warnings
	}
	if !organisationCode(code[8:17]) {
		warnings = append(warnings, WarningOrganisationCode)
	}
	if BodyOf(code) == BodyOther {
		warnings = append(warnings, WarningRegistrarKind)
	}
	return warnings
}

// organisationCode checks the nine characters by GB 11714.
func organisationCode(code string) bool {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	sum := 0
	for i, weight := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		value := strings.IndexByte(alphabet, code[i])
		if value < 0 {
			return false
		}
		sum += value * weight
	}
	return code[8] == "0123456789X0"[11-sum%11]
}

// CheckField is Check for an input field: MISSING_FIELD when it is empty.
func CheckField(path, code string) error {
	if code == "" {
		return fault.New(fault.MissingField, fault.Field(path))
	}
	if err := Check(code); err != nil {
		return fault.New(fault.InvalidUSCC, fault.Field(path), fault.Detail("%s", fault.Of(err).Detail))
	}
	return nil
}
