package division_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/rules/division"
)

func TestTheTableIsInOrderAndNamesEveryDivisionOnce(t *testing.T) {
	require.Len(t, division.Table, 18, "the city, its sixteen districts and the development area")
	for i, row := range division.Table {
		require.Regexp(t, `^11\d{4}$`, row.Code)
		require.NotEmpty(t, row.Name.ZH)
		require.NotEmpty(t, row.Name.EN)
		require.True(t, i == 0 || division.Table[i-1].Code < row.Code)
		found, ok := division.Lookup(row.Code)
		require.True(t, ok)
		require.Equal(t, row, found)
		require.NoError(t, division.Check("division", row.Code))
	}
}

func TestDivisionsOfElsewhereAreRefused(t *testing.T) {
	for _, code := range []string{"310000", "110103", "110200", "1101", "海淀"} {
		require.Equal(t, fault.InvalidValue, fault.CodeOf(division.Check("division", code)), code)
	}
	require.Equal(t, fault.MissingField, fault.CodeOf(division.Check("division", "")))
}
