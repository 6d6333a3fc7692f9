package code

import (
	"dengji/chaincode/fault"
)

// The letters that record ids begin with.
const (
	LetterApplication = 'A'
	LetterObjection   = 'B'
	LetterMandate     = 'M'
	LetterSupervision = 'V'
)

// identifierLength is a letter, twelve characters and a check character.
const identifierLength = 14

// Identifier makes the id of the record that a transaction creates: a letter, 60
// bits derived from the transaction id, and a check character.
func Identifier(letter byte, txID string) string {
	body := string(letter) + derived("record "+string(letter), txID, identifierLength-2)
	check, _ := CheckCharacter(body)
	return body + string(check)
}

// ParseIdentifier reads a record id in any case and gives its stored form; one of
// another letter or with a wrong check character is INVALID_VALUE.
func ParseIdentifier(letter byte, text, field string) (string, error) {
	refused := fault.New(fault.InvalidValue, fault.Field(field), fault.Detail("%.40q", text))
	if len(text) > 2*identifierLength {
		return "", refused
	}
	id := compact(text)
	if len(id) != identifierLength || id[0] != letter {
		return "", refused
	}
	id = id[:1] + normalizeCrockford.Replace(id[1:identifierLength-1]) + id[identifierLength-1:]
	if !isCrockford(id[1:identifierLength-1]) || !checks(id) {
		return "", refused
	}
	return id, nil
}
