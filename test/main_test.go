//go:build integration

package test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/demo"
	"dengji/gateway/client"
	"dengji/network/launcher"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/profile"
	"dengji/test/browser"
)

// sandbox is the network that most tests share: the default topology, brought up
// by the command that a user would type.
var sandbox *platform

// firstTelling is what `dengji demo` printed on the new network.
var firstTelling string

// platform is a network with its gateway, in a home folder of its own.
type platform struct {
	home       string
	portBase   int
	topology   string
	connection profile.Connection
	accounts   []profile.Account
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	p, err := newPlatform("sandbox", 23000)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer p.remove()
	if err := p.up(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	sandbox = p
	if firstTelling, err = p.run("demo", "--lang", "zh"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := browser.Run(m)
	if code != 0 {
		p.complain()
	}
	return code
}

// complain repeats what the gateway has logged as an error, which goes with the home
// folder.
func (p *platform) complain() {
	log, err := os.Open(layout.Home(p.home).Log("gateway"))
	if err != nil {
		return
	}
	defer log.Close()
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"level":"ERROR"`) {
			fmt.Fprintln(os.Stderr, lines.Text())
		}
	}
}

func newPlatform(topology string, portBase int) (*platform, error) {
	home, err := os.MkdirTemp("", "dengji-"+topology+"-")
	if err != nil {
		return nil, err
	}
	return &platform{home: home, portBase: portBase, topology: topology}, nil
}

// command prepares a run of the dengji program on the platform's home.
func (p *platform) command(ctx context.Context, arguments ...string) *exec.Cmd {
	program, err := filepath.Abs("../bin/dengji")
	if err != nil {
		panic(err)
	}
	command := exec.CommandContext(ctx, program, arguments...)
	command.Env = append(os.Environ(), profile.HomeVariable+"="+p.home,
		"DENGJI_PORT_BASE="+strconv.Itoa(p.portBase), "DENGJI_GATEWAY_ADDRESS="+p.gatewayAddress())
	return command
}

func (p *platform) gatewayAddress() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(p.portBase+900))
}

func (p *platform) base() string { return "http://" + p.gatewayAddress() }

// run runs the dengji program and gives what it printed.
func (p *platform) run(arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	output, err := p.command(ctx, arguments...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("dengji %s: %w\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output), err
}

func (p *platform) up() error {
	if _, err := p.run("up", "--topology", p.topology); err != nil {
		return err
	}
	var err error
	if p.connection, err = profile.ReadConnection(p.home); err != nil {
		return err
	}
	p.accounts, err = profile.ReadAccounts(p.home)
	return err
}

func (p *platform) remove() {
	if _, err := p.run("down"); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := os.RemoveAll(p.home); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// account gives a demo account.
func (p *platform) account(t testing.TB, name string) profile.Account {
	t.Helper()
	for _, account := range p.accounts {
		if account.Name == name {
			return account
		}
	}
	require.Failf(t, "no such account", "%s", name)
	return profile.Account{}
}

// peer gives a peer of the connection profile.
func (p *platform) peer(t *testing.T, name string) profile.Peer {
	t.Helper()
	for _, peer := range p.connection.Peers {
		if peer.Name == name {
			return peer
		}
	}
	require.Failf(t, "no such peer", "%s", name)
	return profile.Peer{}
}

// dial gives a client program of an account's own on a given peer.
func (p *platform) dial(t *testing.T, peer, account string) *demo.Own {
	t.Helper()
	own, err := demo.DialPeer(p.peer(t, peer), p.account(t, account))
	require.NoError(t, err)
	t.Cleanup(own.Close)
	return own
}

// kill ends nodes as a power cut would.
func (p *platform) kill(t *testing.T, nodes ...string) {
	t.Helper()
	running, err := process.List(p.home)
	require.NoError(t, err)
	for _, node := range nodes {
		found, ok := running[node]
		require.True(t, ok, "%s does not run", node)
		require.NoError(t, process.Kill(t.Context(), p.home, found))
	}
}

// revive restarts what died and waits until the platform is ready.
func (p *platform) revive(t *testing.T) {
	t.Helper()
	require.NoError(t, p.up())
}

// story gives a telling of the demo on this platform; what it says goes to the
// test's log.
func (p *platform) story(t *testing.T) *demo.Story {
	t.Helper()
	story, err := demo.NewStory(demo.NewNarrator(testWriter{t}, "en"), p.home, p.base())
	require.NoError(t, err)
	return story
}

// login gives an account's session at the gateway.
func (p *platform) login(t testing.TB, name string) *client.Client {
	t.Helper()
	account := p.account(t, name)
	session, _, err := client.New(p.base()).Login(t.Context(), account.Name, account.Password)
	require.NoError(t, err)
	return session
}

// testWriter writes lines to a test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(content []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(content), "\n"))
	return len(content), nil
}

// status asks what every node does.
func (p *platform) status(t *testing.T) []launcher.NodeStatus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := p.command(ctx, "status", "--json")
	output, err := command.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) { // a node that does not serve is told by the exit code, too
		require.NoError(t, err)
	}
	var all []launcher.NodeStatus
	require.NoError(t, json.Unmarshal(output, &all))
	return all
}

// heights gives the number of blocks of every node that has a ledger.
func (p *platform) heights(t *testing.T) map[string]uint64 {
	t.Helper()
	heights := map[string]uint64{}
	for _, node := range p.status(t) {
		if node.Height > 0 {
			heights[node.Node] = node.Height
		}
	}
	return heights
}

// pids gives the process of every node that runs, the gateway's too.
func (p *platform) pids(t *testing.T) map[string]int {
	t.Helper()
	running, err := process.List(p.home)
	require.NoError(t, err)
	pids := map[string]int{}
	for name, found := range running {
		pids[name] = found.PID
	}
	return pids
}

// anchorSomething anchors a file that nobody has anchored before.
func (p *platform) anchorSomething(t *testing.T, session *client.Client) client.Receipt {
	t.Helper()
	content := fmt.Sprintf("%s at %s", t.Name(), time.Now())
	_, receipt, err := session.PutEvidence(t.Context(), ledger.EvidenceOther, false, "note.txt", strings.NewReader(content))
	require.NoError(t, err)
	return receipt
}
