package launcher

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"dengji/chaincode/fault"
	"dengji/network/lifecycle"
	"dengji/network/topology"
)

// settleLimit is how long the channel may take to settle: peers that know each
// other, orderers with a leader.
const settleLimit = 90 * time.Second

// eventually repeats what fails only because the channel has not settled.
func eventually(ctx context.Context, attempt func() error) error {
	return within(ctx, settleLimit, attempt)
}

func within(ctx context.Context, limit time.Duration, attempt func() error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, attempt() },
		backoff.WithBackOff(backoff.NewConstantBackOff(300*time.Millisecond)), backoff.WithMaxElapsedTime(limit))
	return err
}

// dialPlain succeeds where something listens.
func dialPlain(ctx context.Context, address string) error {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

// definition gives what organisation o approves for a chaincode.
func (n *Network) definition(o topology.Organisation, d deployment, c chaincode) lifecycle.Definition {
	definition := lifecycle.Definition{
		Channel: n.topology.Channel, Name: c.name, Version: d.Digest, Sequence: d.Sequence,
		Policy: lifecycle.EndorsementPolicy(n.topology.Chaincode.Required, n.topology.EndorserMSPs()),
	}
	if n.topology.Endorses(o.Name) {
		definition.Package = c.pack.ID
	}
	return definition
}

// forPeers does something as admin on each of our peers on this host, at once.
func (n *Network) forPeers(ctx context.Context, endorsing bool, do func(context.Context, topology.Organisation, lifecycle.Admin) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, o := range n.kept() {
		for _, peer := range o.Peers {
			if !n.onThisHost(peer.Host) || endorsing && peer.ChaincodePort == 0 {
				continue
			}
			group.Go(func() error { return n.asAdmin(ctx, o, peer, do) })
		}
	}
	return group.Wait()
}

// forOrganisations does something as admin of each of our organisations, through
// a peer that serves.
func (n *Network) forOrganisations(ctx context.Context, do func(context.Context, topology.Organisation, lifecycle.Admin) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, o := range n.kept() {
		if len(o.Peers) > 0 {
			group.Go(func() error { return n.asAdmin(ctx, o, n.servingPeer(ctx, o), do) })
		}
	}
	return group.Wait()
}

func (n *Network) asAdmin(ctx context.Context, o topology.Organisation, peer topology.Peer, do func(context.Context, topology.Organisation, lifecycle.Admin) error) error {
	err := n.withPeer(o, peer, func(a adminConnection) error {
		return do(ctx, o, lifecycle.Admin{Connection: a.connection, Identity: a.identity})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", peer.Name, err)
	}
	return nil
}

// install puts a deployment's packages on our endorsing peers.
func (n *Network) install(ctx context.Context, d deployment) error {
	all, err := n.chaincodes(d)
	if err != nil {
		return err
	}
	if err := n.writeConnections(d); err != nil {
		return err
	}
	return n.forPeers(ctx, true, func(ctx context.Context, _ topology.Organisation, admin lifecycle.Admin) error {
		for _, c := range all {
			if err := admin.Install(ctx, c.pack); err != nil {
				return err
			}
		}
		return nil
	})
}

// approve records the approvals of our organisations.
func (n *Network) approve(ctx context.Context, d deployment) error {
	all, err := n.chaincodes(d)
	if err != nil {
		return err
	}
	return n.forOrganisations(ctx, func(ctx context.Context, o topology.Organisation, admin lifecycle.Admin) error {
		group, ctx := errgroup.WithContext(ctx)
		for _, c := range all {
			group.Go(func() error {
				return eventually(ctx, func() error { return admin.Approve(ctx, n.definition(o, d, c)) })
			})
		}
		return group.Wait()
	})
}

// commit puts the approved definitions in force, as the first of our
// organisations that has a peer.
func (n *Network) commit(ctx context.Context, d deployment) error {
	all, err := n.chaincodes(d)
	if err != nil {
		return err
	}
	o := n.firstWithPeer()
	return n.asAdmin(ctx, o, n.servingPeer(ctx, o), func(ctx context.Context, o topology.Organisation, admin lifecycle.Admin) error {
		group, ctx := errgroup.WithContext(ctx)
		for _, c := range all {
			group.Go(func() error {
				return eventually(ctx, func() error { return commitOnce(ctx, admin, n.definition(o, d, c)) })
			})
		}
		return group.Wait()
	})
}

// commitOnce commits a definition unless it is in force already.
func commitOnce(ctx context.Context, admin lifecycle.Admin, definition lifecycle.Definition) error {
	version, sequence, err := admin.Committed(ctx, definition.Channel, definition.Name)
	if err != nil {
		return err
	}
	if sequence == definition.Sequence && version == definition.Version {
		return nil
	}
	return admin.Commit(ctx, definition)
}

func (n *Network) firstWithPeer() topology.Organisation {
	for _, o := range n.kept() {
		if len(o.Peers) > 0 {
			return o
		}
	}
	return topology.Organisation{}
}

// permanent marks an error that the chaincode itself gave: repeating is no use,
// unless a peer has only not yet seen that the ledger was initialised.
func permanent(err error) error {
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Code != fault.NetworkNotInitialized {
		return backoff.Permanent(err)
	}
	return err
}
