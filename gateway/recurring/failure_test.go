package recurring_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/gateway/recurring"
)

func TestAFailureIsKeptAsAFaultAndAValueNeverInAnErrorsWords(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		kept recurring.Failure
	}{
		"none":                    {nil, recurring.Failure{}},
		"one without a fault":     {errors.New("dial tcp 10.0.0.1:443"), recurring.Failure{Error: fault.NationalUnreachable}},
		"a fault inside another":  {fmt.Errorf("national: %w", fault.New(fault.NotOwner)), recurring.Failure{Error: fault.NotOwner}},
		"a fault with a value":    {fault.New(fault.NationalRefused, fault.Detail("E17 no such division")), recurring.Failure{Error: fault.NationalRefused, ErrorDetail: "E17 no such division"}},
		"a value that is endless": {fault.New(fault.NationalRefused, fault.Detail("%s", strings.Repeat("拒", 1000))), recurring.Failure{Error: fault.NationalRefused, ErrorDetail: strings.Repeat("拒", 166)}},
	} {
		t.Run(name, func(t *testing.T) {
			kept := recurring.FailureOf(c.err, fault.NationalUnreachable)
			require.Equal(t, c.kept, kept)
			require.Equal(t, c.kept, recurring.ParseFailure(kept.Text()))
		})
	}
	require.Equal(t, recurring.Failure{Error: fault.Internal}, recurring.ParseFailure("national: dial tcp"), "as it was once written")
}
