package launcher

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/network/channel"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/topologies"
	"dengji/network/topology"
)

// created makes a home in which a network was created, without starting anything.
func createdHome(t *testing.T, options Options) Options {
	t.Helper()
	options.Home = t.TempDir()
	network, err := Open(options)
	require.NoError(t, err)
	require.NoError(t, network.saveCreated())
	return Options{Home: options.Home}
}

func TestANetworkKeepsTheTopologyThatItWasCreatedWith(t *testing.T) {
	home := createdHome(t, Options{Topology: "ha", PortBase: 21000}).Home
	t.Run("without naming one, its own is used, whatever the environment says", func(t *testing.T) {
		t.Setenv(PortBaseVariable, "25000")
		network, err := OpenExisting(Options{Home: home})
		require.NoError(t, err)
		require.Equal(t, "ha", network.Topology().Name)
		require.Equal(t, 21000, network.Topology().PortBase)
	})
	t.Run("naming the same again is fine", func(t *testing.T) {
		_, err := Open(Options{Home: home, Topology: "ha", PortBase: 21000})
		require.NoError(t, err)
	})
	t.Run("another topology is refused, saying what differs and what to do", func(t *testing.T) {
		_, err := Open(Options{Home: home, Topology: "sandbox", PortBase: 21000})
		require.ErrorContains(t, err, "organisation Authority differs")
		require.ErrorContains(t, err, "dengji network reset")
	})
	t.Run("other ports are refused", func(t *testing.T) {
		_, err := Open(Options{Home: home, PortBase: 22000})
		require.ErrorContains(t, err, "differs")
	})
	t.Run("other ordering options are refused by name", func(t *testing.T) {
		content, err := topologies.Read("ha")
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "ha.yaml")
		require.NoError(t, os.WriteFile(path, bytes.Replace(content, []byte("200ms"), []byte("300ms"), 1), 0o600))
		_, err = Open(Options{Home: home, Topology: path, PortBase: 21000})
		require.ErrorContains(t, err, "(Ordering differs)")
	})
	t.Run("accounts may be added", func(t *testing.T) {
		content, err := topologies.Read("ha")
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "ha.yaml")
		more := "    accounts:\n      - {name: supervisor2, label: {zh: 二, en: Two}, role: supervisor}\n"
		at := bytes.Index(content, []byte("      - {name: supervisor1"))
		changed := string(content[:at]) + strings.TrimPrefix(more, "    accounts:\n") + string(content[at:])
		require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
		network, err := Open(Options{Home: home, Topology: path, PortBase: 21000})
		require.NoError(t, err)
		supervisors, _ := network.Topology().Organisation("Supervisors")
		require.Len(t, supervisors.Accounts, 2)
		require.False(t, network.identitiesComplete())
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a topology that is neither shipped nor a file", func(t *testing.T) {
		_, err := Open(Options{Home: t.TempDir(), Topology: "moon"})
		require.ErrorContains(t, err, "four-hosts, ha, sandbox")
	})
	t.Run("a port base that is no number", func(t *testing.T) {
		t.Setenv(PortBaseVariable, "many")
		_, err := Open(Options{Home: t.TempDir()})
		require.ErrorContains(t, err, `DENGJI_PORT_BASE="many" is no number`)
	})
	t.Run("a command that needs a network where there is none", func(t *testing.T) {
		_, err := OpenExisting(Options{Home: t.TempDir()})
		require.ErrorIs(t, err, ErrNoNetwork)
	})
	t.Run("a damaged record of the network", func(t *testing.T) {
		options := createdHome(t, Options{})
		require.NoError(t, os.WriteFile(layout.Home(options.Home).Topology(), []byte("{"), 0o600))
		_, err := Open(options)
		require.ErrorContains(t, err, "is damaged")
	})
	t.Run("a home of another organisation", func(t *testing.T) {
		options := createdHome(t, Options{Topology: "four-hosts", Organisation: "Registrar"})
		_, err := Open(Options{Home: options.Home, Organisation: "Authority"})
		require.ErrorContains(t, err, `keeps the keys of "Registrar", not of "Authority"`)
	})
}

func TestAProductionNetworkIsNotMadeInOneHome(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir(), Topology: "four-hosts"})
	require.NoError(t, err)
	require.ErrorContains(t, network.Up(context.Background()), "each in its own home")
	require.NoDirExists(t, network.home.Organisation("Authority"))
}

