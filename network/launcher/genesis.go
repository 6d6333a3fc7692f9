package launcher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"dengji/network/authority"
	"dengji/network/channel"
	"dengji/network/layout"
	"dengji/network/topology"
)

// ownBundle gathers the public material of an organisation that this home keeps.
func (n *Network) ownBundle(o topology.Organisation) (channel.Bundle, error) {
	admin := n.home.Credential(o.Name, adminName)
	bundle := channel.Bundle{Schema: channel.BundleSchema, Network: n.topology.Name, Organisation: o.Name, MSP: o.MSP}
	var err error
	if bundle.Root, err = readText(filepath.Join(admin, "msp/cacerts/root.pem")); err != nil {
		return bundle, fmt.Errorf("launcher: %w", err)
	}
	if bundle.TLSRoot, err = readText(n.home.TLSRoot(o.Name)); err != nil {
		return bundle, fmt.Errorf("launcher: %w", err)
	}
	for _, orderer := range o.Orderers {
		folder := n.home.Node(o.Name, orderer.Name)
		consenter := channel.Consenter{Node: orderer.Name}
		if consenter.Identity, err = readText(filepath.Join(folder, authority.CertificateFile)); err != nil {
			return bundle, fmt.Errorf("launcher: %w", err)
		}
		if consenter.TLS, err = readText(filepath.Join(folder, authority.TLSCertificate)); err != nil {
			return bundle, fmt.Errorf("launcher: %w", err)
		}
		bundle.Consenters = append(bundle.Consenters, consenter)
	}
	return bundle, nil
}

// createGenesis makes the genesis block of a network whose organisations are all
// kept in this home.
func (n *Network) createGenesis(ctx context.Context) error {
	if layout.Exists(n.home.Genesis()) {
		return nil
	}
	bundles := map[string]channel.Bundle{}
	for _, o := range n.topology.Organisations {
		bundle, err := n.ownBundle(o)
		if err != nil {
			return err
		}
		bundles[o.Name] = bundle
	}
	block, err := channel.CreateGenesis(ctx, n.tools, n.topology, bundles)
	if err != nil {
		return err
	}
	return layout.Write(n.home.Genesis(), block, 0o600)
}

// join makes our orderers and peers members of the channel.
func (n *Network) join(ctx context.Context) error {
	block, err := os.ReadFile(n.home.Genesis())
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, o := range n.kept() {
		for _, orderer := range o.Orderers {
			if n.onThisHost(orderer.Host) {
				group.Go(func() error { return n.joinOrderer(ctx, o, orderer, block) })
			}
		}
		for _, peer := range o.Peers {
			if n.onThisHost(peer.Host) {
				group.Go(func() error { return n.joinPeer(ctx, o, peer, block) })
			}
		}
	}
	return group.Wait()
}

func (n *Network) joinOrderer(ctx context.Context, o topology.Organisation, orderer topology.Orderer, block []byte) error {
	participation, err := n.participation(o, orderer)
	if err != nil {
		return err
	}
	defer participation.Close()
	if err := participation.Join(ctx, n.topology.Channel, block); err != nil {
		return n.nodeError(orderer.Name, err)
	}
	return nil
}

func (n *Network) joinPeer(ctx context.Context, o topology.Organisation, peer topology.Peer, block []byte) error {
	err := n.withPeer(o, peer, func(a adminConnection) error {
		return channel.JoinPeer(ctx, a.connection, a.identity, n.topology.Channel, block)
	})
	if err != nil {
		return n.nodeError(peer.Name, err)
	}
	return nil
}
