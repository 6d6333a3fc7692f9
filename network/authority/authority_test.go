package authority

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/enrolment"
)

func TestPrepareKeepsTheSecretInPrivateFiles(t *testing.T) {
	server := Server{Folder: filepath.Join(t.TempDir(), "server"), Address: "127.0.0.1", Port: 17010, Organisations: []string{"Authority", "Registrants"}}
	require.NoError(t, server.Prepare())
	secret, err := server.readSecret()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(secret), 26)
	require.NotContains(t, strings.Join(server.Arguments(), " "), secret, "arguments are public")
	for _, name := range []string{"authority", "authority-tls", "registrants", "registrants-tls"} {
		require.FileExists(t, filepath.Join(server.Folder, name, configFile))
	}
	require.NoError(t, filepath.WalkDir(server.Folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
		return err
	}))
	before, err := os.ReadFile(filepath.Join(server.Folder, configFile))
	require.NoError(t, err)
	require.NoError(t, server.Prepare())
	after, err := os.ReadFile(filepath.Join(server.Folder, configFile))
	require.NoError(t, err)
	require.Equal(t, before, after, "what exists stays")
}

// stub is a stand-in for Fabric CA that issues fixed certificates.
type stub struct {
	t          *testing.T
	registered map[string]string
	refuse     string
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	require.NoError(s.t, err)
	var request struct {
		ID, Secret, Caname string
		CSR                string `json:"certificate_request"`
	}
	if len(body) > 0 {
		require.NoError(s.t, json.Unmarshal(body, &request))
	}
	answer := func(result any) {
		content, err := json.Marshal(map[string]any{"success": true, "result": result})
		require.NoError(s.t, err)
		_, _ = w.Write(content)
	}
	switch {
	case s.refuse != "":
		_, _ = w.Write([]byte(s.refuse))
	case r.URL.Path == "/api/v1/enroll":
		id, secret, ok := r.BasicAuth()
		require.True(s.t, ok)
		if id != registrarID {
			require.Equal(s.t, s.registered[request.Caname+"/"+id], secret)
		}
		answer(map[string]string{"Cert": base64.StdEncoding.EncodeToString([]byte("certificate of " + id))})
	case r.URL.Path == "/api/v1/register":
		require.NotEmpty(s.t, r.Header.Get("Authorization"))
		key := request.Caname + "/" + request.ID
		if _, twice := s.registered[key]; twice {
			_, _ = w.Write([]byte(`{"success":false,"errors":[{"code":74,"message":"Identity is already registered"}]}`))
			return
		}
		s.registered[key] = request.Secret
		answer(map[string]string{"secret": request.Secret})
	default:
		answer(map[string]string{})
	}
}

func newStub(t *testing.T) (*stub, *Client) {
	t.Helper()
	s := &stub{t: t, registered: map[string]string{}}
	web := httptest.NewTLSServer(s)
	t.Cleanup(web.Close)
	host, portText, err := net.SplitHostPort(web.Listener.Addr().String())
	require.NoError(t, err)
	port, err := strconv.Atoi(portText)
	require.NoError(t, err)
	server := Server{Folder: t.TempDir(), Address: host, Port: port, Organisations: []string{"Registrar"}}
	require.NoError(t, server.Prepare())
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	for _, path := range []string{"ca-cert.pem", "registrar/ca-cert.pem", "registrar-tls/ca-cert.pem"} {
		require.NoError(t, os.WriteFile(filepath.Join(server.Folder, path), root, 0o600))
	}
	client, err := NewClient(server)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return s, client
}

func TestObtainFillsTheFolderOnceAndResumes(t *testing.T) {
	s, client := newStub(t)
	identity := Identity{Organisation: "Registrar", ID: "peer", Kind: KindPeer, Hosts: []string{"peer"}, Folder: filepath.Join(t.TempDir(), "peer")}
	require.NoError(t, client.Ping(t.Context()))
	require.NoError(t, client.Obtain(t.Context(), identity))
	for _, name := range []string{KeyFile, TLSKey} {
		info, err := os.Stat(filepath.Join(identity.Folder, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	key, err := os.ReadFile(filepath.Join(identity.Folder, KeyFile))
	require.NoError(t, err)

	t.Run("what is there stays", func(t *testing.T) {
		require.NoError(t, client.Obtain(t.Context(), identity))
		again, err := os.ReadFile(filepath.Join(identity.Folder, KeyFile))
		require.NoError(t, err)
		require.Equal(t, key, again)
	})
	t.Run("after a crash between registration and enrolment the secret is the same", func(t *testing.T) {
		secret := s.registered["registrar/peer"]
		require.NoError(t, os.RemoveAll(identity.Folder))
		require.NoError(t, os.MkdirAll(identity.Folder+"/msp.new/keystore", 0o700)) // an attempt that was cut off
		require.NoError(t, client.Obtain(t.Context(), identity))
		require.Equal(t, secret, s.registered["registrar/peer"])
		require.NoDirExists(t, identity.Folder+"/msp.new")
	})
}

func TestARefusalLeavesNothingBehind(t *testing.T) {
	s, client := newStub(t)
	s.refuse = `{"success":false,"errors":[{"code":20,"message":"Authentication failure"}]}`
	identity := Identity{Organisation: "Registrar", ID: "clerk", Kind: KindClient, Folder: filepath.Join(t.TempDir(), "clerk")}
	err := client.Obtain(t.Context(), identity)
	var refused enrolment.Refusal
	require.True(t, errors.As(err, &refused))
	require.Equal(t, 20, refused.Code)
	require.NoDirExists(t, identity.Folder+"/msp")
}
