//go:build integration

package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tested finds the commands of a README that are marked to be run.
var tested = regexp.MustCompile("(?s)<!-- tested -->\n```sh\n(.*?)```")

func snippets(t *testing.T, readme string) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", readme))
	require.NoError(t, err)
	var blocks []string
	for _, match := range tested.FindAllStringSubmatch(string(content), -1) {
		blocks = append(blocks, match[1])
	}
	require.NotEmpty(t, blocks, readme)
	return blocks
}

// TestREADMESnippetsWorkOnARunningPlatform runs the commands of each README in
// one shell, one block after the other, as a reader would.
func TestREADMESnippetsWorkOnARunningPlatform(t *testing.T) {
	for _, readme := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(readme, func(t *testing.T) {
			folder := t.TempDir()
			programs, err := filepath.Abs("../bin")
			require.NoError(t, err)
			require.NoError(t, os.Symlink(programs, filepath.Join(folder, "bin")))
			shell := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", strings.Join(snippets(t, readme), "\n"))
			shell.Dir, shell.Env = folder, sandbox.command(t.Context()).Env
			output, err := shell.CombinedOutput()
			require.NoError(t, err, "%s", output)
			printed := string(output)
			for _, expected := range []string{"2026-10-09", "registrant 北京市交通委员会", "Art. 24", "ROLE_NOT_ALLOWED", "AuthorityMSP, DistrictsMSP, RegistrarMSP"} {
				require.Contains(t, printed, expected)
			}
			require.Regexp(t, `"cid": "(bafkrei\w+)"`, printed)
			cid := regexp.MustCompile(`"cid": "(\w+)"`).FindStringSubmatch(printed)[1]
			require.Contains(t, printed, "\n"+cid+" sm3:", "the command computes the CID that the ledger holds")
		})
	}
}
