package launchertest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"dengji/network/launcher"
	"dengji/network/process"
	"dengji/network/profile"
)

// HomeVariable names the home of a network that tests share. It is brought up
// and left running.
const HomeVariable = "DENGJI_TEST_HOME"

// Ports of test networks: a network takes one slot.
const (
	firstPort = 18000
	lastPort  = 18999
	slotPorts = 200
)

const upLimit = 8 * time.Minute // the first one on a machine builds Fabric

// Network is a network that serves.
type Network struct {
	Home       string
	Connection profile.Connection
	accounts   []profile.Account
	options    launcher.Options
}

// Start brings a network of a shipped topology, or of a topology file, up for a
// test. configure may change the options, such as Bootstrap.
func Start(t testing.TB, topology string, configure ...func(*launcher.Options)) *Network {
	t.Helper()
	if home := os.Getenv(HomeVariable); home != "" {
		options := launcher.Options{Home: home, Out: output{t}, ChaincodeBinary: Chaincode(t)}
		return start(t, options, configure)
	}
	home := Home(t)
	options := launcher.Options{Home: home, Topology: topology, PortBase: PortBase(t), Out: output{t}, ChaincodeBinary: Chaincode(t)}
	t.Cleanup(func() { TakeDown(t, home) })
	return start(t, options, configure)
}

func start(t testing.TB, options launcher.Options, configure []func(*launcher.Options)) *Network {
	t.Helper()
	for _, change := range configure {
		change(&options)
	}
	n := &Network{Home: options.Home, options: options}
	n.Up(t)
	var err error
	n.Connection, err = profile.ReadConnection(n.Home)
	require.NoError(t, err)
	if n.accounts, err = profile.ReadAccounts(n.Home); err != nil {
		require.ErrorIs(t, err, os.ErrNotExist) // production
	}
	return n
}

// Up restarts what died.
func (n *Network) Up(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), upLimit)
	defer cancel()
	require.NoError(t, n.Open(t).Up(ctx))
}

// Open gives the launcher's view of the network.
func (n *Network) Open(t testing.TB) *launcher.Network {
	t.Helper()
	network, err := launcher.Open(n.options)
	require.NoError(t, err)
	return network
}

// Account gives a demo account by name.
func (n *Network) Account(t testing.TB, name string) profile.Account {
	t.Helper()
	for _, account := range n.accounts {
		if account.Name == name {
			return account
		}
	}
	require.Failf(t, "no such account", "%s", name)
	return profile.Account{}
}

// Kill ends nodes at once, as a power cut would. A name that ends in a hyphen
// stands for all nodes that begin with it.
func (n *Network) Kill(t testing.TB, names ...string) {
	t.Helper()
	running, err := process.List(n.Home)
	require.NoError(t, err)
	var found []string
	for _, name := range names {
		before := len(found)
		for candidate := range running {
			if candidate == name || strings.HasSuffix(name, "-") && strings.HasPrefix(candidate, name) {
				found = append(found, candidate)
			}
		}
		require.Greater(t, len(found), before, "no running node %s", name)
	}
	require.NoError(t, n.Open(t).Stop(context.Background(), true, found...))
}

// Home makes a temporary home whose path is short.
func Home(t testing.TB) string {
	t.Helper()
	home, err := os.MkdirTemp("", "dengji-test-")
	require.NoError(t, err)
	t.Cleanup(func() {
		if !t.Failed() {
			require.NoError(t, os.RemoveAll(home))
		}
	})
	return home
}

// TakeDown ends every process of a home. After a failure the home is kept, and
// the test says where.
func TakeDown(t testing.TB, home string) {
	t.Helper()
	running, err := process.List(home)
	require.NoError(t, err)
	for _, r := range running {
		require.NoError(t, process.Stop(context.Background(), home, r, 20*time.Second))
	}
	if t.Failed() {
		t.Logf("the network's files and logs are kept in %s", home)
	}
}

// PortBase reserves a range of free ports until the test ends. Tests of other
// packages and checkouts wait for one another.
func PortBase(t testing.TB) int {
	t.Helper()
	folder := filepath.Join(os.TempDir(), "dengji-test-ports")
	require.NoError(t, os.MkdirAll(folder, 0o777))
	deadline := time.Now().Add(upLimit)
	for time.Now().Before(deadline) {
		for base := firstPort; base+slotPorts-1 <= lastPort; base += slotPorts {
			lock := flock.New(filepath.Join(folder, strconv.Itoa(base)))
			if taken, err := lock.TryLock(); err != nil || !taken {
				continue
			}
			if !free(base) {
				require.NoError(t, lock.Close())
				continue
			}
			t.Cleanup(func() { require.NoError(t, lock.Close()) })
			return base
		}
		time.Sleep(time.Second)
	}
	require.Fail(t, "no free ports for a test network")
	return 0
}

func free(base int) bool {
	for port := base; port < base+slotPorts; port++ {
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", net.JoinHostPort("0.0.0.0", strconv.Itoa(port))) // every address of the machine
		if err != nil || listener.Close() != nil {
			return false
		}
	}
	return true
}

// Chaincode builds the chaincode program of this checkout.
func Chaincode(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "dengji-chaincode")
	command := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-o", program, "dengji/cmd/dengji-chaincode")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	message, err := command.CombinedOutput()
	require.NoError(t, err, "%s", message)
	return program
}

// output shows the launcher's progress in the test's log.
type output struct{ t testing.TB }

func (o output) Write(line []byte) (int, error) {
	o.t.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
