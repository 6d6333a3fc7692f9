package code_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/rules/code"
)

func TestANationalCodeIsReadAsPeopleTypeIt(t *testing.T) {
	for typed, expected := range map[string]string{
		" gj-2026-000001 ":      "GJ-2026-000001",
		"12345678":              "12345678",
		strings.Repeat("A", 64): strings.Repeat("A", 64),
	} {
		read, err := code.ParseNational(typed)
		require.NoError(t, err)
		require.Equal(t, expected, read)
	}
	for _, typed := range []string{"", "1234567", strings.Repeat("A", 65), strings.Repeat(" ", 200), "GJ 2026 0001", "国家2026-0001", "GJ_2026_0001", "GJ-2026-0001\x00"} {
		_, err := code.ParseNational(typed)
		require.Error(t, err, "%q", typed)
	}
}