func TestAHomeOfOneOrganisationRunsItsNodesAlone(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir(), Topology: "four-hosts", Organisation: "Authority"})
	require.NoError(t, err)
	nodes, err := network.nodes(deployment{Digest: "0123456789abcdef", Sequence: 1})
	require.NoError(t, err)
	var names []string
	for _, node := range nodes {
		names = append(names, node.Name)
		require.False(t, node.Endpoint != "" && !strings.HasPrefix(node.Endpoint, "127.0.1.1:"), node.Endpoint)
	}
	require.Equal(t, []string{"certificates-authority-17610", "authority-orderer", "authority-peer1", "authority-peer1-chaincode-1", "log-keeper"}, names)
	server := network.server(network.kept()[0])
	require.Equal(t, []string{"Authority", "Registrants"}, server.Organisations, "Registrants' authority is kept by Authority")
}

func TestOnlyTheNodesOfTheNamedHostAreStarted(t *testing.T) {
	content, err := topologies.Read("four-hosts")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "hosts.yaml")
	require.NoError(t, os.WriteFile(path, bytes.Replace(content, []byte("mode: production"), []byte("mode: sandbox"), 1), 0o600))
	network, err := Open(Options{Home: t.TempDir(), Topology: path, Host: "districts"})
	require.NoError(t, err)
	nodes, err := network.nodes(deployment{Digest: "0123456789abcdef", Sequence: 1})
	require.NoError(t, err)
	for _, node := range nodes {
		require.True(t, node.Organisation == "Districts" || node.Kind == KindLogs, node.Name)
	}
	require.Len(t, nodes, 5)
}

func TestTwoVersionsOfAChaincodeNeverShareAPort(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir()})
	require.NoError(t, err)
	used := map[int]string{}
	for _, sequence := range []int64{4, 5} {
		all, err := network.chaincodes(deployment{Digest: "0123456789abcdef", Sequence: sequence})
		require.NoError(t, err)
		require.Len(t, all, 2)
		for _, c := range all {
			require.Empty(t, used[c.port])
			require.Less(t, c.port, topology.ChaincodePorts)
			used[c.port] = c.pack.Label
		}
	}
}

func TestImportRefusesMaterialThatSpeaksForOthers(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir(), Topology: "four-hosts", Organisation: "Districts"})
	require.NoError(t, err)
	good := channel.Bundle{Network: "four-hosts", Organisation: "Registrar", MSP: ledger.RegistrarMSP}
	for name, c := range map[string]struct {
		export  channel.Export
		problem string
	}{
		"for another organisation": {channel.Export{Keeper: "Registrar", Bundles: []channel.Bundle{good, {Network: "four-hosts", Organisation: "Registrants", MSP: ledger.RegistrantsMSP}}}, "speaks for Registrants, whose keys it does not keep"},
		"for an unknown one":       {channel.Export{Keeper: "Nobody", Bundles: []channel.Bundle{{Organisation: "Nobody"}}}, "speaks for Nobody"},
		"for another network":      {channel.Export{Keeper: "Registrar", Bundles: []channel.Bundle{{Network: "x", Organisation: "Registrar", MSP: ledger.RegistrarMSP}}}, `for network "x"`},
		"under another MSP id":     {channel.Export{Keeper: "Registrar", Bundles: []channel.Bundle{{Network: "four-hosts", Organisation: "Registrar", MSP: "x"}}}, `MSP "x"`},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, network.checkExport(c.export), c.problem) })
	}
	require.NoError(t, network.checkExport(channel.Export{Keeper: "Registrar", Bundles: []channel.Bundle{good}}))
}

func TestAFailureSaysWhichNodeWhyAndWhatToDo(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, layout.Write(network.home.Log("registrar-peer1"), []byte("first\nlast words\n"), 0o600))
	for name, c := range map[string]struct {
		cause error
		parts []string
	}{
		"a taken port":  {&process.PortTaken{Address: "127.0.0.1:17100", PID: 42, Command: "nginx"}, []string{"taken by process 42 (nginx)", PortBaseVariable}},
		"a full disk":   {errors.New("write: no space left on device"), []string{"free some disk space"}},
		"a panic":       {errors.New("panic: ledger"), []string{"stale or damaged", "dengji network reset"}},
		"anything else": {errors.New("odd"), []string{"dengji network logs"}},
	} {
		t.Run(name, func(t *testing.T) {
			failure := network.nodeError("registrar-peer1", c.cause)
			require.ErrorIs(t, failure, c.cause)
			for _, part := range append(c.parts, "node registrar-peer1", "last words", network.home.Log("registrar-peer1")) {
				require.ErrorContains(t, failure, part)
			}
		})
	}
}

func TestTheEndOfALogBeginsWithALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("0123456789\n", 100)), 0o600))
	require.Equal(t, "0123456789\n0123456789\n", readTail(path, 25))
	require.Empty(t, readTail(path+".missing", 25))
}

func TestTheLastWordsOfALogAreNotItsStackTrace(t *testing.T) {
	log := "line one\nline two\npanic: no ledger\n\ngoroutine 1 [running]:\nmain.main()\n" + strings.Repeat("\tframe\n", 1000)
	require.Equal(t, "line one\nline two\npanic: no ledger", lastWords(log))
	require.Equal(t, "short\n", lastWords("short\n"))
	long := strings.Repeat("0123456789\n", 1000)
	require.LessOrEqual(t, len(lastWords(long)), tailBytes)
	require.True(t, strings.HasPrefix(lastWords(long), "0123456789\n"))
}

func TestANodeThatEndsAtOnceIsReportedWithItsLog(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir()})
	require.NoError(t, err)
	node := Node{
		Name: "broken", Kind: KindPeer,
		specification: process.Specification{Name: "broken", Executable: "/bin/sh", Arguments: []string{"-c", "echo cannot go on; exit 3"},
			Folder: t.TempDir(), Log: network.home.Log("broken")},
		health: func(context.Context) error { return errors.New("refused") },
	}
	var failure *NodeError
	require.ErrorAs(t, network.start(t.Context(), []Node{node}), &failure)
	require.Equal(t, "broken", failure.Node)
	require.ErrorContains(t, failure, "the process has ended")
	require.ErrorContains(t, failure, "cannot go on")
}

func TestStartLeavesAloneWhatRuns(t *testing.T) {
	network, err := Open(Options{Home: t.TempDir()})
	require.NoError(t, err)
	node := Node{Name: "node", specification: process.Specification{Name: "node", Executable: "/bin/sh", Arguments: []string{"-c", "sleep 600"},
		Folder: t.TempDir(), Log: network.home.Log("node")}}
	require.NoError(t, network.start(t.Context(), []Node{node}))
	before, err := network.running()
	require.NoError(t, err)
	require.NoError(t, network.start(t.Context(), []Node{node}))
	after, err := network.running()
	require.NoError(t, err)
	require.Equal(t, before["node"].PID, after["node"].PID)

	require.ErrorContains(t, network.Stop(t.Context(), false, "other"), "running are node")
	require.NoError(t, network.Stop(t.Context(), true, "node"))
	require.NoError(t, network.Reset(t.Context()))
	require.NoDirExists(t, network.home.Network())
}

func TestStatusShowsStoppedNodesInBothForms(t *testing.T) {
	network, err := OpenExisting(createdHome(t, Options{PortBase: 21000}))
	require.NoError(t, err)
	all, err := network.Status(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 10)
	require.False(t, Healthy(all))
	var table, asJSON bytes.Buffer
	require.NoError(t, writeStatus(&table, all, false))
	require.Contains(t, table.String(), "registrar-peer1")
	require.Contains(t, table.String(), "stopped")
	require.NoError(t, writeStatus(&asJSON, all, true))
	var back []NodeStatus
	require.NoError(t, json.Unmarshal(asJSON.Bytes(), &back))
	require.Equal(t, all, back)
}

func TestAccountsKeepTheirPasswords(t *testing.T) {
	network, err := OpenExisting(createdHome(t, Options{}))
	require.NoError(t, err)
	path := filepath.Join(network.Home(), "demo-accounts.json")
	require.NoError(t, network.writeAccounts())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, network.writeAccounts())
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	production, err := Open(Options{Home: t.TempDir(), Topology: "four-hosts", Organisation: "Registrar"})
	require.NoError(t, err)
	require.NoError(t, production.writeAccounts())
	require.NoFileExists(t, filepath.Join(production.Home(), "demo-accounts.json"))
}

