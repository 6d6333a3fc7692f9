//go:build integration

package verify_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/kubotest"
)

func TestTheGuidesCommandOfIPFSNamesEvidenceAsTheSlipDoes(t *testing.T) {
	command := regexp.MustCompile(`\(ipfs (.*) evidence\.csv\)`).FindStringSubmatch(commands(t, "sh ipfs"))
	require.NotNil(t, command)
	repository := kubotest.New(t)
	for name, size := range map[string]int{"a short file": 30, "a file of one chunk and a byte": 1<<20 + 1} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "evidence.csv")
			content := strings.Repeat("线", size)[:size]
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			id, err := contentid.Compute(context.Background(), strings.NewReader(content))
			require.NoError(t, err)
			require.Equal(t, id.CID, repository.Run(t, nil, append(strings.Fields(command[1]), path)...))
		})
	}
}
