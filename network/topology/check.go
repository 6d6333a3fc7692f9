package topology

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"time"

	"dengji/chaincode/ledger"
)

var (
	namePattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,39}$`)
	channelPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,48}$`)
	hostPattern    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
)

// IsName says whether a text may name a node, an organisation or an account.
func IsName(text string) bool { return namePattern.MatchString(text) }

// MinOrderers is the smallest number of orderers that tolerates one that lies:
// 3f+1 with f = 1.
const MinOrderers = 4

// checker collects everything that is wrong, so that a file is mended in one go.
type checker struct {
	topology *Topology
	problems []error
	names    map[string]string
	places   map[string]string
}

func (t *Topology) check() error {
	c := &checker{topology: t, names: map[string]string{}, places: map[string]string{}}
	c.head()
	c.ordering()
	c.hosts()
	orderers := 0
	for i, organisation := range t.Organisations {
		c.organisation(fmt.Sprintf("organisations[%d]", i), organisation)
		orderers += len(organisation.Orderers)
	}
	c.require(orderers >= MinOrderers, "organisations: %d orderers; at least %d are needed to tolerate a faulty one", orderers, MinOrderers)
	c.chaincode()
	return errors.Join(c.problems...)
}

func (c *checker) require(holds bool, format string, args ...any) {
	if !holds {
		c.problems = append(c.problems, fmt.Errorf("topology: "+format, args...))
	}
}

func (c *checker) head() {
	t := c.topology
	c.require(namePattern.MatchString(t.Name), "name: %q is no plain name", t.Name)
	c.require(t.Mode == ledger.ModeSandbox || t.Mode == ledger.ModeProduction, "mode: %q; use sandbox or production", t.Mode)
	c.require(channelPattern.MatchString(t.Channel), "channel: %q; use lower-case letters, digits and hyphens", t.Channel)
	c.require(t.Platform.Name != "" && t.Platform.Division != "" && t.Platform.Registrar != "" && t.Platform.RegistrarUSCC != "",
		"platform: name, division, registrar and registrarUscc are all needed (Art. 22)")
}

func (c *checker) ordering() {
	o := c.topology.Ordering
	timeout, err := time.ParseDuration(o.BatchTimeout)
	c.require(err == nil && timeout >= 50*time.Millisecond && timeout <= 10*time.Second, "ordering.batchTimeout: %q; use 50ms to 10s", o.BatchTimeout)
	c.require(o.MaxMessageCount >= 1 && o.MaxMessageCount <= 10000, "ordering.maxMessageCount: %d; use 1 to 10000", o.MaxMessageCount)
	c.require(o.PreferredMaxBytes >= 1<<10 && o.PreferredMaxBytes <= o.AbsoluteMaxBytes, "ordering.preferredMaxBytes: %d; use 1024 to absoluteMaxBytes", o.PreferredMaxBytes)
	c.require(o.AbsoluteMaxBytes <= 64<<20, "ordering.absoluteMaxBytes: %d; at most %d", o.AbsoluteMaxBytes, 64<<20)
}

func (c *checker) hosts() {
	c.require(len(c.topology.Hosts) > 0, "hosts: at least one is needed")
	seen := map[string]bool{}
	for i, host := range c.topology.Hosts {
		c.require(namePattern.MatchString(host.Name), "hosts[%d].name: %q is no plain name", i, host.Name)
		c.require(!seen[host.Name], "hosts[%d].name: %q stands there twice", i, host.Name)
		c.require(net.ParseIP(host.Address) != nil || hostPattern.MatchString(host.Address), "hosts[%d].address: %q is neither an IP address nor a DNS name", i, host.Address)
		seen[host.Name] = true
	}
}

