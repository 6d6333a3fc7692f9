package page_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/slip"
	"dengji/test/browser"
	"dengji/test/judge"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/page"
	"dengji/verify/verifytest"
)

func TestMain(m *testing.M) { browser.Main(m) }

func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	content, err := command.Output()
	require.NoError(t, err)
	return string(content)
}

// built compiles the verifier and gives it with its loader.
func built(t *testing.T) (verifier, loader string) {
	t.Helper()
	verifier = filepath.Join(t.TempDir(), "verify.wasm")
	build := exec.CommandContext(t.Context(), judge.Program(t, "go"), "build", "-o", verifier, "dengji/verify/wasm")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	message, err := build.CombinedOutput()
	require.NoError(t, err, string(message))
	root := output(t, exec.CommandContext(t.Context(), judge.Program(t, "go"), "env", "GOROOT"))
	return verifier, filepath.Join(root[:len(root)-1], "lib", "wasm", "wasm_exec.js")
}

// harness runs the verifier as the page does, on files named in the arguments.
const harness = `
const fs = require("fs");
const [loader, verifier, options, slip, pdf, forged, proof] = process.argv.slice(1);
require(loader);
(async () => {
  const go = new Go();
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(verifier), go.importObject);
  go.run(instance);
  const asked = fs.readFileSync(options, "utf8");
  const reports = [slip, pdf, forged].map((file) => JSON.parse(dengji.verify(new Uint8Array(fs.readFileSync(file)), asked)));
  reports.push(JSON.parse(dengji.proof(fs.readFileSync(proof, "utf8"), asked)));
  reports.push(JSON.parse(dengji.verify(new Uint8Array(0), "{")), JSON.parse(dengji.verify()));
  process.stdout.write(JSON.stringify(reports), () => process.exit(0));
})();
`

func TestTheBrowsersVerifierAnswersAsTheLibraryDoes(t *testing.T) {
	node := judge.Program(t, "node")
	verifier, loader := built(t)
	n := verifytest.New(t, ledger.ModeProduction)
	signed := n.Sign(t, n.Slip())
	document, err := signed.Bytes()
	require.NoError(t, err)
	attestation := n.Attest(t, n.Answer(t, signed.Slip), verifytest.Required...)
	proof := proofOf(t, n, attestation)
	pdf, err := slip.Print(context.Background(), signed, proof, n.Signer)
	require.NoError(t, err)
	forged := append([]byte{}, document...)
	forged[len(forged)/2] ^= 1
	trust, err := artefact.SignedTrust{Anchors: n.Trust, Signatures: []artefact.TrustSignature{}}.Bytes()
	require.NoError(t, err)
	options, err := json.Marshal(map[string]string{"trust": string(trust), "attestation": string(attestation), "at": verifytest.Now.Format(time.RFC3339)})
	require.NoError(t, err)

	folder := t.TempDir()
	arguments := []string{"-e", harness, loader, verifier}
	for name, content := range []struct {
		name    string
		content []byte
	}{{"options.json", options}, {"slip.json", document}, {"slip.pdf", pdf}, {"forged.json", forged}, {"proof.txt", []byte(proof)}} {
		path := filepath.Join(folder, content.name)
		require.NoError(t, os.WriteFile(path, content.content, 0o600), name)
		arguments = append(arguments, path)
	}
	var reports []struct {
		verify.Report
		Error string
	}
	require.NoError(t, json.Unmarshal([]byte(output(t, exec.CommandContext(t.Context(), node, arguments...))), &reports))
	require.Len(t, reports, 6)

	asked := verify.Options{Trust: &n.Trust, Attestation: attestation, At: verifytest.Now}
	require.Equal(t, verify.Verify(document, asked), reports[0].Report)
	require.Equal(t, verify.Valid, reports[1].Verdict)
	require.Equal(t, verify.Invalid, reports[2].Verdict)
	require.Equal(t, verify.Authentic, reports[3].Verdict)
	require.NotEmpty(t, reports[4].Error)
	require.NotEmpty(t, reports[5].Error)
}

func proofOf(t *testing.T, n *verifytest.Network, attestation []byte) string {
	t.Helper()
	bundle, err := artefact.ParseAttestation(attestation)
	require.NoError(t, err)
	proof, err := artefact.BuildProof(context.Background(), bundle, n.Signer)
	require.NoError(t, err)
	return proof
}

