package launcher

import (
	"context"
	"slices"
	"strings"

	"dengji/network/layout"
)

// upHost starts the nodes of one host of a sandbox whose home all its hosts
// share. Run on each host in turn: once to make the keys, once to start. The host
// that finds all others there completes the network.
func (n *Network) upHost(ctx context.Context) error {
	if err := n.progress.do(ctx, []step{
		{"certificate authorities serve", n.startCertificates},
		{"identities of nodes and accounts", n.obtainIdentities},
	}); err != nil {
		return err
	}
	if !layout.Exists(n.home.Genesis()) && !n.identitiesComplete() {
		n.progress.line("next: network up --host on the hosts whose organisations have no keys yet")
		return nil
	}
	d, err := n.firstDeployment()
	if err != nil {
		return err
	}
	if err := n.progress.do(ctx, []step{
		{"genesis block of channel " + n.topology.Channel, n.createGenesis},
		{"orderers and peers of host " + n.options.Host + " serve", func(ctx context.Context) error {
			return n.start(ctx, append(n.ordererNodes(), n.peerNodes()...))
		}},
		{"orderers and peers joined", n.join},
		{"chaincode serves and is installed", func(ctx context.Context) error { return n.serveAndInstall(ctx, d) }},
	}); err != nil {
		return err
	}
	if absent := n.absentHosts(ctx, d); len(absent) > 0 {
		n.progress.line("this host serves; not yet there: %s", strings.Join(absent, ", "))
		return nil
	}
	return n.progress.do(ctx, append([]step{
		{"chaincode approved and committed", func(ctx context.Context) error { return n.approveAndCommit(ctx, d) }},
	}, n.readySteps()...))
}

// approveAndCommit does nothing where the definition is in force.
func (n *Network) approveAndCommit(ctx context.Context, d deployment) error {
	sequence, err := n.committedSequence(ctx)
	if err != nil {
		return err
	}
	if sequence < d.Sequence {
		if err := n.approve(ctx, d); err != nil {
			return err
		}
		if err := n.commit(ctx, d); err != nil {
			return err
		}
	}
	return n.saveDeployment(d)
}

// absentHosts names the hosts of which some node cannot be reached.
func (n *Network) absentHosts(ctx context.Context, d deployment) []string {
	var absent []string
	for _, host := range n.topology.Hosts {
		all := *n
		all.options.Host = host.Name
		nodes, err := all.nodes(d)
		reachable := err == nil && !slices.ContainsFunc(nodes, func(node Node) bool {
			return node.Endpoint != "" && dialPlain(ctx, node.Endpoint) != nil
		})
		if !reachable {
			absent = append(absent, host.Name)
		}
	}
	return absent
}
