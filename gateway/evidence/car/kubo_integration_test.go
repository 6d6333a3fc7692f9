//go:build integration

package car

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/kubotest"
)

func TestAStockKuboImportsAnArchiveAndGivesTheFileBack(t *testing.T) {
	repository := kubotest.New(t)
	for _, size := range []int{0, 1, contentid.ChunkSize + 1, 5*contentid.ChunkSize + 17} {
		whole := content(size)
		root, archive := export(t, whole)
		require.Contains(t, repository.Run(t, archive, "dag", "import"), root)
		require.True(t, bytes.Equal(whole, repository.Output(t, nil, "cat", root)))
	}
}
