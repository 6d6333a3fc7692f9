package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Code is the stable name of an error. It is part of the API and MUST NOT change
// its meaning.
type Code string

// Error is an error that a user may see. Detail is a plain value (what was given,
// what is missing), never internals; the cause is for the log alone.
type Error struct {
	Code    Code              `json:"code"`
	Field   string            `json:"field,omitempty"`   // JSON path of the offending input
	Article string            `json:"article,omitempty"` // overrides the table's article, e.g. from a rule pack
	Detail  string            `json:"detail,omitempty"`
	Values  map[string]string `json:"values,omitempty"` // named facts, e.g. due date, state, missing kinds
	cause   error
}

// Option adds a fact to an Error.
type Option func(*Error)

// Field names the offending input.
func Field(path string) Option { return func(e *Error) { e.Field = path } }

// Detail gives the plain value concerned.
func Detail(format string, args ...any) Option {
	return func(e *Error) { e.Detail = fmt.Sprintf(format, args...) }
}

// Article overrides the article of the table.
func Article(article string) Option { return func(e *Error) { e.Article = article } }

// Value adds a named fact.
func Value(name, value string) Option {
	return func(e *Error) {
		if e.Values == nil {
			e.Values = map[string]string{}
		}
		e.Values[name] = value
	}
}

// Cause attaches an internal error, for errors.Is, errors.As and the log. It does
// not travel.
func Cause(err error) Option { return func(e *Error) { e.cause = err } }

// New makes an Error of a code of the table. A code that the table lacks is a
// programming error and becomes Internal.
func New(code Code, options ...Option) *Error {
	if _, ok := index[code]; !ok {
		return &Error{Code: Internal, cause: fmt.Errorf("fault: code %q is not in the table", code)}
	}
	e := &Error{Code: code}
	for _, option := range options {
		option(e)
	}
	if e.Article == "" {
		e.Article = index[code].Article
	}
	return e
}

// Error gives a line for logs: code, field, detail, cause.
func (e *Error) Error() string {
	parts := []string{string(e.Code)}
	if e.Field != "" {
		parts = append(parts, "field "+e.Field)
	}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	if e.cause != nil {
		parts = append(parts, e.cause.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is matches another Error of the same code, so that errors.Is(err,
// fault.New(fault.NotFound)) works.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Row gives the table's row of the error.
func (e *Error) Row() Row { return index[e.Code] }

// Wire gives the form that travels in a Fabric response message. Map keys are
// sorted by encoding/json, so endorsers agree on it.
func (e *Error) Wire() string {
	text, err := json.Marshal(e)
	if err != nil { // strings and a string map always marshal
		return `{"code":"INTERNAL"}`
	}
	return string(text)
}

// Of finds the Error in a chain; any other error becomes Internal with the error
// as its cause. Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, cause: err}
}

// Parse finds a wire form inside a message, such as a Fabric endorsement error.
// It reports false where there is none or its code is not in the table.
func Parse(message string) (*Error, bool) {
	start := strings.Index(message, `{"code":"`)
	if start < 0 {
		return nil, false
	}
	var e Error
	decoded := json.NewDecoder(strings.NewReader(message[start:])).Decode(&e) == nil
	if _, known := index[e.Code]; !decoded || !known {
		return nil, false
	}
	return &e, true
}

// CodeOf gives the code of the Error in a chain, Internal for any other error and
// "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return Of(err).Code
}
