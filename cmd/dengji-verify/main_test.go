package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/slip"
	"dengji/verify"
	"dengji/verify/artefact"
	"dengji/verify/verifytest"
)

// desk is a folder with everything that a third party may hold.
type desk struct {
	dir     string
	network *verifytest.Network
	signed  artefact.SignedSlip
	proof   string
}

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d desk) write(t *testing.T, name string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(d.path(name), content, 0o600))
}

func set(t *testing.T) desk {
	t.Helper()
	d := desk{dir: t.TempDir(), network: verifytest.New(t, ledger.ModeProduction)}
	n := d.network
	d.write(t, "evidence.csv", []byte("线路,站点\n1,苹果园\n"))
	id, err := contentid.Compute(context.Background(), strings.NewReader("线路,站点\n1,苹果园\n"))
	require.NoError(t, err)
	document := n.Slip()
	document.Evidence = []string{id.CID}
	d.signed = n.Sign(t, document)
	content, err := d.signed.Bytes()
	require.NoError(t, err)
	d.write(t, "slip.json", content)
	d.write(t, "forged.json", bytes.Replace(content, []byte("公共交通"), []byte("公共交桶"), 1))
	attestation := n.Attest(t, n.Answer(t, document), verifytest.Required...)
	d.write(t, "attestation.json", attestation)
	bundle, err := artefact.ParseAttestation(attestation)
	require.NoError(t, err)
	d.proof, err = artefact.BuildProof(context.Background(), bundle, n.Signer)
	require.NoError(t, err)
	pdf, err := slip.Print(context.Background(), d.signed, d.proof, n.Signer)
	require.NoError(t, err)
	d.write(t, "slip.pdf", pdf)
	d.trust(t, "trust.json", artefact.SignedTrust{Anchors: n.Trust, Signatures: []artefact.TrustSignature{}})
	d.write(t, "broken.json", []byte("{}"))
	return d
}

func (d desk) trust(t *testing.T, name string, signed artefact.SignedTrust) {
	t.Helper()
	content, err := signed.Bytes()
	require.NoError(t, err)
	d.write(t, name, content)
}

const atNow = "--at=2026-03-02T05:00:00Z"

func TestTheExitStatusSaysHowItEnded(t *testing.T) {
	d := set(t)
	roots, attestation := "--roots="+d.path("trust.json"), "--attestation="+d.path("attestation.json")
	cases := map[string]struct {
		arguments []string
		want      int
		says      string
	}{
		"0 for a slip of which everything holds":        {[]string{"verify", d.path("slip.json"), roots, attestation, atNow, "--offline"}, 0, "有效"},
		"0 for a PDF of which everything holds":         {[]string{"verify", d.path("slip.pdf"), roots, attestation, atNow, "--lang=en"}, 0, "Valid"},
		"0 for evidence that is the slip's":             {[]string{"verify", d.path("slip.json"), roots, attestation, atNow, "--evidence=" + d.path("evidence.csv")}, 0, "有效"},
		"0 for an authentic slip where that is enough":  {[]string{"verify", d.path("slip.json"), roots, atNow, "--authenticity-only"}, 0, "真实"},
		"1 for a forged slip":                           {[]string{"verify", d.path("forged.json"), roots, attestation, atNow}, 1, "SIGNATURE_INVALID"},
		"1 for a file that is not the slip's evidence":  {[]string{"verify", d.path("slip.json"), roots, atNow, "--evidence=" + d.path("slip.pdf")}, 1, "EVIDENCE_UNLISTED"},
		"1 for an attestation that answers another":     {[]string{"verify", d.path("slip.json"), roots, attestation, atNow, "--nonce=00"}, 1, "WRONG_NONCE"},
		"1 for an attestation too old for the asker":    {[]string{"verify", d.path("slip.json"), roots, attestation, atNow, "--max-age=1s"}, 1, "ATTESTATION_OLD"},
		"2 for no command that exists":                  {[]string{"verfiy"}, 2, ""},
		"2 for a flag that does not exist":              {[]string{"verify", d.path("slip.json"), "--fast"}, 2, ""},
		"2 for no file":                                 {[]string{"verify"}, 2, ""},
		"2 for a time that is none":                     {[]string{"verify", d.path("slip.json"), "--at=noon"}, 2, ""},
		"2 for a server while offline":                  {[]string{"verify", d.path("slip.json"), "--offline", "--server=https://x"}, 2, ""},
		"3 for a slip without trust anchors":            {[]string{"verify", d.path("slip.json"), atNow}, 3, "无法判断"},
		"3 for a slip whose present status is not told": {[]string{"verify", d.path("slip.json"), roots, atNow}, 3, "真实"},
		"3 for a file that is not there":                {[]string{"verify", d.path("nothing.json"), roots}, 3, ""},
		"3 for trust anchors that are none":             {[]string{"verify", d.path("slip.json"), "--roots=" + d.path("broken.json")}, 3, ""},
		"0 for a proof where issuance is enough":        {[]string{"proof", d.proof, roots, atNow, "--authenticity-only"}, 0, "公共交通线路与站点数据"},
		"3 for a proof, which knows the past alone":     {[]string{"proof", d.proof, roots, atNow}, 3, "110000-R2026-ABCDEFG-4"},
		"1 for a proof that was cut":                    {[]string{"proof", d.proof[:len(d.proof)-6], roots, atNow}, 1, "FORMAT_MALFORMED"},
		"0 for the name of a file":                      {[]string{"cid", d.path("evidence.csv")}, 0, d.signed.Slip.Evidence[0]},
		"3 for the name of a file that is not there":    {[]string{"cid", d.path("nothing")}, 3, ""},
		"0 for a look at trust anchors":                 {[]string{"trust", "show", d.path("trust.json")}, 0, "sm3:"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(context.Background(), c.arguments, strings.NewReader(""), &stdout, &stderr)
			require.Equal(t, c.want, status, stdout.String()+stderr.String())
			require.Contains(t, stdout.String(), c.says)
		})
	}
}

