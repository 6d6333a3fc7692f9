//go:build integration

package launcher_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/launcher"
	"dengji/network/launcher/launchertest"
	"dengji/network/process"
)

func TestASandboxStartsHostByHost(t *testing.T) {
	hosts := []string{"authority", "registrar", "districts", "supervisors"}
	home := launchertest.Home(t)
	t.Cleanup(func() { launchertest.TakeDown(t, home) })
	options := launcher.Options{Home: home, Topology: spreadSandbox(t), PortBase: launchertest.PortBase(t), ChaincodeBinary: launchertest.Chaincode(t)}
	up := func(host string) string {
		var out bytes.Buffer
		options.Host, options.Out = host, &out
		network, err := launcher.Open(options)
		require.NoError(t, err)
		require.NoError(t, network.Up(context.Background()), host)
		return out.String()
	}
	for _, host := range hosts[:3] {
		require.Contains(t, up(host), "next: network up --host")
	}
	require.Contains(t, up(hosts[3]), "not yet there: authority, registrar, districts")
	for _, host := range hosts[:2] {
		require.Contains(t, up(host), "this host serves")
	}
	running, err := process.List(home)
	require.NoError(t, err)
	require.NotContains(t, running, "districts-peer1", "another host's node is not started")
	require.Contains(t, up(hosts[2]), "ready: a transaction has committed")
	require.Contains(t, up(hosts[0]), "ready: a transaction has committed", "and again, with nothing to do")
}

// spreadSandbox is the four-hosts topology as a sandbox, with the accounts that
// found the ledger.
func spreadSandbox(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("../topologies/four-hosts.yaml")
	require.NoError(t, err)
	text := strings.Replace(string(content), "mode: production", "mode: sandbox", 1)
	for _, account := range []string{"authority1: AuthorityMSP", "operator1: RegistrarMSP"} {
		name, msp, _ := strings.Cut(account, ": ")
		role := strings.TrimSuffix(name, "1")
		text = strings.Replace(text, "    msp: "+msp+"\n", "    msp: "+msp+"\n    accounts:\n      - {name: "+name+", role: "+role+", label: {zh: 演示, en: Demo}, division: \"110000\", office: 演示}\n", 1)
	}
	path := filepath.Join(t.TempDir(), "spread.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
