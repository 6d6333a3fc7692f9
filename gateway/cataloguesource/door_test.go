package cataloguesource

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesThatAreNotPublicAreRefusedHoweverTheyAreWritten(t *testing.T) {
	for _, address := range []string{
		"http://data.example.org/", "ftp://data.example.org/", "file:///etc/passwd", "gopher://data.example.org/", "https:data", "https://", "/etc/passwd",
		"https://user:secret@data.example.org/", "https://127.0.0.1/", "https://127.8.8.8:8443/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/",
		"https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data", "https://[fe80::1]/", "https://[fd00:ec2::254]/",
		"https://0.0.0.0/", "https://[::]/", "https://100.64.0.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
		"https://[::127.0.0.1]/", "https://198.18.0.1/", "https://[2001:db8::1]/",
	} {
		t.Run(address, func(t *testing.T) {
			parsed, err := url.Parse(address)
			if err != nil {
				return // is refused before
			}
			require.ErrorIs(t, Door{}.Check(parsed), errForbidden)
		})
	}
	parsed, err := url.Parse("https://data.example.org/catalog.jsonl")
	require.NoError(t, err)
	require.NoError(t, Door{}.Check(parsed))
	for _, public := range []string{"114.255.40.1", "8.8.8.8", "2400:3200::1", "::ffff:8.8.8.8"} {
		require.True(t, isPublic(netip.MustParseAddr(public)), public)
	}
}

// TestNamesOfPrivateAddressesAreNotConnectedTo goes past what an address says, to
// what its name leads to: the connection itself is refused, and the server hears
// nothing.
func TestNamesOfPrivateAddressesAreNotConnectedTo(t *testing.T) {
	heard := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard++ }))
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	for _, host := range []string{"localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "[::1]"} {
		t.Run(host, func(t *testing.T) {
			_, err := Door{}.dial(t.Context(), "tcp", host+":"+port)
			require.Error(t, err)
			request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+host+":"+port+"/", nil)
			require.NoError(t, err)
			answer, err := Door{}.client().Do(request)
			if err == nil {
				_ = answer.Body.Close()
			}
			require.Error(t, err)
		})
	}
	_, err = Door{}.dial(t.Context(), "tcp", "localhost:"+port)
	require.ErrorIs(t, err, errForbidden)
	require.Zero(t, heard)
	connection, err := Door{Allowed: []string{"LocalHost:" + port}}.dial(t.Context(), "tcp", "localhost:"+port)
	require.NoError(t, err, "what an operator has allowed")
	require.NoError(t, connection.Close())
}

func TestARedirectLeadsNowhereElse(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) }))
	t.Cleanup(secret.Close)
	target := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) }))
	t.Cleanup(server.Close)
	door := Door{Allowed: []string{server.Listener.Addr().String()}}
	for name, to := range map[string]string{"another port of this machine": secret.URL, "metadata of a cloud": "http://169.254.169.254/", "a name of this machine": "https://localhost/", "a file": "file:///etc/passwd", "itself for ever": server.URL} {
		t.Run(name, func(t *testing.T) {
			target = to
			asked := &question{client: door.client(), door: door, left: maxBytes}
			_, err := asked.get(t.Context(), server.URL)
			require.Error(t, err)
			if name != "a file" {
				require.ErrorIs(t, err, errForbidden)
			}
		})
	}
}