func TestTheReportIsMachineReadable(t *testing.T) {
	d := set(t)
	var stdout bytes.Buffer
	run(context.Background(), []string{"verify", d.path("forged.json"), "--json"}, nil, &stdout, &stdout)
	var report verify.Report
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &report))
	require.Equal(t, verify.Invalid, report.Verdict)
	require.Equal(t, "公共交桶线路与站点数据", report.Slip.Publicised.DataName)
}

func TestAProofIsReadFromStandardInput(t *testing.T) {
	d := set(t)
	var stdout bytes.Buffer
	status := run(context.Background(), []string{"proof", "-", "--roots=" + d.path("trust.json"), atNow, "--authenticity-only"},
		strings.NewReader(d.proof+"\r\n"), &stdout, &stdout)
	require.Equal(t, exitOK, status, stdout.String())
}

func TestAServerIsAskedWithANonceOfTheVerifiersOwn(t *testing.T) {
	d := set(t)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		require.Equal(t, "/api/v1/registrations/110000R2026ABCDEFG4/attestation", r.URL.Path)
		answer := d.network.Answer(t, d.signed.Slip)
		answer.Nonce = r.URL.Query().Get("nonce")
		require.Len(t, answer.Nonce, 32)
		_, err := w.Write(d.network.Attest(t, answer, verifytest.Required...))
		require.NoError(t, err)
	}))
	defer server.Close()
	ask := func(document string) int {
		var out bytes.Buffer
		return run(context.Background(), []string{"verify", d.path(document), "--roots=" + d.path("trust.json"), atNow, "--server=" + server.URL}, nil, &out, &out)
	}
	require.Equal(t, exitOK, ask("slip.json"))
	require.Equal(t, 1, asked)
	t.Run("but not about a forged slip", func(t *testing.T) {
		require.Equal(t, exitFailed, ask("forged.json"))
		require.Equal(t, 1, asked)
	})
	t.Run("and one that does not answer leaves the question open", func(t *testing.T) {
		server.Close()
		require.Equal(t, exitCannotCheck, ask("slip.json"))
	})
}

