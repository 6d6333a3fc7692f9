//go:build integration

package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/test/judge"
)

func TestThePaperOfARealNetworkProvesItselfAgainstTheServedTrustAnchors(t *testing.T) {
	code := sandbox.codeWith(t, ledger.RegistrationActive)
	sheet, err := sandbox.login(t, "issuer1").Slip(t.Context(), code, "pdf")
	require.NoError(t, err)
	anchors, err := client.New(sandbox.base()).Read(t.Context(), "/trust.json", "")
	require.NoError(t, err)
	folder := t.TempDir()
	path := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	picture := filepath.Join(folder, "paper")
	output, err := exec.CommandContext(t.Context(), judge.Program(t, "pdftoppm"), "-r", "150", "-png", "-singlefile", path("slip.pdf", sheet), picture).CombinedOutput()
	require.NoError(t, err, string(output))
	read, err := exec.CommandContext(t.Context(), judge.Program(t, "zbarimg"), "--quiet", "--raw", picture+".png").Output()
	require.NoError(t, err)
	proof := ""
	for line := range strings.Lines(string(read)) {
		if !strings.HasPrefix(line, "http") {
			proof = strings.TrimSuffix(line, "\n")
		}
	}
	require.NotEmpty(t, proof)
	verifier, err := filepath.Abs("../bin/dengji-verify")
	require.NoError(t, err)
	checking := exec.CommandContext(t.Context(), verifier, "proof", "-", "--roots", path("trust.json", anchors), "--authenticity-only", "--lang", "en")
	checking.Stdin = strings.NewReader(proof)
	output, err = checking.CombinedOutput()
	require.NoError(t, err, string(output))
	require.Contains(t, strings.ReplaceAll(string(output), "-", ""), code)
}
