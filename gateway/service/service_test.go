package service

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/inspection"
	"dengji/network/profile"
)

// home makes a state folder as the launcher leaves it, with one account, of a
// network of which no peer answers.
func home(t *testing.T, mode ledger.Mode) string {
	t.Helper()
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	document := func(name string, value any) {
		content, err := json.Marshal(value)
		require.NoError(t, err)
		write(name, content)
	}
	account := func(name string, actor ledger.Actor) profile.Account {
		certificate, key := gatewaytest.Credentials(t, actor)
		return profile.Account{Name: name, Password: "demo password", MSP: actor.MSP, Role: actor.Role,
			Certificate: write(name+".pem", certificate), Key: write(name+"-key.pem", key)}
	}
	service := account(DefaultService, contracttest.Operator)
	connection := profile.Connection{Channel: ledger.Channel, Chaincode: ledger.ChaincodeName, Mode: mode, Peers: []profile.Peer{
		{Name: "p", MSP: ledger.RegistrarMSP, Address: "127.0.0.1:1", TLSName: "p", TLSRoot: service.Certificate}}}
	document(profile.ConnectionFile, connection)
	document(profile.AccountsFile, []profile.Account{service, account(DefaultExpiry, contracttest.Issuer)})
	return folder
}

func newService(t *testing.T, settings Settings) (*Service, error) {
	t.Helper()
	made, err := New(t.Context(), settings, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() { require.NoError(t, made.Close()) })
	}
	return made, err
}

func TestASandboxMakesItsKeysAndTakesTheDemoAccountsOver(t *testing.T) {
	folder := home(t, ledger.ModeSandbox)
	made, err := newService(t, Settings{Home: folder})
	require.NoError(t, err)
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/sessions",
		strings.NewReader(`{"account":"operator1","password":"demo password"}`))
	request.Header.Set("Content-Type", "application/json")
	made.Handler().ServeHTTP(recorder, request)
	require.Equal(t, http.StatusCreated, recorder.Code, recorder.Body.String())
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, Folder), func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		if strings.Contains(path, "key") && !entry.IsDir() {
			require.Zero(t, info.Mode().Perm()&0o077, "%s can be read by others", path)
		}
		return nil
	}))
}

func TestAProductionNetworkMakesNoKeysAndTakesNoDemoAccountsOver(t *testing.T) {
	folder := home(t, ledger.ModeProduction)
	_, err := newService(t, Settings{Home: folder})
	require.ErrorContains(t, err, "key file", "the master key has to be there")
	require.NoFileExists(t, filepath.Join(folder, Folder, "master-key"))

	t.Setenv(MasterKeyVariable, strings.Repeat("ab", 16))
	_, err = newService(t, Settings{Home: folder})
	require.ErrorContains(t, err, DefaultService, "the demo account is not taken over")

	require.NoError(t, putAccount(t.Context(), Settings{Home: folder}, DefaultService, accountFlags{
		label: ledger.Text{ZH: "运维", EN: "Operator"}, msp: ledger.RegistrarMSP, certificate: filepath.Join(folder, DefaultService+".pem"),
		key: filepath.Join(folder, DefaultService+"-key.pem"), passwordFromStdin: strings.NewReader("a password of its own\n")}))
	_, err = newService(t, Settings{Home: folder})
	require.ErrorContains(t, err, "slip signer", "nor is a slip signer made up")
}

func TestAGatewayWithoutANetworkSaysSo(t *testing.T) {
	_, err := newService(t, Settings{Home: t.TempDir()})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "brought up")
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	cases := map[string]Settings{
		"a listen address without a port":      {Listen: "localhost"},
		"a public address that is none":        {Public: "registry.example"},
		"a certificate without its key":        {Certificate: "chain.pem"},
		"a public address of another protocol": {Public: "ftp://registry.example"},
	}
	for name, settings := range cases {
		t.Run(name, func(t *testing.T) {
			settings.Home = t.TempDir()
			_, err := settings.complete()
			require.Error(t, err)
		})
	}
}

func TestATLSKeyThatOthersCanReadIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	folder := t.TempDir()
	settings := Settings{Certificate: filepath.Join(folder, "chain.pem"), Key: filepath.Join(folder, "key.pem")}
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(settings.Certificate, chain, 0o600))
	require.NoError(t, os.WriteFile(settings.Key, []byte("key"), 0o644))
	_, err := settings.tls()
	require.ErrorContains(t, err, "others")
}

func TestAGatewayListensOverTLSAndStopsWhenItIsTold(t *testing.T) {
	folder := home(t, ledger.ModeSandbox)
	certificate, key := gatewaytest.Credentials(t, contracttest.Operator)
	chainPath, keyPath := filepath.Join(folder, "tls.pem"), filepath.Join(folder, "tls-key.pem")
	require.NoError(t, os.WriteFile(chainPath, certificate, 0o600))
	require.NoError(t, os.WriteFile(keyPath, key, 0o600))
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	var log bytes.Buffer
	made, err := New(t.Context(), Settings{Home: folder, Listen: address, Certificate: chainPath, Key: keyPath, ShutdownGrace: 5 * time.Second},
		slog.New(slog.NewJSONHandler(&log, nil)))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- made.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}} //nolint:gosec // only that it answers is asked
	require.Eventually(t, func() bool {
		answer, err := client.Get("https://" + address + "/healthz")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK && answer.Header.Get("Strict-Transport-Security") != ""
	}, 20*time.Second, 50*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	require.NoError(t, made.Close())
	require.Contains(t, log.String(), `"stopped"`)
}

