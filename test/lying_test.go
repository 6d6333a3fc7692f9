//go:build integration

package test

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/attestation"
	"dengji/gateway/client"
	"dengji/network/process"
)

// registrarChaincode begins the name of the process that answers for the registrar;
// the chaincode's sequence ends it.
const registrarChaincode = "registrar-peer1-chaincode-"

// environment gives that of a process, without what marks it as the launcher's.
func environment(t *testing.T, of process.Running) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(of.PID), "environ"))
	require.NoError(t, err)
	var all []string
	for _, variable := range bytes.Split(content, []byte{0}) {
		if strings.HasPrefix(string(variable), "DENGJI_CHAINCODE_") {
			all = append(all, string(variable))
		}
	}
	return all
}

// replaceByALiar runs a modified chaincode in the registrar's place until the test
// ends.
func (p *platform) replaceByALiar(t *testing.T) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "lyingchaincode")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "dengji/test/lyingchaincode").CombinedOutput()
	require.NoError(t, err, string(output))
	running, err := process.List(p.home)
	require.NoError(t, err)
	var honest process.Running
	for name, found := range running {
		if strings.HasPrefix(name, registrarChaincode) {
			honest = found
		}
	}
	require.NotEmpty(t, honest.Name, "%v", running)
	liar := exec.CommandContext(t.Context(), program)
	liar.Env = environment(t, honest)
	liar.Stderr = os.Stderr
	liar.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.kill(t, honest.Name)
	require.NoError(t, liar.Start())
	t.Cleanup(func() {
		_ = liar.Process.Kill()
		_ = liar.Wait()
		p.revive(t)
	})
	var address string
	for _, variable := range liar.Env {
		if value, is := strings.CutPrefix(variable, "DENGJI_CHAINCODE_ADDRESS="); is {
			address = value
		}
	}
	require.Eventually(t, func() bool {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		return err == nil && connection.Close() == nil
	}, 30*time.Second, 100*time.Millisecond)
}

// codeWith gives a registration of a status.
func (p *platform) codeWith(t *testing.T, status ledger.RegistrationStatus) string {
	t.Helper()
	var code string
	require.Eventually(t, func() bool {
		found, err := client.New(p.base()).FindResources(t.Context(),
			url.Values{"record": {"registration"}, "status": {string(status)}}, ledger.PageRequest{PageSize: 1})
		if err == nil && len(found.Items) > 0 {
			code = found.Items[0].Code
		}
		return code != ""
	}, time.Minute, 200*time.Millisecond, "no registration is %s", status)
	return code
}

// attest asks for an attestation of now.
func (p *platform) attest(t *testing.T, code string) error {
	t.Helper()
	return client.New(p.base()).Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/registrations/" + code + "/attestation",
		Query: url.Values{"nonce": {attestation.NewNonce()}}}, nil)
}

func TestARegistrarThatAttestsToARevokedCodeIsGivenAwayByTheOthers(t *testing.T) {
	revoked, active := sandbox.codeWith(t, ledger.RegistrationRevoked), sandbox.codeWith(t, ledger.RegistrationActive)
	require.NoError(t, sandbox.attest(t, revoked), "honest organisations agree that it is revoked")
	sandbox.replaceByALiar(t)
	err := sandbox.attest(t, revoked)
	var refused *client.Error
	require.True(t, errors.As(err, &refused), "%v", err)
	require.Equal(t, fault.OrganisationsDisagree, refused.Code, refused.Error())
	require.Equal(t, http.StatusBadGateway, refused.Status)
	require.NoError(t, sandbox.attest(t, active), "where it tells the truth the organisations agree")
}
