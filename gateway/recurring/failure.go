package recurring

import (
	"errors"
	"strings"

	"dengji/chaincode/fault"
)

// Failure is why the last attempt at something failed, as it is kept and shown: a
// fault and a plain value, never an error's own words, which are for the log. The zero
// Failure says that none failed.
type Failure struct {
	Error       fault.Code `json:"error,omitempty"`
	ErrorDetail string     `json:"errorDetail,omitempty"`
}

// maxDetail bounds what is kept of a value, in bytes.
const maxDetail = 500

// FailureOf gives the fault that an error holds; one that holds none is otherwise. The
// zero Failure for nil.
func FailureOf(err error, otherwise fault.Code) Failure {
	if err == nil {
		return Failure{}
	}
	var known *fault.Error
	if !errors.As(err, &known) {
		return Failure{Error: otherwise}
	}
	detail := known.Detail[:min(len(known.Detail), maxDetail)]
	return Failure{Error: known.Code, ErrorDetail: strings.ToValidUTF8(detail, "")}
}

// Text writes a failure for a column of a database.
func (f Failure) Text() string { return strings.TrimSpace(string(f.Error) + " " + f.ErrorDetail) }

// ParseFailure reads what Text has written; anything else was our own failure.
func ParseFailure(text string) Failure {
	code, detail, _ := strings.Cut(text, " ")
	if _, known := fault.Lookup(fault.Code(code)); !known && text != "" {
		return Failure{Error: fault.Internal}
	}
	return Failure{Error: fault.Code(code), ErrorDetail: detail}
}
