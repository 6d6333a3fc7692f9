package launcher

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"dengji/network/lifecycle"
	"dengji/network/topology"
)

// catchUpLimit is how long a peer that has lost its data may take to fetch the
// ledger from the orderers.
const catchUpLimit = 30 * time.Minute

// rejoin makes members again of nodes that have lost their data, and waits until
// all have caught up: an orderer or a peer fetches the ledger from the others.
func (n *Network) rejoin(ctx context.Context, present deployment) error {
	if err := n.join(ctx); err != nil || present.Sequence == 0 {
		return err
	}
	if err := n.serveAndInstall(ctx, present); err != nil {
		return err
	}
	return n.awaitLedger(ctx)
}

// approvalsLost says whether one of our organisations has lost the details of its
// approval with the data of its only peer. Its peers then cannot endorse until the
// same program is approved and committed under the next sequence.
func (n *Network) approvalsLost(ctx context.Context, present deployment) (bool, error) {
	all, err := n.chaincodes(present)
	if err != nil {
		return false, err
	}
	var lost atomic.Bool
	err = n.forOrganisations(ctx, func(ctx context.Context, o topology.Organisation, admin lifecycle.Admin) error {
		for _, c := range all {
			if !admin.KnowsApproval(ctx, n.definition(o, present, c)) {
				lost.Store(true)
			}
		}
		return nil
	})
	return lost.Load(), err
}

// mend approves the chaincode anew where an approval was lost.
func (n *Network) mend(ctx context.Context, present deployment) error {
	lost, err := n.approvalsLost(ctx, present)
	if err != nil || !lost {
		return err
	}
	if n.options.Organisation != "" {
		n.progress.line("this organisation's approval was lost with its peer's data: approve and commit again (org approve --again in every organisation, org commit in one)")
		return nil
	}
	n.progress.line("an approval was lost with a peer's data: the same chaincode is approved again as sequence %d", present.Sequence+1)
	present.Next = &deployment{Digest: present.Digest, Sequence: present.Sequence + 1}
	if err := n.saveDeployment(present); err != nil {
		return err
	}
	return n.progress.do(ctx, n.upgradeSteps(present))
}

// awaitLedger waits until our peers are as high as the highest of our nodes.
func (n *Network) awaitLedger(ctx context.Context) error {
	heights := func(nodes []Node) (lowest, highest uint64, err error) {
		lowest = ^uint64(0)
		for _, node := range nodes {
			height, err := node.height(ctx)
			if err != nil {
				return 0, 0, fmt.Errorf("%s: %w", node.Name, err)
			}
			lowest, highest = min(lowest, height), max(highest, height)
		}
		return lowest, highest, nil
	}
	_, target, err := heights(append(n.ordererNodes(), n.peerNodes()...))
	if err != nil {
		return err
	}
	return within(ctx, catchUpLimit, func() error {
		lowest, _, err := heights(n.peerNodes())
		if err == nil && lowest < target {
			err = fmt.Errorf("a peer has %d of %d blocks", lowest, target)
		}
		return err
	})
}