func TestTrustAnchorsAreFollowedByTheirSuccessorAlone(t *testing.T) {
	d := set(t)
	digest, err := d.network.Trust.Digest()
	require.NoError(t, err)
	next := d.network.Trust
	next.Version, next.Predecessor = 2, digest
	follow := func(organisations ...string) int {
		signed := artefact.SignedTrust{Anchors: next, Signatures: []artefact.TrustSignature{}}
		for _, msp := range organisations {
			admin := d.network.Admins[msp]
			signed, err = artefact.SignTrust(signed, msp, admin.Certificate.Raw, admin.Key)
			require.NoError(t, err)
		}
		d.trust(t, "next.json", signed)
		var out bytes.Buffer
		return run(context.Background(), []string{"trust", "follow", d.path("trust.json"), d.path("next.json"), atNow}, nil, &out, &out)
	}
	require.Equal(t, exitOK, follow(ledger.AuthorityMSP, ledger.DistrictsMSP))
	require.Equal(t, exitFailed, follow(ledger.RegistrarMSP))
}

func TestOrganisationsChangeTheirAnchorsByCommandsAlone(t *testing.T) {
	d := set(t)
	command := func(arguments ...string) int {
		var out bytes.Buffer
		status := run(context.Background(), append([]string{"trust"}, arguments...), nil, &out, &out)
		t.Log(out.String())
		return status
	}
	pemOf := func(name, kind string, der []byte) string {
		d.write(t, name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		return d.path(name)
	}
	sign := func(msp string) int {
		admin := d.network.Admins[msp]
		key, err := x509.MarshalPKCS8PrivateKey(admin.Key)
		require.NoError(t, err)
		return command("sign", d.path("next.json"), "--msp="+msp, "--certificate="+pemOf("admin.pem", "CERTIFICATE", admin.Certificate.Raw),
			"--key="+pemOf("key.pem", "PRIVATE KEY", key))
	}
	root := pemOf("root.pem", "CERTIFICATE", verifytest.NewMember(t, ledger.DistrictsMSP, "", nil).Certificate.Raw)
	old := pemOf("old.pem", "CERTIFICATE", d.network.CAs[ledger.DistrictsMSP].Certificate.Raw)
	chain := verifytest.NewSigner(t).Certificates()
	d.write(t, "chain.pem", append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[0]}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[1]})...))

	require.Equal(t, exitOK, command("next", d.path("trust.json"), "--out="+d.path("next.json"), atNow, "--attestation-hours=12", "--add-slip-chain="+d.path("chain.pem"),
		"--add-root=DistrictsMSP="+root, "--add-root=DistrictsMSP="+root, "--remove-root=DistrictsMSP="+old, "--add-peer=DistrictsMSP="+old))
	require.Equal(t, exitFailed, command("follow", d.path("trust.json"), d.path("next.json"), atNow))
	require.Equal(t, exitOK, sign(ledger.AuthorityMSP))
	require.Equal(t, exitFailed, command("follow", d.path("trust.json"), d.path("next.json"), atNow))
	require.Equal(t, exitOK, sign(ledger.RegistrarMSP))
	require.Equal(t, exitOK, command("follow", d.path("trust.json"), d.path("next.json"), atNow))

	next, err := readSignedTrust(d.path("next.json"))
	require.NoError(t, err)
	require.Equal(t, 12, next.Anchors.AttestationHours)
	require.Equal(t, chain[0], next.Anchors.SlipSigners[1])
	require.Equal(t, chain[1], next.Anchors.SlipRoots[1])
	districts, _ := next.Anchors.Organisation(ledger.DistrictsMSP)
	require.Len(t, districts.Roots, 1)
	require.NotEqual(t, d.network.CAs[ledger.DistrictsMSP].Certificate.Raw, districts.Roots[0])
	require.Len(t, districts.Peers, 2)

	t.Run("and mistakes are told", func(t *testing.T) {
		require.Equal(t, exitUsage, command("next", d.path("trust.json"), "--add-root=NobodyMSP="+root))
		require.Equal(t, exitCannotCheck, command("next", d.path("trust.json"), "--add-root=DistrictsMSP="+d.path("trust.json")))
		require.Equal(t, exitCannotCheck, command("sign", d.path("next.json"), "--msp=AuthorityMSP", "--certificate="+root, "--key="+d.path("key.pem")))
		require.Equal(t, exitUsage, command("sign", d.path("next.json")))
	})
}

func TestHostileTextDoesNotSteerTheTerminal(t *testing.T) {
	require.Equal(t, "a\uFFFD[31mb", harmless("a\x1b[31mb"))
}
