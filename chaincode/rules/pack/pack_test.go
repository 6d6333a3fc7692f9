package pack_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/rules/pack"
	"dengji/fixtures/rulepacks"
)

func TestShippedPacksAreValid(t *testing.T) {
	all, err := rulepacks.All()
	require.NoError(t, err)
	for _, p := range all {
		require.NoError(t, pack.Validate(p), p.ID)
	}
}
