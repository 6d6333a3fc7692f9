// Package authoritytest runs Fabric CA servers for tests.
package authoritytest

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/network/authority"
	"dengji/network/process"
	"dengji/network/toolchain"
)

// Start runs a Fabric CA server with the authorities of some organisations until the
// test ends.
func Start(t testing.TB, organisations ...string) (authority.Server, *authority.Client) {
	t.Helper()
	home := t.TempDir()
	tools, err := toolchain.Ensure(t.Context(), func(message string) { t.Log(message) })
	require.NoError(t, err)
	server := authority.Server{Folder: filepath.Join(home, "server"), Address: "127.0.0.1", Port: freePort(t), Organisations: organisations}
	require.NoError(t, server.Prepare())
	_, err = process.Start(home, process.Specification{Name: "certificates", Executable: tools.Binary(toolchain.AuthorityServer),
		Arguments: server.Arguments(), Folder: server.Folder, Log: filepath.Join(home, "log")})
	require.NoError(t, err)
	t.Cleanup(func() { Stop(t, server) })
	return server, awaitClient(t, server)
}

// Stop ends a server that Start has run, as a crash would; where none runs it does
// nothing.
func Stop(t testing.TB, server authority.Server) {
	t.Helper()
	home := filepath.Dir(server.Folder)
	running, err := process.List(home)
	require.NoError(t, err)
	for _, found := range running {
		require.NoError(t, process.Kill(context.Background(), home, found))
	}
}

func awaitClient(t testing.TB, server authority.Server) *authority.Client {
	t.Helper()
	var client *authority.Client
	require.Eventually(t, func() bool {
		made, err := authority.NewClient(server)
		if err != nil {
			return false
		}
		client = made
		return made.Ping(t.Context()) == nil
	}, time.Minute, 50*time.Millisecond, "the certificate authority does not answer")
	t.Cleanup(client.Close)
	return client
}

func freePort(t testing.TB) int {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	return port
}
