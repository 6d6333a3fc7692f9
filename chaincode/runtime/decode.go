package runtime

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// maxNamed is how much of a hostile name an error repeats, in bytes.
const maxNamed = 100

// decode reads a request document: at most ledger.MaxRequestBytes of valid UTF-8,
// one JSON object without duplicate, unknown or differently cased names and
// nothing behind it. Its depth is bounded by the request type, which holds no
// recursion.
func decode[Request any](request string) (Request, error) {
	var document Request
	if len(request) > ledger.MaxRequestBytes {
		return document, fault.New(fault.RequestTooLarge, fault.Value("limitBytes", fmt.Sprint(ledger.MaxRequestBytes)))
	}
	if !utf8.ValidString(request) {
		return document, fault.New(fault.InvalidEncoding)
	}
	if !strings.HasPrefix(strings.TrimLeft(request, " \t\r\n"), "{") {
		return document, fault.New(fault.MalformedRequest, fault.Detail("a JSON object is expected"))
	}
	if err := json.Unmarshal([]byte(request), &document, json.RejectUnknownMembers(true)); err != nil {
		return document, decodeFault(err)
	}
	return document, nil
}

func decodeFault(err error) error {
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

// encode gives a record's or answer's bytes. Field order and sorted map keys make
// them equal on every endorser. A nil slice at the top is written as [].
func encode(value any) ([]byte, error) {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.IsNil() {
		return []byte("[]"), nil
	}
	var b bytes.Buffer
	encoder := stdjson.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode %T: %w", value, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