func (c *checker) organisation(path string, o Organisation) {
	c.name(path+".name", o.Name)
	c.name(path+".msp", o.MSP)
	keeper, known := c.topology.Organisation(o.Keeper())
	c.require(known && keeper.KeptBy == "", "%s.keptBy: %q is no organisation that keeps its own keys", path, o.KeptBy)
	c.require(o.KeptBy == "" || len(o.Orderers)+len(o.Peers) == 0, "%s.keptBy: an organisation with nodes keeps its own keys", path)
	c.authority(path+".authority", o)
	for i, orderer := range o.Orderers {
		at := fmt.Sprintf("%s.orderers[%d]", path, i)
		c.name(at+".name", orderer.Name)
		c.place(at, orderer.Name, orderer.Host, orderer.Port, orderer.AdminPort, orderer.OperationsPort)
	}
	for i, peer := range o.Peers {
		at := fmt.Sprintf("%s.peers[%d]", path, i)
		c.name(at+".name", peer.Name)
		c.place(at, peer.Name, peer.Host, peer.Port, peer.OperationsPort)
		c.peerChaincode(at, o, peer)
	}
	c.accounts(path, o)
}

func (c *checker) authority(path string, o Organisation) {
	at := fmt.Sprintf("%s:%d", o.Authority.Host, o.Authority.Port)
	owner := "certificate authority of " + o.Keeper()
	if c.places[at] == "" {
		c.place(path, owner, o.Authority.Host, o.Authority.Port)
		return
	}
	// All organisations of a sandbox live in one home, so any of them may share.
	shared := c.topology.Mode == ledger.ModeSandbox && len(c.topology.Hosts) == 1 || c.places[at] == owner
	c.require(shared, "%s: %s is the place of the %s, which another organisation keeps", path, at, c.places[at])
}

func (c *checker) peerChaincode(path string, o Organisation, peer Peer) {
	if !c.topology.Endorses(o.Name) {
		c.require(peer.ChaincodePort == 0, "%s.chaincodePort: %s does not endorse", path, o.Name)
		return
	}
	for i := range ChaincodePorts {
		c.place(path+".chaincodePort", peer.Name+" chaincode", peer.Host, peer.ChaincodePort+i)
	}
}

func (c *checker) name(path, name string) {
	c.require(namePattern.MatchString(name), "%s: %q; use letters, digits and hyphens, at most 40", path, name)
	other, taken := c.names[name]
	c.require(!taken, "%s: %q is the name at %s already", path, name, other)
	c.names[name] = path
}

func (c *checker) place(path, owner, host string, ports ...int) {
	c.require(c.topology.HostAddress(host) != "", "%s.host: %q is not among the hosts", path, host)
	for _, port := range ports {
		c.require(port >= 1024 && port <= 65535 && port >= c.topology.PortBase, "%s: port %d; use %d to 65535", path, port, max(1024, c.topology.PortBase))
		at := fmt.Sprintf("%s:%d", host, port)
		other, taken := c.places[at]
		c.require(!taken, "%s: port %d of host %s is taken by %s", path, port, host, other)
		c.places[at] = owner
	}
}

func (c *checker) accounts(path string, o Organisation) {
	c.require(c.topology.Mode == ledger.ModeSandbox || len(o.Accounts) == 0 && o.AccountsFrom == "", "%s.accounts: a production network has no demo accounts", path)
	for i, account := range o.Accounts {
		at := fmt.Sprintf("%s.accounts[%d]", path, i)
		c.name(at+".name", account.Name)
		c.require(slices.Contains(ledger.RoleOrganisation[account.Role], o.MSP), "%s.role: %q does not belong to %s", at, account.Role, o.MSP)
	}
}

func (c *checker) chaincode() {
	chaincode := c.topology.Chaincode
	for i, name := range chaincode.Endorsers {
		organisation, known := c.topology.Organisation(name)
		c.require(known && len(organisation.Peers) > 0, "chaincode.endorsers[%d]: %q is no organisation with peers", i, name)
		c.require(slices.Index(chaincode.Endorsers, name) == i, "chaincode.endorsers[%d]: %q stands there twice", i, name)
	}
	c.require(chaincode.Required >= 2 && chaincode.Required <= len(chaincode.Endorsers),
		"chaincode.required: %d; use 2 to the number of endorsers, so that no organisation decides alone", chaincode.Required)
	c.require(c.topology.Mode == ledger.ModeSandbox || !chaincode.Noop, "chaincode.noop: the no-op chaincode belongs to a sandbox")
}
