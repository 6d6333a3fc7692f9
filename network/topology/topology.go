package topology

import (
	"net"
	"strconv"

	"dengji/chaincode/ledger"
)

// Topology describes one network: one channel, its organisations and their nodes.
type Topology struct {
	Name          string         `yaml:"name"`
	Mode          ledger.Mode    `yaml:"mode"`
	Channel       string         `yaml:"channel"`
	PortBase      int            `yaml:"portBase"` // every port of the file is at or above it; shifting it shifts them all
	Platform      Platform       `yaml:"platform"`
	Ordering      Ordering       `yaml:"ordering"`
	Chaincode     Chaincode      `yaml:"chaincode"`
	Hosts         []Host         `yaml:"hosts"`
	Organisations []Organisation `yaml:"organisations"`
}

// Platform is what the ledger's network record says (Art. 22).
type Platform struct {
	Name          string `yaml:"name"`
	Division      string `yaml:"division"`
	Registrar     string `yaml:"registrar"`
	RegistrarUSCC string `yaml:"registrarUscc"`
}

// Ordering holds the options of the ordering service.
type Ordering struct {
	BatchTimeout      string `yaml:"batchTimeout"`      // Go duration, 50ms to 10s
	MaxMessageCount   int    `yaml:"maxMessageCount"`   // transactions a block, 1 to 10000
	PreferredMaxBytes int    `yaml:"preferredMaxBytes"` // a block is cut at this size
	AbsoluteMaxBytes  int    `yaml:"absoluteMaxBytes"`  // a transaction above it is refused; at most 64 MiB
}

// Chaincode says who endorses by default: Required of Endorsers.
type Chaincode struct {
	Endorsers []string `yaml:"endorsers"` // organisation names
	Required  int      `yaml:"required"`
	Noop      bool     `yaml:"noop"` // deploy the no-op chaincode too; sandbox only
}

// Host is a machine. Nodes listen on its address.
type Host struct {
	Name    string `yaml:"name"`
	Address string `yaml:"address"` // IP address or DNS name
}

// Organisation is one member of the channel.
type Organisation struct {
	Name      string      `yaml:"name"`
	MSP       string      `yaml:"msp"`
	Label     ledger.Text `yaml:"label"`
	KeptBy    string      `yaml:"keptBy"` // organisation in whose home this one's certificate authority is kept; empty: its own
	Authority Service     `yaml:"authority"`
	Orderers  []Orderer   `yaml:"orderers"`
	Peers     []Peer      `yaml:"peers"`
	Accounts  []Account   `yaml:"accounts"` // demo accounts; sandbox only

	// AccountsFrom names a list of further demo accounts: "departments" for the
	// municipal departments that ship with the sandbox, or a JSON file.
	AccountsFrom string `yaml:"accountsFrom"`
}

// Service is the place of a certificate authority server. Organisations of one
// home that name the same place share the server process.
type Service struct {
	Host string `yaml:"host"`
	Port int    `yaml:"port"`
}

// Orderer is one ordering node.
type Orderer struct {
	Name           string `yaml:"name"`
	Host           string `yaml:"host"`
	Port           int    `yaml:"port"`
	AdminPort      int    `yaml:"adminPort"`
	OperationsPort int    `yaml:"operationsPort"`
}

// Peer is one peer, with the chaincode process beside it where the organisation
// endorses.
type Peer struct {
	Name           string `yaml:"name"`
	Host           string `yaml:"host"`
	Port           int    `yaml:"port"`
	OperationsPort int    `yaml:"operationsPort"`
	ChaincodePort  int    `yaml:"chaincodePort"` // first of four consecutive ports: chaincode and no-op, each in two turns so that an upgrade overlaps; 0: no chaincode
}

// Account is a demo account and the certificate behind it.
type Account struct {
	Name     string      `yaml:"name" json:"name"`
	Label    ledger.Text `yaml:"label" json:"label"`
	Role     ledger.Role `yaml:"role" json:"role"`
	USCC     string      `yaml:"uscc" json:"uscc"`
	Division string      `yaml:"division" json:"division"`
	Office   string      `yaml:"office" json:"office"`
}

// ChaincodePorts is how many consecutive ports a peer's chaincode takes.
const ChaincodePorts = 4

// Keeper gives the organisation in whose home this one's keys are kept.
func (o Organisation) Keeper() string {
	if o.KeptBy == "" {
		return o.Name
	}
	return o.KeptBy
}

// HostAddress gives the address of a host. The host is known: Parse has checked it.
func (t *Topology) HostAddress(host string) string {
	for _, h := range t.Hosts {
		if h.Name == host {
			return h.Address
		}
	}
	return ""
}

// Endpoint gives host:port of a node.
func (t *Topology) Endpoint(host string, port int) string {
	return net.JoinHostPort(t.HostAddress(host), strconv.Itoa(port))
}

// Organisation finds an organisation by name.
func (t *Topology) Organisation(name string) (Organisation, bool) {
	for _, organisation := range t.Organisations {
		if organisation.Name == name {
			return organisation, true
		}
	}
	return Organisation{}, false
}

// Endorses says whether an organisation's peers run the chaincode.
func (t *Topology) Endorses(organisation string) bool {
	for _, name := range t.Chaincode.Endorsers {
		if name == organisation {
			return true
		}
	}
	return false
}

// EndorserMSPs gives the MSP ids of the endorsing organisations, in file order.
func (t *Topology) EndorserMSPs() []string {
	var ids []string
	for _, organisation := range t.Organisations {
		if t.Endorses(organisation.Name) {
			ids = append(ids, organisation.MSP)
		}
	}
	return ids
}

// KeptIn gives the organisations whose keys the home of a keeper holds.
func (t *Topology) KeptIn(keeper string) []Organisation {
	var kept []Organisation
	for _, organisation := range t.Organisations {
		if organisation.Keeper() == keeper {
			kept = append(kept, organisation)
		}
	}
	return kept
}
