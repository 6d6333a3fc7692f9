//go:build integration

package launcher_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/launcher"
	"dengji/network/launcher/launchertest"
)

func TestAnUpgradeKeepsTheLedgerAndEndsTheFormerChaincode(t *testing.T) {
	var program string
	network := launchertest.Start(t, "sandbox", func(o *launcher.Options) { o.Topology = smallSandbox(t); program = o.ChaincodeBinary })
	before := heights(t, network)

	next := filepath.Join(t.TempDir(), "dengji-chaincode")
	message, err := exec.Command("go", "build", "-ldflags=-s -w -X main.build=next", "-o", next, "dengji/cmd/dengji-chaincode").CombinedOutput()
	require.NoError(t, err, "%s", message)
	require.NoError(t, os.Rename(next, program))

	upgraded := network.Open(t)
	require.NoError(t, upgraded.Upgrade(context.Background(), false))
	chaincodes := 0
	for _, s := range status(t, network) {
		if s.Kind == launcher.KindChaincode {
			chaincodes++
			require.True(t, strings.HasSuffix(s.Node, "-chaincode-2"), s.Node)
		}
		require.Equal(t, launcher.HealthServing, s.Health, s.Node)
	}
	require.Equal(t, 3, chaincodes)
	for node, height := range heights(t, network) {
		require.Greater(t, height, before[node], node)
	}

	t.Run("a second upgrade to the same program changes nothing", func(t *testing.T) {
		at := heights(t, network)
		require.NoError(t, network.Open(t).Upgrade(context.Background(), false))
		require.Equal(t, at, heights(t, network))
	})
	t.Run("the network resumes with the upgraded chaincode", func(t *testing.T) {
		require.NoError(t, network.Open(t).Down(context.Background()))
		network.Up(t)
	})
}

// smallSandbox is the sandbox without the departments' accounts, which take time
// to enrol.
func smallSandbox(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("../topologies/sandbox.yaml")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "small.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(content), "    accountsFrom: departments\n", "", 1)), 0o600))
	return path
}

func TestWithTwoPeersEachAnyOnePeerMayDie(t *testing.T) {
	network := launchertest.Start(t, "ha")
	for _, peer := range []string{"registrar-peer1", "authority-peer1", "districts-peer2"} {
		network.Kill(t, peer, peer+"-chaincode-")
		require.NoError(t, network.Open(t).Heartbeat(context.Background()), "without %s", peer)
		network.Up(t)
	}
	require.True(t, launcher.Healthy(status(t, network)))
}

func TestAFaultyOrdererDoesNotStopTheNetwork(t *testing.T) {
	network := launchertest.Start(t, "sandbox", func(o *launcher.Options) { o.Topology = smallSandbox(t) })
	for _, orderer := range []string{"authority-orderer", "registrar-orderer"} { // one of them leads
		network.Kill(t, orderer)
		require.NoError(t, network.Open(t).Heartbeat(context.Background()), "without %s", orderer)
		network.Up(t)
	}
}
