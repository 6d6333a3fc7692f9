package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"

	"dengji/chaincode/ledger"
	"dengji/fixtures"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/profile"
	"dengji/network/toolchain"
	"dengji/network/topologies"
	"dengji/network/topology"
)

// PortBaseVariable moves all ports of a new network, so that several networks
// live on one machine.
const PortBaseVariable = "DENGJI_PORT_BASE"

// DefaultTopology is the shipped topology of a network that is created without
// naming one.
const DefaultTopology = "sandbox"

// Options say which network is meant and how its commands report.
type Options struct {
	Home            string // state folder; empty: profile.Home
	Topology        string // shipped name or file; empty: the network's own, or DefaultTopology
	PortBase        int    // 0: PortBaseVariable, or the topology's own
	Host            string // only the nodes of this host; empty: all
	Organisation    string // the organisation whose keys this home keeps; empty: all, in a sandbox
	ChaincodeBinary string // empty: beside this program, or ChaincodeVariable
	Out             io.Writer

	Bootstrap Bootstrap // nil: nothing
}

// Bootstrap loads what a registry needs on its ledger (rule packs, calendars). Up
// runs it every time, once the chaincode answers and the ledger is initialised: it
// must be repeatable.
type Bootstrap func(ctx context.Context, home string) error

// Network is one network as seen from one home folder.
type Network struct {
	options  Options
	home     layout.Home
	topology *topology.Topology
	tools    toolchain.Tools
	progress *progress
}

// created is what the home remembers of the network's creation.
type created struct {
	Topology     *topology.Topology `json:"topology"`
	Organisation string             `json:"organisation,omitempty"`
}

// ErrNoNetwork says that the home holds no network.
var ErrNoNetwork = errors.New("there is no network in this home; create one with: dengji network up")

// Open finds the network of a home, or prepares to create it. A topology that
// contradicts the network's own is refused: a network does not change under its
// ledger.
func Open(options Options) (*Network, error) {
	if options.Home == "" {
		home, err := profile.Home()
		if err != nil {
			return nil, err
		}
		options.Home = home
	}
	if options.Out == nil {
		options.Out = io.Discard
	}
	n := &Network{options: options, home: layout.Home(options.Home), progress: newProgress(options.Out)}
	saved, err := n.readCreated()
	if errors.Is(err, os.ErrNotExist) {
		n.topology, err = n.wantedTopology(DefaultTopology)
		return n, err
	}
	if err != nil {
		return nil, err
	}
	return n, n.resume(saved)
}

// OpenExisting is Open for commands that need a network that is there.
func OpenExisting(options Options) (*Network, error) {
	n, err := Open(options)
	if err != nil {
		return nil, err
	}
	if !layout.Exists(n.home.Topology()) {
		return nil, ErrNoNetwork
	}
	return n, nil
}

// resume takes the saved topology, after holding the wanted one against it.
func (n *Network) resume(saved created) error {
	n.topology = saved.Topology
	if n.options.Organisation == "" {
		n.options.Organisation = saved.Organisation
	}
	if n.options.Organisation != saved.Organisation {
		return fmt.Errorf("this home keeps the keys of %q, not of %q", saved.Organisation, n.options.Organisation)
	}
	if n.options.Topology == "" && n.options.PortBase == 0 {
		return nil
	}
	wanted, err := n.wantedTopology(saved.Topology.Name)
	if err != nil {
		return err
	}
	if difference := differ(*saved.Topology, *wanted); difference != "" {
		return fmt.Errorf("the network in %s was created with another topology (%s differs); "+
			"keep it by leaving out --topology and the port base, or take another home with %s, or start anew with: dengji network reset",
			n.home, difference, profile.HomeVariable)
	}
	n.topology = wanted // accounts may have been added
	return nil
}

func (n *Network) wantedTopology(otherwise string) (*topology.Topology, error) {
	name := n.options.Topology
	if name == "" {
		name = otherwise
	}
	content, err := topologies.Read(name)
	if err != nil {
		fromFile, fileErr := os.ReadFile(name)
		if fileErr != nil {
			return nil, fmt.Errorf("%w, and no file: %w", err, fileErr)
		}
		content = fromFile
	}
	t, err := topology.Parse(content)
	if err != nil {
		return nil, err
	}
	if err := t.AddAccounts(readAccounts); err != nil {
		return nil, err
	}
	base, err := n.portBase(t.PortBase)
	if err != nil {
		return nil, err
	}
	return t, t.Shift(base)
}

// departments names the list of accounts that ships with the sandbox.
const departments = "departments"

func readAccounts(name string) ([]topology.Account, error) {
	var accounts []topology.Account
	if name == departments {
		for _, party := range fixtures.Departments {
			accounts = append(accounts, topology.Account{
				Name: party.Account, Label: ledger.Text{ZH: party.Name, EN: party.Label}, Role: ledger.RoleRegistrant,
				USCC: party.USCC, Division: party.Division, Office: party.Office,
			})
		}
		return accounts, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return accounts, json.Unmarshal(content, &accounts)
}

func (n *Network) portBase(otherwise int) (int, error) {
	if n.options.PortBase != 0 {
		return n.options.PortBase, nil
	}
	text := os.Getenv(PortBaseVariable)
	if text == "" {
		return otherwise, nil
	}
	base, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%q is no number", PortBaseVariable, text)
	}
	return base, nil
}

// differ names the first part in which two topologies differ, other than
// accounts, which may be added.
func differ(a, b topology.Topology) string {
	if len(a.Organisations) != len(b.Organisations) {
		return "organisations"
	}
	for i := range a.Organisations {
		left, right := a.Organisations[i], b.Organisations[i]
		left.Accounts, right.Accounts = nil, nil
		if !reflect.DeepEqual(left, right) {
			return "organisation " + left.Name
		}
	}
	left, right := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range left.NumField() {
		name := left.Type().Field(i).Name
		if name != "Organisations" && !reflect.DeepEqual(left.Field(i).Interface(), right.Field(i).Interface()) {
			return name
		}
	}
	return ""
}

func (n *Network) readCreated() (created, error) {
	content, err := os.ReadFile(n.home.Topology())
	if err != nil {
		return created{}, err
	}
	var saved created
	if err := json.Unmarshal(content, &saved); err != nil || saved.Topology == nil {
		return created{}, fmt.Errorf("%s is damaged: %w", n.home.Topology(), err)
	}
	return saved, nil
}

func (n *Network) saveCreated() error {
	content, err := json.MarshalIndent(created{Topology: n.topology, Organisation: n.options.Organisation}, "", "  ")
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	return layout.Write(n.home.Topology(), content, 0o600)
}

// Home gives the state folder.
func (n *Network) Home() string { return string(n.home) }

// Topology gives the network's topology.
func (n *Network) Topology() *topology.Topology { return n.topology }

// kept gives the organisations whose keys are in this home.
func (n *Network) kept() []topology.Organisation {
	if n.options.Organisation == "" {
		return n.topology.Organisations
	}
	return n.topology.KeptIn(n.options.Organisation)
}

func (n *Network) onThisHost(host string) bool {
	return n.options.Host == "" || n.options.Host == host
}

// running lists the processes of this home by node name.
func (n *Network) running() (map[string]process.Running, error) {
	return process.List(string(n.home))
}
