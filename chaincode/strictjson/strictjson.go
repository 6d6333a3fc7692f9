// Package strictjson reads a request document: at most a given size of valid
// UTF-8, one JSON object without duplicate, unknown or differently cased names,
// and nothing behind it. Every refusal is a fault that names the field.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dengji/chaincode/fault"
)

// maxNamed is how much of a hostile name an error repeats, in bytes.
const maxNamed = 100

// Decode reads a document into a type. The type must hold no recursion: it bounds
// the depth. Errors: REQUEST_TOO_LARGE, INVALID_ENCODING, MALFORMED_REQUEST,
// UNKNOWN_FIELD.
func Decode[T any](request []byte, limit int) (T, error) {
	var document T
	if len(request) > limit {
		return document, fault.New(fault.RequestTooLarge, fault.Value("limitBytes", fmt.Sprint(limit)))
	}
	if !utf8.Valid(request) {
		return document, fault.New(fault.InvalidEncoding)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(request, " \t\r\n"), []byte("{")) {
		return document, fault.New(fault.MalformedRequest, fault.Detail("a JSON object is expected"))
	}
	if err := json.Unmarshal(request, &document, json.RejectUnknownMembers(true)); err != nil {
		return document, refused(err)
	}
	return document, nil
}

func refused(err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		if errors.Is(semantic.Err, json.ErrUnknownName) {
			return fault.New(fault.UnknownField, fault.Field(path(semantic.JSONPointer)))
		}
		return fault.New(fault.MalformedRequest, fault.Field(path(semantic.JSONPointer)),
			fault.Detail("%s is not accepted here", kindName(semantic.JSONKind)))
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return fault.New(fault.MalformedRequest, fault.Field(path(syntactic.JSONPointer)), fault.Detail("the name stands twice"))
		}
		return fault.New(fault.MalformedRequest, fault.Detail("invalid JSON at byte %d", syntactic.ByteOffset))
	}
	return fault.New(fault.MalformedRequest, fault.Cause(err))
}

func kindName(kind jsontext.Kind) string {
	if kind == 0 {
		return "this value"
	}
	return kind.String()
}

// path writes a JSON pointer as the field path of a fault: entries[3].name.
func path(pointer jsontext.Pointer) string {
	var b strings.Builder
	for token := range pointer.Tokens() {
		switch {
		case isIndex(token):
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + clip(token))
		default:
			b.WriteString(clip(token))
		}
	}
	return b.String()
}

func isIndex(token string) bool {
	return token != "" && len(token) <= 7 && strings.Trim(token, "0123456789") == ""
}

func clip(text string) string {
	if len(text) <= maxNamed {
		return text
	}
	return strings.ToValidUTF8(text[:maxNamed], "") + "…"
}
