//go:build integration

package launcher_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/launcher"
	"dengji/network/launcher/launchertest"
	"dengji/network/layout"
)

func TestASandboxResumesAndRestartsWhatDied(t *testing.T) {
	network := launchertest.Start(t, "sandbox", func(o *launcher.Options) { o.Topology = smallSandbox(t) })
	before := heights(t, network)

	network.Kill(t, "districts-orderer", "registrar-peer1", "authority-peer1-chaincode-")
	stopped := 0
	for _, status := range status(t, network) {
		if status.Health == launcher.HealthStopped {
			stopped++
		}
	}
	require.Equal(t, 3, stopped)

	network.Up(t)
	require.True(t, launcher.Healthy(status(t, network)))
	for node, height := range heights(t, network) {
		require.GreaterOrEqual(t, height, before[node], "the ledger of %s is intact", node)
	}

	require.NoError(t, network.Open(t).Down(context.Background()))
	for _, status := range status(t, network) {
		require.Equal(t, launcher.HealthStopped, status.Health, status.Node)
	}
	network.Up(t)
	require.True(t, launcher.Healthy(status(t, network)))
}

func TestANodeThatHasLostItsDataGetsTheLedgerBack(t *testing.T) {
	network := launchertest.Start(t, "sandbox", func(o *launcher.Options) { o.Topology = smallSandbox(t) })
	before := heights(t, network)
	network.Kill(t, "registrar-peer1", "supervisors-orderer")
	home := layout.Home(network.Home)
	for organisation, node := range map[string]string{"Registrar": "registrar-peer1", "Supervisors": "supervisors-orderer"} {
		require.NoError(t, os.RemoveAll(filepath.Join(home.Node(organisation, node), "data")))
	}
	network.Up(t)
	after := heights(t, network)
	for node, height := range before {
		require.GreaterOrEqual(t, after[node], height, node)
	}
	require.NoError(t, network.Open(t).Heartbeat(context.Background()), "the registrar's peer endorses again")
}

// cancelAfter ends a context when the given number of lines was written.
type cancelAfter struct {
	lines  int
	cancel context.CancelFunc
}

func (c *cancelAfter) Write(line []byte) (int, error) {
	if c.lines--; c.lines == 0 {
		c.cancel()
	}
	return len(line), nil
}

func TestACreationThatIsCutOffAfterAnyStepGoesOn(t *testing.T) {
	home := launchertest.Home(t)
	t.Cleanup(func() { launchertest.TakeDown(t, home) })
	options := launcher.Options{Home: home, Topology: smallSandbox(t), PortBase: launchertest.PortBase(t), ChaincodeBinary: launchertest.Chaincode(t)}
	for lines := 1; ; lines++ {
		ctx, cancel := context.WithCancel(context.Background())
		options.Out = &cancelAfter{lines, cancel}
		network, err := launcher.Open(options)
		require.NoError(t, err)
		err = network.Up(ctx)
		cancel()
		if err == nil {
			require.Greater(t, lines, 8, "the creation has that many steps")
			break
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	network, err := launcher.OpenExisting(options)
	require.NoError(t, err)
	all, err := network.Status(context.Background())
	require.NoError(t, err)
	require.True(t, launcher.Healthy(all))
}

func status(t *testing.T, network *launchertest.Network) []launcher.NodeStatus {
	t.Helper()
	all, err := network.Open(t).Status(context.Background())
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

func heights(t *testing.T, network *launchertest.Network) map[string]uint64 {
	t.Helper()
	found := map[string]uint64{}
	for _, status := range status(t, network) {
		if status.Height > 0 {
			found[status.Node] = status.Height
		}
	}
	require.NotEmpty(t, found)
	return found
}
