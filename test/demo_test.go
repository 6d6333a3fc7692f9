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
	for chapter, proof := range map[string]string{"the one-time rule": "ONE_TIME_RULE", "an objection upheld": "状态: upheld", "an objection open after the notice": "OBJECTIONS_OPEN",
		"a late objection": "NOTICE_OVER", "a change": "第 1 版 → 第 2 版", "a correction": "第 2 版 → 第 3 版", "a revocation": "VERIFIED_FINDING_REQUIRED",
		"two packs at once": "variant-extended-notice@1", "a renewal": "OUTSIDE_RENEWAL_WINDOW", "a reissued slip": "新的确认单写明取代第 3 版", "an expiry": "NOT_EXPIRED", "a replay": "仅凭步骤即可推出记录的状态", "the evaluation": "逾期 1 次"} {
		require.Contains(t, firstTelling, proof, chapter)
	}
	again, err := sandbox.run("demo", "--lang", "en")
	require.NoError(t, err)
	require.Contains(t, again, "unchanged (nothing written): 333")
	require.Contains(t, again, "created: 0")
	require.Contains(t, again, "state: registered")
	require.Contains(t, again, "departments imported their catalogues in 0 transactions")
}
