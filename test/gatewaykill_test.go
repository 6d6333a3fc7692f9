//go:build integration

package test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/evidence/contentid"
	"dengji/verify"
	"dengji/verify/artefact"
)

// gatewayProcess is the name of the gateway among the platform's processes.
const gatewayProcess = "gateway"

// killGatewayAfter kills the gateway some time after something has begun, waits
// until that has ended, and brings the gateway back.
func (p *platform) killGatewayAfter(t *testing.T, moment time.Duration, something func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() { something(); close(ended) }()
	require.Eventually(t, func() bool { return p.pids(t)[gatewayProcess] != 0 }, time.Minute, 5*time.Millisecond)
	time.Sleep(moment)
	p.kill(t, gatewayProcess)
	<-ended
	p.revive(t)
}

// inspected asserts that all evidence which the ledger names is whole.
func (p *platform) inspected(t *testing.T) {
	t.Helper()
	output, err := p.run("gateway", "inspect")
	require.NoError(t, err)
	require.Contains(t, output, "evidence inspected")
}

// tus sends one request of the upload protocol and gives the answer's headers; an
// error where the gateway went away.
func (p *platform) tus(t *testing.T, token, method, address string, body io.Reader, headers map[string]string) (http.Header, int, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.base()+address, body)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Tus-Resumable", "1.0.0")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.Header, response.StatusCode, nil
}

// slowly gives content as a line gives it that needs some seconds for it.
type slowly struct{ content *bytes.Reader }

func (s slowly) Read(into []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	return s.content.Read(into[:min(len(into), 128<<10)])
}

func TestAnUploadThatAKilledGatewayBrokeOffGoesOnWhereItWas(t *testing.T) {
	content := make([]byte, 24<<20)
	_, _ = rand.NewChaCha8([32]byte{1, byte(time.Now().UnixNano())}).Read(content)
	account := sandbox.account(t, "registrant-transport")
	var session struct{ Token string }
	require.NoError(t, client.New(sandbox.base()).Do(t.Context(), client.Request{Method: http.MethodPost, Path: "/sessions",
		Body: map[string]string{"account": account.Name, "password": account.Password}}, &session))
	token := session.Token
	header, status, err := sandbox.tus(t, token, http.MethodPost, "/api/v1/uploads", nil, map[string]string{"Upload-Length": strconv.Itoa(len(content))})
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	location, err := url.Parse(header.Get("Location"))
	require.NoError(t, err)
	send := func(offset int, body io.Reader) (int, error) {
		_, status, err := sandbox.tus(t, token, http.MethodPatch, location.Path, body, map[string]string{
			"Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream"})
		return status, err
	}
	const acknowledged = 8 << 20
	status, err = send(0, bytes.NewReader(content[:acknowledged]))
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	sandbox.killGatewayAfter(t, 700*time.Millisecond, func() { _, _ = send(acknowledged, slowly{bytes.NewReader(content[acknowledged:])}) })

	header, status, err = sandbox.tus(t, token, http.MethodHead, location.Path, nil, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	offset, err := strconv.Atoi(header.Get("Upload-Offset"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, offset, acknowledged, "what was acknowledged is kept")
	status, err = send(offset, bytes.NewReader(content[offset:]))
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	registrant := sandbox.login(t, account.Name)
	var anchored ledger.Evidence
	require.NoError(t, registrant.Do(t.Context(), client.Request{Method: http.MethodPost,
		Path: "/uploads/" + path.Base(location.Path) + "/completion", Query: url.Values{"kind": {string(ledger.EvidenceOther)}}}, &anchored))
	expected, err := contentid.Compute(t.Context(), bytes.NewReader(content))
	require.NoError(t, err)
	require.Equal(t, expected.CID, anchored.CID)
	require.Equal(t, expected.SM3, anchored.SM3)
	sandbox.inspected(t)
}

func TestAKilledGatewayLeavesOneCodeWithOneSlip(t *testing.T) {
	issuer := sandbox.login(t, "issuer1")
	for _, moment := range []time.Duration{30 * time.Millisecond, 250 * time.Millisecond} {
		t.Run(moment.String(), func(t *testing.T) {
			application, err := sandbox.story(t).ReadyToIssue(t.Context())
			require.NoError(t, err)
			issue := ledger.ActRequest{ID: application.ID, Action: "issue"}
			sandbox.killGatewayAfter(t, moment, func() { _, _, _ = issuer.Act(t.Context(), issue) })

			now, err := issuer.Application(t.Context(), application.ID)
			require.NoError(t, err)
			if now.Registration == "" {
				now, _, err = issuer.Act(t.Context(), issue)
				require.NoError(t, err, "what did not happen can be done again")
			}
			_, _, err = issuer.Act(t.Context(), issue)
			require.Error(t, err, "a second code is not issued")
			var slip []byte
			require.Eventually(t, func() bool {
				slip, err = issuer.Slip(t.Context(), now.Registration, "json")
				return err == nil
			}, time.Minute, 200*time.Millisecond, "the slip is finished by itself: %v", err)
			again, err := issuer.Slip(t.Context(), now.Registration, "json")
			require.NoError(t, err)
			require.Equal(t, string(slip), string(again), "it is one slip")
			signed, err := artefact.ParseSlip(slip)
			require.NoError(t, err)
			require.Equal(t, now.Registration, signed.Slip.Code)
			report, err := issuer.VerifySlip(t.Context(), bytes.NewReader(slip))
			require.NoError(t, err)
			require.Equal(t, verify.Valid, report.Verdict, "the slip is the one whose digest the ledger holds: %+v", report.Checks)
		})
	}
}

func TestAKeyRotationThatIsKilledTogetherWithTheGatewayIsFinished(t *testing.T) {
	registered := sandbox.register(t)
	registrar := sandbox.login(t, "issuer1")
	for range 30 {
		sandbox.anchorSomething(t, sandbox.login(t, "registrant-transport"))
	}
	for _, moment := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond} {
		sandbox.killGatewayAfter(t, moment, func() {
			ctx, cancel := context.WithTimeout(t.Context(), moment)
			defer cancel()
			_ = sandbox.command(ctx, "gateway", "rotate-key").Run() // killed when the context ends
		})
		_, err := registrar.Slip(t.Context(), registered.Code, "pdf")
		require.NoError(t, err, "what is sealed can be read in between")
	}
	output, err := sandbox.run("gateway", "rotate-key") // finishes, or begins where all was finished
	require.NoError(t, err)
	require.Contains(t, output, " 0 unreadable")

	file := filepath.Join(sandbox.home, "gateway", "master-key")
	keys, err := os.ReadFile(file)
	require.NoError(t, err)
	all := strings.Fields(string(keys))
	require.Greater(t, len(all), 1)
	require.NoError(t, os.WriteFile(file, []byte(all[len(all)-1]+"\n"), 0o600))
	sandbox.kill(t, gatewayProcess)
	sandbox.revive(t)
	sandbox.inspected(t)
	_, err = registrar.Slip(t.Context(), registered.Code, "pdf")
	require.NoError(t, err, "nothing needs the older keys any more")
}
