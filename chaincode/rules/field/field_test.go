package field_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/rules/field"
)

func TestFieldsAreCheckedAndNamed(t *testing.T) {
	list := []string{"a", "b"}
	cases := map[string]struct {
		err  error
		code fault.Code
	}{
		"a line":                              {field.Line("f", "线路", 2), ""},
		"a line of blanks":                    {field.Line("f", " 　\t", 9), fault.MissingField},
		"an empty line":                       {field.Line("f", "", 9), fault.MissingField},
		"an empty line that may be":           {field.OptionalLine("f", "", 9), ""},
		"a line with a line end":              {field.Line("f", "a\nb", 9), fault.InvalidValue},
		"a line with a delete character":      {field.Line("f", "a\x7f", 9), fault.InvalidValue},
		"a line of one code point too many":   {field.Line("f", "线路一", 2), fault.FieldTooLong},
		"a line that is no text":              {field.Line("f", "a\xff", 9), fault.InvalidEncoding},
		"prose of several lines":              {field.Prose("f", "a\r\n\tb", 9), ""},
		"prose with a bell":                   {field.Prose("f", "a\ab", 9), fault.InvalidValue},
		"empty prose":                         {field.Prose("f", "\n", 9), fault.MissingField},
		"prose of one code point too many":    {field.Prose("f", strings.Repeat("字", 10), 9), fault.FieldTooLong},
		"a value of the list":                 {field.OneOf("f", "b", list), ""},
		"a value that is not of the list":     {field.OneOf("f", "c", list), fault.InvalidValue},
		"no value where one of a list is due": {field.OneOf("f", "", list), fault.MissingField},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.code, fault.CodeOf(c.err))
			if c.err != nil {
				require.Equal(t, "f", fault.Of(c.err).Field)
			}
		})
	}
}
