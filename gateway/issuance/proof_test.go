package issuance_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
	"dengji/test/judge"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

// attestor lets simulated peers sign what the ledger in memory says.
type attestor struct {
	t        *testing.T
	platform *gatewaytest.Platform
	peers    *verifytest.Network
	asked    int
}

func (a *attestor) Collect(ctx context.Context, code, nonce string) (artefact.AttestationBundle, error) {
	a.asked++
	own, err := a.platform.Accounts.Find(ctx, contracttest.Operator.ID)
	require.NoError(a.t, err)
	answer, err := ledgerclient.EvaluateFor[ledger.Attestation](ctx, a.platform.Ledger, own.Identity,
		ledgerclient.Call{Transaction: ledger.TxAttest, Request: ledger.AttestRequest{Code: code, Nonce: nonce}})
	require.NoError(a.t, err)
	return artefact.ParseAttestation(a.peers.Attest(a.t, answer, verifytest.Required...))
}

func sheet(t *testing.T, p *gatewaytest.Platform, code string) []byte {
	t.Helper()
	status, content := p.Get(contracttest.Haidian, "/registrations/"+code+"/slip.pdf")
	require.Equal(t, http.StatusOK, status)
	return content
}

// codesOf reads the QR codes of a sheet as a phone does.
func codesOf(t *testing.T, content []byte) []string {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "slip.pdf")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	picture := filepath.Join(folder, "paper")
	output, err := exec.CommandContext(t.Context(), judge.Program(t, "pdftoppm"), "-r", "150", "-png", "-singlefile", path, picture).CombinedOutput()
	require.NoError(t, err, string(output))
	output, err = exec.CommandContext(t.Context(), judge.Program(t, "zbarimg"), "--quiet", "--raw", picture+".png").Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

func TestTheSheetOfAnIssuedCodeProvesItself(t *testing.T) {
	p := gatewaytest.New(t)
	peers := &attestor{t: t, platform: p, peers: verifytest.New(t, ledger.ModeSandbox)}
	p.Desk.Attestor = peers
	registration := p.Issued()
	require.Equal(t, 1, peers.asked, "the organisations are asked at issuance")
	first := sheet(t, p, registration.Code)
	require.Equal(t, 1, peers.asked, "and not again for each sheet")
	codes := codesOf(t, first)
	require.Len(t, codes, 2, "the link and the proof")
	anchors := verify.NewTrust(contracttest.Stored[ledger.Network](p.Stage, ledger.NetworkKey()), ledger.ChaincodeName,
		contracttest.Start, p.Desk.Signer.Certificates(), peers.peers.Trust.Organisations)
	for _, text := range codes {
		if strings.HasPrefix(text, "https://") {
			continue
		}
		report := verify.Proof(text, verify.Options{Trust: &anchors.Anchors, At: p.Stage.Clock.Now()})
		require.NotNil(t, report.Attestation, "%+v", report.Checks)
		require.Equal(t, verify.Authentic, report.Verdict, "%+v", report.Checks)
		require.Equal(t, registration.Code, report.Attestation.Code)
		require.Equal(t, registration.Publicised, *report.Attestation.Publicised)
	}
}

func TestASheetIsNotHeldBackByAnOrganisationThatCannotBeAsked(t *testing.T) {
	p := gatewaytest.New(t) // whose organisations cannot be asked
	registration := p.Issued()
	require.Len(t, codesOf(t, sheet(t, p, registration.Code)), 1, "the link alone")
	peers := &attestor{t: t, platform: p, peers: verifytest.New(t, ledger.ModeSandbox)}
	p.Desk.Attestor = peers
	require.Len(t, codesOf(t, sheet(t, p, registration.Code)), 2, "once they can, the proof is on it")
}