func TestThePageChecksAProofInARealBrowserFromDisk(t *testing.T) {
	tab := browser.Open(t)
	verifier, loader := built(t)
	n := verifytest.New(t, ledger.ModeSandbox)
	trust, err := artefact.SignedTrust{Anchors: n.Trust, Signatures: []artefact.TrustSignature{}}.Bytes()
	require.NoError(t, err)
	content, err := page.Assemble(parts(t, verifier, loader, trust))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "verify.html")
	require.NoError(t, os.WriteFile(path, content, 0o600))

	open := func(proof string) { tab.Visit("file://" + path + "#proof=" + url.QueryEscape(proof)) }
	genuine := proofOf(t, n, n.Attest(t, n.Answer(t, n.Slip()), verifytest.Required...))
	open(genuine)
	tab.Wait("#verdict.authentic")
	require.Contains(t, tab.Text("main"), "公共交通线路与站点数据")
	tab.RequireAccessible()
	tab.Keep("verify-authentic")
	tab.Visit("about:blank") // a change of the fragment alone loads nothing anew
	open(genuine[:len(genuine)-9])
	tab.Wait("#verdict.invalid")
	tab.RequireAccessible()
}

func parts(t *testing.T, verifier, loader string, trust []byte) page.Parts {
	t.Helper()
	content, err := os.ReadFile(verifier)
	require.NoError(t, err)
	packed, err := page.Pack(content)
	require.NoError(t, err)
	loaderContent, err := os.ReadFile(loader)
	require.NoError(t, err)
	return page.Parts{Verifier: packed, Loader: loaderContent, Trust: trust}
}

func TestTheServedPageAnswersTheLinkOfAPaperSlip(t *testing.T) {
	tab := browser.Open(t)
	verifier, loader := built(t)
	n := verifytest.New(t, ledger.ModeProduction)
	trust, err := artefact.SignedTrust{Anchors: n.Trust, Signatures: []artefact.TrustSignature{}}.Bytes()
	require.NoError(t, err)
	online := parts(t, verifier, loader, nil)
	online.Online = true
	handler, err := page.HandlerOf(online)
	require.NoError(t, err)
	asked := make(chan string, 8)
	mux := http.NewServeMux()
	mux.Handle("GET /verify", handler)
	mux.HandleFunc("GET /api/v1/trust.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(trust) })
	mux.HandleFunc("POST /api/v1/verifications", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked <- string(body)
		report := verify.Verify([]byte("{}"), verify.Options{})
		report.Verdict, report.Attestation = verify.Valid, &ledger.Attestation{Code: "110000R2026ABCDEFG4", Publicised: &ledger.Publicised{DataName: "<b>名称</b>"}}
		_ = json.NewEncoder(w).Encode(report)
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	tab.Visit(server.URL + "/verify#code=110000R2026ABCDEFG4&query=0123456789ABCDEF")
	require.JSONEq(t, `{"code":"110000R2026ABCDEFG4","queryCode":"0123456789ABCDEF"}`, <-asked)
	tab.Wait("#verdict.valid")
	require.Contains(t, tab.Text("main"), "<b>名称</b>", "an answer is shown as text, never as markup")

	t.Run("and believes the anchors that the registry serves for a proof", func(t *testing.T) {
		genuine := proofOf(t, n, n.Attest(t, n.Answer(t, n.Slip()), verifytest.Required...))
		tab.Visit("about:blank")
		tab.Visit(server.URL + "/verify#proof=" + url.QueryEscape(genuine))
		tab.Wait("#verdict.authentic")
	})
	t.Run("and its policy lets it speak to nobody else", func(t *testing.T) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/verify", nil))
		policy := recorder.Header().Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'")
		require.Contains(t, policy, "connect-src 'self'")
		require.NotContains(t, policy, "unsafe-inline")
	})
}

// paper prints a slip with its proof and gives a picture of a part of the sheet:
// the right, upper corner has the link, the left, lower one the proof.
func paper(t *testing.T, n *verifytest.Network, proof, format string, part ...string) string {
	t.Helper()
	sheet, err := slip.Print(t.Context(), n.Sign(t, n.Slip()), proof, n.Signer)
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "slip.pdf"), sheet, 0o600))
	arguments := append([]string{"-r", "150", format, "-singlefile"}, part...)
	message, err := exec.CommandContext(t.Context(), judge.Program(t, "pdftoppm"), append(arguments, filepath.Join(folder, "slip.pdf"), filepath.Join(folder, "paper"))...).CombinedOutput()
	require.NoError(t, err, string(message))
	pictures, err := filepath.Glob(filepath.Join(folder, "paper.*"))
	require.NoError(t, err)
	require.Len(t, pictures, 1)
	return pictures[0]
}

