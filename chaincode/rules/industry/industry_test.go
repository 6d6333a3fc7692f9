package industry_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/rules/industry"
)

func TestEveryDivisionBelongsToOneSection(t *testing.T) {
	for division := range 100 {
		sections := 0
		for _, section := range industry.Sections {
			if _, ok := industry.Lookup(fmt.Sprintf("%s%02d", section.Letter, division)); ok {
				sections++
			}
		}
		expected := 1
		if division == 0 || division > 97 {
			expected = 0
		}
		require.Equal(t, expected, sections, "division %02d", division)
	}
}

func TestCodesOfEveryDepthAreAccepted(t *testing.T) {
	for _, code := range []string{"A", "T", "I65", "I651", "I6510", "G54", "T97"} {
		require.NoError(t, industry.Check("industry", code), code)
	}
	section, ok := industry.Lookup("I6510")
	require.True(t, ok)
	require.Equal(t, "信息传输、软件和信息技术服务业", section.Name.ZH)
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	for _, code := range []string{"U", "I6", "I62", "I66", "I65100", "65", "i65", "I6X", "I65 ", "信"} {
		require.Equal(t, fault.InvalidValue, fault.CodeOf(industry.Check("industry", code)), code)
	}
	require.Equal(t, fault.MissingField, fault.CodeOf(industry.Check("industry", "")))
}
