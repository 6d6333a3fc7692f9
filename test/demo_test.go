//go:build integration

package test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDemoTellsItsStoryOnANewNetworkAndAgain(t *testing.T) {
	for _, line := range []string{"目录上链", "新增: 333", "NOTICE_NOT_OVER", "ENDORSEMENT_POLICY_FAILURE", "登记编码 110000R", "registered"} {
		require.Contains(t, firstTelling, line)
	}
	again, err := sandbox.run("demo", "--lang", "en")
	require.NoError(t, err)
	require.Contains(t, again, "unchanged (nothing written): 333")
	require.Contains(t, again, "created: 0")
	require.Contains(t, again, "state: registered")
	require.Contains(t, again, "departments imported their catalogues in 0 transactions")
}