// registry serves the page with trust anchors and a registry that says "valid".
func registry(t *testing.T, trust []byte) string {
	t.Helper()
	verifier, loader := built(t)
	online := parts(t, verifier, loader, nil)
	online.Online = true
	handler, err := page.HandlerOf(online)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("GET /verify", handler)
	mux.HandleFunc("GET /api/v1/trust.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(trust) })
	mux.HandleFunc("POST /api/v1/verifications", func(w http.ResponseWriter, _ *http.Request) {
		report := verify.Verify([]byte("{}"), verify.Options{})
		report.Verdict = verify.Valid
		_ = json.NewEncoder(w).Encode(report)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/verify"
}

func TestACodeIsReadFromAPhotoAndByTheCamera(t *testing.T) {
	tab := browser.Open(t)
	n := verifytest.New(t, ledger.ModeProduction)
	trust, err := artefact.SignedTrust{Anchors: n.Trust, Signatures: []artefact.TrustSignature{}}.Bytes()
	require.NoError(t, err)
	proof := proofOf(t, n, n.Attest(t, n.Answer(t, n.Slip()), verifytest.Required...))
	address := registry(t, trust)
	value := func(field string) string {
		return browser.Ask[string](tab, "document.getElementById('"+field+"').value")
	}

	t.Run("a photo of the whole sheet: the proof is checked, and the codes of the link are filled in", func(t *testing.T) {
		tab.Visit(address)
		tab.Choose("#slip", paper(t, n, proof, "-png"))
		tab.Wait("#verdict.authentic")
		link, err := url.Parse(n.Slip().VerificationURL)
		require.NoError(t, err)
		codes, err := url.ParseQuery(link.Fragment)
		require.NoError(t, err)
		require.Equal(t, codes.Get("code"), value("code"))
		require.Equal(t, codes.Get("query"), value("query"))
		tab.RequireAccessible()
		tab.Keep("verify-photo")
	})
	t.Run("a photo of the link alone: the registry is asked", func(t *testing.T) {
		tab.Visit(address)
		tab.Choose("#slip", paper(t, n, proof, "-jpeg", "-x", "620", "-y", "0", "-W", "620", "-H", "870"))
		tab.Wait("#verdict.valid")
	})
	t.Run("a photo of something else: it is said", func(t *testing.T) {
		tab.Visit(address)
		tab.Choose("#slip", paper(t, n, proof, "-png", "-x", "0", "-y", "0", "-W", "300", "-H", "300"))
		tab.Wait("#seen:not(:empty)")
		require.Contains(t, tab.Text("#seen"), "没有读到")
		require.Empty(t, tab.Text("#verdict"))
	})
	t.Run("the proof before the camera", func(t *testing.T) {
		picture, err := os.ReadFile(paper(t, n, proof, "-jpeg", "-x", "0", "-y", "870", "-W", "640", "-H", "880"))
		require.NoError(t, err)
		tab.ShowToCamera(picture)
		tab.Visit(address)
		tab.Click("#camera")
		tab.Wait("#verdict.authentic")
		require.Equal(t, "false", browser.Ask[string](tab, "document.getElementById('camera').getAttribute('aria-pressed')"), "the camera is off again")
	})
}

func TestAPageIsNotMadeOfPartsThatBreakIt(t *testing.T) {
	_, err := page.Assemble(page.Parts{Loader: []byte("'</script>'")})
	require.Error(t, err)
	_, err = page.Assemble(page.Parts{Trust: []byte("{}")})
	require.ErrorIs(t, err, artefact.ErrMalformed)
}
