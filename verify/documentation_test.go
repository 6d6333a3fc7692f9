package verify_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/slip"
	"dengji/test/judge"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

func guide(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "docs", "verification.md"))
	require.NoError(t, err)
	return string(content)
}

// commands gives the code blocks of a kind, in order.
func commands(t *testing.T, kind string) string {
	t.Helper()
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)\n```"+kind+"\n(.*?)```").FindAllStringSubmatch(guide(t), -1) {
		blocks = append(blocks, match[1])
	}
	require.NotEmpty(t, blocks)
	return strings.Join(blocks, "")
}

// folder is what a third party holds who follows the guide.
func folder(t *testing.T, s scene) string {
	t.Helper()
	dir := t.TempDir()
	pdf, err := slip.Print(context.Background(), s.signed, proofOf(t, s), s.network.Signer)
	require.NoError(t, err)
	trust, err := artefact.SignedTrust{Anchors: s.network.Trust, Signatures: []artefact.TrustSignature{}}.Bytes()
	require.NoError(t, err)
	for name, content := range map[string][]byte{"slip.pdf": pdf, "attestation.json": s.attestation, "trust.json": trust} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return dir
}

func follow(t *testing.T, dir, script string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", script)
	command.Dir = dir
	output, err := command.CombinedOutput()
	return string(output), err
}

func TestTheGuidesStockToolsVerifyASlip(t *testing.T) {
	for _, name := range []string{"bash", "openssl", "jq", "pdfdetach"} {
		judge.Program(t, name)
	}
	script := commands(t, "sh")
	t.Run("a genuine one", func(t *testing.T) {
		output, err := follow(t, folder(t, holding(t, ledger.ModeProduction)), script)
		require.NoError(t, err, output)
		require.Contains(t, output, "2029-03-02")
	})
	t.Run("and refuse one with one more byte in its sheet", func(t *testing.T) {
		dir := folder(t, holding(t, ledger.ModeProduction))
		path := filepath.Join(dir, "slip.pdf")
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		content[2000] ^= 1
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err = follow(t, dir, script)
		require.Error(t, err)
	})
	t.Run("and refuse the attestation of another network", func(t *testing.T) {
		s := holding(t, ledger.ModeProduction)
		s.attestation = verifytest.New(t, ledger.ModeProduction).Attest(t, s.network.Answer(t, s.signed.Slip), verifytest.Required...)
		output, err := follow(t, folder(t, s), script)
		require.Error(t, err, output)
	})
	t.Run("and refuse a registration that was revoked", func(t *testing.T) {
		s := holding(t, ledger.ModeProduction)
		answer := s.network.Answer(t, s.signed.Slip)
		answer.Status = ledger.RegistrationRevoked
		s.attestation = s.network.Attest(t, answer, verifytest.Required...)
		output, err := follow(t, folder(t, s), script)
		require.Error(t, err, output)
	})
}

func TestTheGuideNamesEveryCheckAndReason(t *testing.T) {
	text := guide(t)
	for reason, sentence := range verify.Reasons {
		require.Contains(t, text, "`"+string(reason)+"`")
		require.NotEmpty(t, sentence.ZH)
		require.NotEmpty(t, sentence.EN)
	}
	for name := range verify.Labels {
		require.Contains(t, text, "| `"+string(name)+"` |")
	}
}
