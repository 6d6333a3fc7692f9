package launcher

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"dengji/network/authority"
	"dengji/network/channel"
	"dengji/network/layout"
	"dengji/network/node"
	"dengji/network/process"
	"dengji/network/toolchain"
	"dengji/network/topology"
)

// adminName is the enrolment id of every organisation's admin.
const adminName = "admin"

// server gives the certificate authority server that serves an organisation.
func (n *Network) server(o topology.Organisation) authority.Server {
	name := fmt.Sprintf("certificates-%s-%d", o.Authority.Host, o.Authority.Port)
	server := authority.Server{
		Folder: n.home.AuthorityServer(name), Address: n.topology.HostAddress(o.Authority.Host), Port: o.Authority.Port,
	}
	for _, other := range n.kept() {
		if other.Authority == o.Authority {
			server.Organisations = append(server.Organisations, other.Name)
		}
	}
	return server
}

// certificateNodes gives one node for each certificate authority server.
func (n *Network) certificateNodes() []Node {
	var nodes []Node
	seen := map[topology.Service]bool{}
	for _, o := range n.kept() {
		if seen[o.Authority] || !n.onThisHost(o.Authority.Host) {
			continue
		}
		seen[o.Authority] = true
		server := n.server(o)
		name := filepath.Base(server.Folder)
		endpoint := n.topology.Endpoint(o.Authority.Host, o.Authority.Port)
		nodes = append(nodes, Node{
			Name: name, Organisation: o.Name, Kind: KindCertificates, Endpoint: endpoint, listens: []string{endpoint},
			prepare: server.Prepare,
			specification: process.Specification{
				Name: name, Executable: n.tools.Binary(toolchain.AuthorityServer), Arguments: server.Arguments(),
				Environment: []string{"GOMEMLIMIT=150MiB"},
				Folder:      server.Folder, Log: n.home.Log(name),
			},
			health: func(ctx context.Context) error {
				client, err := authority.NewClient(server)
				if err != nil {
					return err
				}
				defer client.Close()
				return client.Ping(ctx)
			},
		})
	}
	return nodes
}

func (n *Network) place(o topology.Organisation, name, host string) node.Place {
	return node.Place{
		Folder: n.home.Node(o.Name, name), Network: n.topology.Name, MSP: o.MSP,
		Address: n.topology.HostAddress(host), TLSRoot: n.home.TLSRoot(o.Name),
	}
}

func (n *Network) ordererNodes() []Node {
	var nodes []Node
	for _, o := range n.kept() {
		for _, orderer := range o.Orderers {
			if n.onThisHost(orderer.Host) {
				nodes = append(nodes, n.ordererNode(o, orderer))
			}
		}
	}
	return nodes
}

func (n *Network) ordererNode(o topology.Organisation, orderer topology.Orderer) Node {
	place := n.place(o, orderer.Name, orderer.Host)
	at := func(port int) string { return n.topology.Endpoint(orderer.Host, port) }
	withAdmin := func(ask func(*channel.Participation) error) error {
		participation, err := n.participation(o, orderer)
		if err != nil {
			return err
		}
		defer participation.Close()
		return ask(participation)
	}
	return Node{
		Name: orderer.Name, Organisation: o.Name, Kind: KindOrderer, Endpoint: at(orderer.Port),
		listens: []string{at(orderer.Port), at(orderer.AdminPort), at(orderer.OperationsPort)},
		prepare: func() error {
			return n.writeConfig(place.Folder, "orderer.yaml", node.Orderer(place, n.topology, orderer))
		},
		specification: process.Specification{
			Name: orderer.Name, Executable: n.tools.Binary(toolchain.Orderer),
			Environment: node.OrdererEnvironment(place), Folder: place.Folder, Log: n.home.Log(orderer.Name),
		},
		health: func(ctx context.Context) error {
			return withAdmin(func(p *channel.Participation) error { return p.Ping(ctx) })
		},
		height: func(ctx context.Context) (height uint64, err error) {
			err = withAdmin(func(p *channel.Participation) error {
				membership, _, err := p.Membership(ctx, n.topology.Channel)
				height = membership.Height
				return err
			})
			return height, err
		},
	}
}

func (n *Network) peerNodes() []Node {
	var nodes []Node
	for _, o := range n.kept() {
		for _, peer := range o.Peers {
			if n.onThisHost(peer.Host) {
				nodes = append(nodes, n.peerNode(o, peer))
			}
		}
	}
	return nodes
}

func (n *Network) peerNode(o topology.Organisation, peer topology.Peer) Node {
	place := n.place(o, peer.Name, peer.Host)
	at := func(port int) string { return n.topology.Endpoint(peer.Host, port) }
	var siblings []string
	for _, other := range o.Peers {
		if other.Name != peer.Name {
			siblings = append(siblings, n.topology.Endpoint(other.Host, other.Port))
		}
	}
	return Node{
		Name: peer.Name, Organisation: o.Name, Kind: KindPeer, Endpoint: at(peer.Port),
		listens: []string{at(peer.Port), at(peer.OperationsPort)},
		prepare: func() error {
			return n.writeConfig(place.Folder, "core.yaml", node.Peer(place, n.topology, peer, siblings, n.home.Builder()))
		},
		specification: process.Specification{
			Name: peer.Name, Executable: n.tools.Binary(toolchain.Peer), Arguments: []string{"node", "start"},
			Environment: node.PeerEnvironment(place), Folder: place.Folder, Log: n.home.Log(peer.Name),
		},
		health: func(ctx context.Context) error {
			return n.withPeer(o, peer, func(a adminConnection) error { return channel.Ping(ctx, a.connection, a.identity) })
		},
		height: func(ctx context.Context) (height uint64, err error) {
			err = n.withPeer(o, peer, func(a adminConnection) error {
				height, err = channel.Height(ctx, a.connection, a.identity, n.topology.Channel)
				return err
			})
			return height, err
		},
	}
}

// writeConfig writes a node's configuration anew at each start, so that it always
// follows from the topology and the release.
func (n *Network) writeConfig(folder, name string, settings node.Settings) error {
	stock, err := n.tools.Stock(name)
	if err != nil {
		return err
	}
	content, err := node.Apply(stock, settings)
	if err != nil {
		return err
	}
	return layout.Write(filepath.Join(folder, name), content, 0o600)
}

// participation connects to an orderer's admin interface as its organisation's
// admin.
func (n *Network) participation(o topology.Organisation, orderer topology.Orderer) (*channel.Participation, error) {
	folder := n.home.Credential(o.Name, adminName)
	certificate, err := tls.LoadX509KeyPair(filepath.Join(folder, authority.TLSCertificate), filepath.Join(folder, authority.TLSKey))
	if err != nil {
		return nil, fmt.Errorf("launcher: admin of %s: %w", o.Name, err)
	}
	root, err := os.ReadFile(n.home.TLSRoot(o.Name))
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	return channel.NewParticipation(n.topology.Endpoint(orderer.Host, orderer.AdminPort), roots, certificate), nil
}
