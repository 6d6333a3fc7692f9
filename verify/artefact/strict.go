package artefact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"dengji/chaincode/canonical"
)

// ErrMalformed is the error of every document that is not in the one form that
// its content has.
var ErrMalformed = errors.New("artefact: malformed")

// decode reads a document of at most limit bytes that is exactly the canonical
// form of the value it holds. This refuses unknown and repeated fields, other
// orders, spellings and white space at once.
func decode(content []byte, limit int, into any) error {
	if len(content) > limit {
		return fmt.Errorf("%w: larger than %d bytes", ErrMalformed, limit)
	}
	if !utf8.Valid(content) {
		return fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	form, err := canonical.JSON(into)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !bytes.Equal(form, content) {
		return fmt.Errorf("%w: not the canonical form (RFC 8785) of its content", ErrMalformed)
	}
	return nil
}

// checkHeading refuses another format, and a schema of another time.
func checkHeading(format, wantFormat string, schema, wantSchema int) error {
	if format != wantFormat {
		return fmt.Errorf("%w: format %q, want %q", ErrMalformed, format, wantFormat)
	}
	if schema != wantSchema {
		return fmt.Errorf("%w: schema %d is not known, want %d", ErrMalformed, schema, wantSchema)
	}
	return nil
}