func TestResetAsksFirst(t *testing.T) {
	options := createdHome(t, Options{})
	run := func(answer string) (string, error) {
		command := Command()
		var out bytes.Buffer
		command.SetOut(&out)
		command.SetIn(strings.NewReader(answer))
		command.SetArgs([]string{"reset", "--home", options.Home})
		command.SilenceErrors, command.SilenceUsage = true, true
		err := command.ExecuteContext(t.Context())
		return out.String(), err
	}
	for _, answer := range []string{"no\n", "", "YES\n"} {
		out, err := run(answer)
		require.ErrorContains(t, err, "nothing was removed")
		require.Contains(t, out, options.Home)
		require.FileExists(t, layout.Home(options.Home).Topology())
	}
	_, err := run("yes\n")
	require.NoError(t, err)
	require.NoFileExists(t, layout.Home(options.Home).Topology())
}

func TestTheKeeperMovesLargeLogsAside(t *testing.T) {
	folder := t.TempDir()
	small, large := filepath.Join(folder, "small.log"), filepath.Join(folder, "large.log")
	require.NoError(t, os.WriteFile(small, []byte("12345"), 0o600))
	node, err := os.OpenFile(large, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	turn := func() { // one turn: the folder is gone when the script looks again
		script := strings.Replace(keepLogs, `sleep "$3"`, "exit 0", 1)
		output, err := exec.Command("/bin/sh", "-c", script, "keeper", folder, "10", "0").CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	for i := range 6 {
		_, err := fmt.Fprintf(node, "generation %d", i)
		require.NoError(t, err)
		turn()
	}
	_, err = fmt.Fprint(node, "now")
	require.NoError(t, err)
	for name, want := range map[string]string{"large.log": "now", "large.log.1": "generation 5", "large.log.2": "generation 4", "large.log.3": "generation 3", "small.log": "12345"} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.Equal(t, want, string(content), name)
	}
	require.NoFileExists(t, filepath.Join(folder, "large.log.4"))
}

// lines collects what is written, for a reader that waits for it.
type lines struct{ channel chan string }

func (l lines) Write(content []byte) (int, error) {
	l.channel <- string(content)
	return len(content), nil
}

func TestLogsFollowAFileAcrossItsRotation(t *testing.T) {
	options := createdHome(t, Options{})
	out := lines{make(chan string, 10)}
	options.Out = out
	network, err := OpenExisting(options)
	require.NoError(t, err)
	path := network.home.Log("peer")
	require.NoError(t, layout.Write(path, []byte("before\n"), 0o600))
	require.ErrorContains(t, network.Logs(t.Context(), "orderer", false), "there are peer")

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- network.Logs(ctx, "peer", true) }()
	require.Equal(t, "before\n", <-out.channel)
	log, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	var seen strings.Builder
	write := func(text string) {
		_, err := log.WriteString(text)
		require.NoError(t, err)
	}
	until := func(part string) {
		for !strings.Contains(seen.String(), part) {
			select {
			case more := <-out.channel:
				seen.WriteString(more)
			case <-time.After(time.Minute):
				t.Fatalf("only %q was shown", seen.String())
			}
		}
	}
	time.Sleep(10 * time.Millisecond) // the follower opens the file; what it misses is not what is tested
	for !strings.Contains(seen.String(), "after") {
		write("after a long line of text\n")
		select {
		case more := <-out.channel:
			seen.WriteString(more)
		case <-time.After(time.Second):
		}
	}
	require.NoError(t, log.Truncate(0))
	write("anew\n")
	until("anew")
	stop()
	require.NoError(t, <-ended)
}

func TestDifferSeesEveryPartButAccounts(t *testing.T) {
	base := func() topology.Topology {
		content, err := topologies.Read("sandbox")
		require.NoError(t, err)
		parsed, err := topology.Parse(content)
		require.NoError(t, err)
		return *parsed
	}
	require.Empty(t, differ(base(), base()))
	for part, change := range map[string]func(*topology.Topology){
		"organisations":          func(t *topology.Topology) { t.Organisations = t.Organisations[1:] },
		"organisation Registrar": func(t *topology.Topology) { t.Organisations[1].Peers[0].Port++ },
		"Mode":                   func(t *topology.Topology) { t.Mode = ledger.ModeProduction },
		"Hosts":                  func(t *topology.Topology) { t.Hosts[0].Address = "127.0.0.2" },
		"Chaincode":              func(t *topology.Topology) { t.Chaincode.Required = 3 },
		"":                       func(t *topology.Topology) { t.Organisations[0].Accounts = nil },
	} {
		changed := base()
		change(&changed)
		require.Equal(t, part, differ(base(), changed))
	}
}
