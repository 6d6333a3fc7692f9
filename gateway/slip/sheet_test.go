package slip_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/slip"
	"dengji/test/judge"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

func printed(t *testing.T, n *verifytest.Network, document artefact.Slip, proof string) (path string) {
	t.Helper()
	content, err := slip.Print(context.Background(), n.Sign(t, document), proof, n.Signer)
	require.NoError(t, err)
	path = filepath.Join(t.TempDir(), "slip.pdf")
	if keep := os.Getenv("DENGJI_KEEP_SLIPS"); keep != "" {
		path = filepath.Join(keep, strings.ReplaceAll(t.Name(), "/", "-")+".pdf")
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), judge.Program(t, program), arguments...).CombinedOutput()
	require.NoError(t, err, string(output))
	return string(output)
}

func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

func TestPopplerReadsEveryFieldOfASlip(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	document := n.Slip()
	document.Publicised.Summary = strings.Repeat("本数据资源包含全市公共交通线路、站点与首末班时间等信息，用于出行服务与城市治理。", 50)
	document.Joint = []ledger.JointParty{{USCC: "12110000000000000X", Name: "共同登记单位", Confirmed: true}}
	document.Version, document.Replaces = 2, &artefact.Replaced{Version: 1, SlipDigest: "sm3:" + strings.Repeat("0a", 32)}
	text := squeezed(run(t, "pdftotext", "-layout", printed(t, n, document, ""), "-"))
	public := document.Publicised
	for _, want := range []string{"公共数据资源登记确认单", public.DataName, public.RegistrantName, squeezed(public.Industry), public.Registrar,
		public.Platform, document.Registrant, "110000-R2026-ABCDEFG-4", "0123-4567-89AB-CDEF", document.ValidUntil,
		document.Evidence[0], document.IssuingTxID, document.Application, "共同登记单位", "本确认单取代第1版确认单"} {
		require.Contains(t, text, squeezed(want))
	}
	require.Equal(t, 50, strings.Count(strings.ReplaceAll(text, "数据内容简介", ""), "用于出行服务与城市治理"), "the whole summary is shown, whatever its length")
}

func TestNoDateIsBrokenBetweenTwoLines(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	document := n.Slip()
	var summary strings.Builder
	for padding := range 40 {
		summary.WriteString(strings.Repeat("数", padding) + "2026-11-28。")
	}
	document.Publicised.Summary = summary.String()
	text := run(t, "pdftotext", "-layout", printed(t, n, document, ""), "-")
	require.Equal(t, 40, strings.Count(text, "2026-11-28"))
	require.Equal(t, 40*39/2, strings.Count(text, "数")-strings.Count(text, "数据")-strings.Count(text, "函数"), "no character is lost")
}

func TestASandboxSlipSaysSoOnEveryPage(t *testing.T) {
	n := verifytest.New(t, ledger.ModeSandbox)
	document := n.Slip()
	document.Publicised.Summary = strings.Repeat("长", 2000)
	path := printed(t, n, document, "")
	require.Contains(t, run(t, "pdftotext", path, "-"), "沙箱环境样张")
	for _, page := range []string{"1", "2"} {
		require.Contains(t, squeezed(run(t, "pdftotext", "-f", page, "-l", page, path, "-")), "沙箱环境样张")
	}
	production := verifytest.New(t, ledger.ModeProduction)
	require.NotContains(t, run(t, "pdftotext", printed(t, production, production.Slip(), ""), "-"), "沙箱")
}

func TestPopplerDetachesTheSlipAndTheSeal(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	signed := n.Sign(t, n.Slip())
	content, err := slip.Print(context.Background(), signed, "", n.Signer)
	require.NoError(t, err)
	work := t.TempDir()
	path := filepath.Join(work, "slip.pdf")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	run(t, "pdfdetach", "-saveall", "-o", work, path)
	want, err := signed.Bytes()
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(work, artefact.AttachedSlip))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	seal, err := os.ReadFile(filepath.Join(work, artefact.AttachedSeal))
	require.NoError(t, err)
	require.True(t, json.Valid(seal))
}

func TestAnotherLibraryFindsThePDFValid(t *testing.T) {
	n := verifytest.New(t, ledger.ModeSandbox)
	require.NoError(t, api.ValidateFile(printed(t, n, n.Slip(), "PROOF"), nil))
}

func TestAnOrdinarySlipIsOnePage(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	document := n.Slip()
	document.Publicised.Summary = strings.Repeat("本数据资源包含全市公共交通线路、站点与首末班时间等信息，用于出行服务与城市治理。", 3)
	for range 5 {
		document.Evidence = append(document.Evidence, document.Evidence[0])
	}
	bundle, err := artefact.ParseAttestation(n.Attest(t, n.Answer(t, document), verifytest.Required...))
	require.NoError(t, err)
	proof, err := artefact.BuildProof(context.Background(), bundle, n.Signer)
	require.NoError(t, err)
	require.Contains(t, squeezed(run(t, "pdfinfo", printed(t, n, document, proof))), "Pages:1")
}

func TestThePaperAloneVerifies(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	bundle, err := artefact.ParseAttestation(n.Attest(t, n.Answer(t, n.Slip()), verifytest.Required...))
	require.NoError(t, err)
	proof, err := slip.Proof(context.Background(), bundle, n.Signer)
	require.NoError(t, err)
	path := printed(t, n, n.Slip(), proof)
	picture := filepath.Join(t.TempDir(), "paper")
	run(t, "pdftoppm", "-r", "150", "-png", "-singlefile", path, picture)
	output, err := exec.CommandContext(t.Context(), judge.Program(t, "zbarimg"), "--quiet", "--raw", picture+".png").Output()
	require.NoError(t, err)
	codes := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	require.ElementsMatch(t, []string{proof, n.Slip().VerificationURL}, codes)
	require.Equal(t, verify.Authentic, verify.Proof(proof, verify.Options{Trust: &n.Trust, At: verifytest.Now}).Verdict)
}

func TestTheSameSlipGivesTheSameSheet(t *testing.T) {
	n := verifytest.New(t, ledger.ModeSandbox)
	signed := n.Sign(t, n.Slip())
	first, err := slip.Sheet(signed, "PROOF")
	require.NoError(t, err)
	second, err := slip.Sheet(signed, "PROOF")
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func TestACharacterThatTheFontLacksIsNamedAndNotDropped(t *testing.T) {
	n := verifytest.New(t, ledger.ModeProduction)
	document := n.Slip()
	document.Publicised.RegistrantName = "北京𬭎某中心\u0007"
	text := run(t, "pdftotext", printed(t, n, document, ""), "-")
	require.Contains(t, text, "北京〔U+2CB4E〕某中心")
}