func TestTheInspectionCommandRunsBesideAGatewayAndSaysThatNothingIsWrong(t *testing.T) {
	folder := home(t, ledger.ModeSandbox)
	_, err := newService(t, Settings{Home: folder})
	require.NoError(t, err)
	command := Command()
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetErr(&out)
	command.SetArgs([]string{"inspect", "--home", folder, "--json"})
	require.NoError(t, command.ExecuteContext(t.Context()), out.String())
	require.Contains(t, out.String(), "evidence inspected")
}

func TestAFindingIsPrintedWithWhoseItIs(t *testing.T) {
	found := inspection.Finding{Finding: evidence.Finding{Expected: evidence.Expected{Owner: "11110108DJ0031310Q", CID: "bafk"},
		Code: fault.NotFound, Cause: fault.New(fault.NotFound)}, Applications: []string{"A1", "A2"}}
	for asJSON, expected := range map[bool]string{false: "bafk of 11110108DJ0031310Q, applications: A1 A2", true: `"applications":["A1","A2"]`} {
		var out bytes.Buffer
		require.NoError(t, printFinding(&out, found, asJSON))
		require.Contains(t, out.String(), expected)
	}
}

func TestTheMasterKeyIsRotatedBesideAGatewayThatStoresOn(t *testing.T) {
	folder := home(t, ledger.ModeSandbox)
	made, err := newService(t, Settings{Home: folder})
	require.NoError(t, err)
	store := func(text string) evidence.Object {
		object, err := made.depot.Store.Put(t.Context(), evidence.Upload{Owner: "o", Content: strings.NewReader(text)})
		require.NoError(t, err)
		return object
	}
	before := store("before")
	rotated := func() string {
		command := Command()
		var out bytes.Buffer
		command.SetOut(&out)
		command.SetErr(&out)
		command.SetArgs([]string{"rotate-key", "--home", folder})
		require.NoError(t, command.ExecuteContext(t.Context()), out.String())
		return out.String()
	}
	require.Contains(t, rotated(), "master key added: true\nsealed anew: 1 files, 2 secrets\nstill under older keys: 0 unfinished uploads, 0 unreadable\n")
	after := store("after")

	keys, err := os.ReadFile(filepath.Join(folder, Folder, "master-key"))
	require.NoError(t, err)
	words := strings.Fields(string(keys))
	require.Len(t, words, 2)
	require.NoError(t, os.WriteFile(filepath.Join(folder, Folder, "master-key"), []byte(words[1]+"\n"), 0o600))
	for _, object := range []evidence.Object{before, after} {
		_, err := made.depot.Store.Stat(t.Context(), object.CID)
		require.NoError(t, err, "the old key is not needed any more")
	}
	require.NoError(t, sealing.AddKey(filepath.Join(folder, Folder, "master-key")))
	require.Contains(t, rotated(), "master key added: false\nsealed anew: 2 files, 2 secrets", "what is begun is finished first")
}

func TestTwoRotationsAtOnceAreRefused(t *testing.T) {
	folder := home(t, ledger.ModeSandbox)
	_, err := newService(t, Settings{Home: folder})
	require.NoError(t, err)
	end, err := alone(filepath.Join(folder, Folder, "rotation.lock"))
	require.NoError(t, err)
	defer end()
	require.ErrorIs(t, rotateKey(t.Context(), Settings{Home: folder}, io.Discard), ErrRotating)
}

func TestAProductionGatewaySpeaksPlainHTTPToItsOwnMachineAlone(t *testing.T) {
	for name, test := range map[string]struct {
		settings Settings
		mode     ledger.Mode
		refused  bool
	}{
		"in production to everybody":              {Settings{Listen: "0.0.0.0:8080"}, ledger.ModeProduction, true},
		"in production to everybody, without one": {Settings{Listen: ":8080"}, ledger.ModeProduction, true},
		"in production by a name":                 {Settings{Listen: "gateway.example:8080"}, ledger.ModeProduction, true},
		"in production to its own machine":        {Settings{Listen: "127.0.0.1:8080"}, ledger.ModeProduction, false},
		"in production to its own machine, IPv6":  {Settings{Listen: "[::1]:8080"}, ledger.ModeProduction, false},
		"in production with a certificate":        {Settings{Listen: "0.0.0.0:8443", Certificate: "chain.pem", Key: "key.pem"}, ledger.ModeProduction, false},
		"in a sandbox to everybody":               {Settings{Listen: "0.0.0.0:8080"}, ledger.ModeSandbox, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.settings.encrypted(test.mode)
			require.Equal(t, test.refused, errors.Is(err, ErrPlain), "%v", err)
		})
	}
	_, err := newService(t, Settings{Home: home(t, ledger.ModeProduction), Listen: "0.0.0.0:0"})
	require.ErrorIs(t, err, ErrPlain, "it does not even open its database")
}
