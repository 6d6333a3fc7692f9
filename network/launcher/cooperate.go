package launcher

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dengji/chaincode/ledger"
	"dengji/network/layout"
	"dengji/network/lifecycle"
	"dengji/network/topology"
)

// upOrganisation starts what one organisation runs. How far it gets depends on
// what the organisations have agreed on so far; it says what comes next.
func (n *Network) upOrganisation(ctx context.Context) error {
	if err := n.checkKeeper(); err != nil {
		return err
	}
	if err := n.progress.do(ctx, []step{
		{"certificate authorities serve", n.startCertificates},
		{"identities of nodes", n.obtainIdentities},
	}); err != nil {
		return err
	}
	if !layout.Exists(n.home.Genesis()) {
		n.progress.line("next: exchange public material (org export, org import), then agree on a genesis block (genesis create, sign, accept)")
		return nil
	}
	present, err := n.readDeployment()
	if err != nil {
		return err
	}
	return n.progress.do(ctx, []step{
		{"orderers and peers serve", func(ctx context.Context) error { return n.start(ctx, append(n.ordererNodes(), n.peerNodes()...)) }},
		{"orderers and peers joined", func(ctx context.Context) error { return n.rejoin(ctx, present) }},
		{"connection profile", n.writeProfiles},
		{"chaincode is the one in force", func(ctx context.Context) error { return n.catchUp(ctx, present) }},
		{"every approval is known", func(ctx context.Context) error { return n.checkKnown(ctx) }},
	})
}

// checkKnown is mend for a home that cannot commit alone.
func (n *Network) checkKnown(ctx context.Context) error {
	present, err := n.readDeployment()
	if err != nil || present.Sequence == 0 {
		return err
	}
	return n.mend(ctx, present)
}

// catchUp moves on to an approved upgrade once the ledger has it in force.
func (n *Network) catchUp(ctx context.Context, present deployment) error {
	if present.Sequence == 0 {
		n.progress.line("next: approve the chaincode in every organisation (org approve), then commit it in one (org commit)")
		return nil
	}
	if present.Next == nil {
		return nil
	}
	if err := n.serveAndInstall(ctx, *present.Next); err != nil {
		return err
	}
	sequence, err := n.committedSequence(ctx)
	if err != nil || sequence < present.Next.Sequence {
		return err
	}
	return n.retire(ctx, present, *present.Next)
}

// committedSequence asks the ledger for the chaincode's definition in force.
func (n *Network) committedSequence(ctx context.Context) (sequence int64, err error) {
	o := n.firstWithPeer()
	err = n.asAdmin(ctx, o, n.servingPeer(ctx, o), func(ctx context.Context, _ topology.Organisation, admin lifecycle.Admin) error {
		return eventually(ctx, func() error {
			_, sequence, err = admin.Committed(ctx, n.topology.Channel, ledger.ChaincodeName)
			return err
		})
	})
	return sequence, err
}

// Approve approves, for the organisations of this home, the chaincode program
// that is found now, and installs and starts it; with again, also where it is the
// one in force.
func (n *Network) Approve(ctx context.Context, again bool) error {
	return n.locked(ctx, func() error {
		if err := n.prepare(ctx); err != nil {
			return err
		}
		target, err := n.proposeDeployment(ctx, again)
		if err != nil {
			return err
		}
		return n.progress.do(ctx, []step{
			{"chaincode " + target.Digest + " serves and is installed", func(ctx context.Context) error { return n.serveAndInstall(ctx, target) }},
			{fmt.Sprintf("approved as sequence %d", target.Sequence), func(ctx context.Context) error { return n.approve(ctx, target) }},
		})
	})
}

// proposeDeployment gives the deployment that the program found now would be, and
// remembers it.
func (n *Network) proposeDeployment(ctx context.Context, again bool) (deployment, error) {
	digest, err := n.keepProgram()
	if err != nil {
		return deployment{}, err
	}
	present, err := n.readDeployment()
	if err != nil {
		return deployment{}, err
	}
	committed, err := n.committedSequence(ctx)
	if err != nil {
		return deployment{}, err
	}
	target := deployment{Digest: digest, Sequence: committed + 1}
	if present.Digest == digest && present.Sequence >= committed && (!again || committed == 0) {
		return present, nil
	}
	if committed == 0 {
		return target, n.saveDeployment(target)
	}
	present.Next = &target
	return target, n.saveDeployment(present)
}

// ErrNotApproved says that too few organisations have approved.
var ErrNotApproved = errors.New("every organisation with peers must approve first")

// approvalLimit is how long an approval may take from one peer to another.
const approvalLimit = 5 * time.Second

// Commit puts the approved chaincode in force, once every organisation with peers
// has approved exactly what this one has.
func (n *Network) Commit(ctx context.Context) error {
	return n.locked(ctx, func() error { return n.commitApproved(ctx) })
}

func (n *Network) commitApproved(ctx context.Context) error {
	present, err := n.readDeployment()
	if err != nil {
		return err
	}
	target := present
	if present.Next != nil {
		target = *present.Next
	}
	if target.Sequence == 0 {
		return ErrNotApproved
	}
	// An approval that another peer has committed just now may be on its way here.
	if err := within(ctx, approvalLimit, func() error { return n.checkApprovals(ctx, target) }); err != nil {
		return err
	}
	steps := []step{{fmt.Sprintf("chaincode %s committed as sequence %d", target.Digest, target.Sequence), func(ctx context.Context) error {
		return n.commit(ctx, target)
	}}}
	if present.Next != nil {
		steps = append(steps, step{"the former chaincode has ended", func(ctx context.Context) error { return n.retire(ctx, present, target) }})
	}
	return n.progress.do(ctx, steps)
}

// checkApprovals names the organisations that have not approved.
func (n *Network) checkApprovals(ctx context.Context, target deployment) error {
	all, err := n.chaincodes(target)
	if err != nil {
		return err
	}
	committed, err := n.committedSequence(ctx)
	if err != nil || committed >= target.Sequence {
		return err
	}
	missing := map[string]bool{}
	o := n.firstWithPeer()
	err = n.asAdmin(ctx, o, n.servingPeer(ctx, o), func(ctx context.Context, o topology.Organisation, admin lifecycle.Admin) error {
		for _, c := range all {
			approved, err := admin.Approvals(ctx, n.definition(o, target, c))
			if err != nil {
				return err
			}
			n.noteMissing(missing, approved)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s", ErrNotApproved, strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return nil
}

// noteMissing adds the organisations with peers whose MSP has not approved.
func (n *Network) noteMissing(missing, approved map[string]bool) {
	for _, o := range n.topology.Organisations {
		if len(o.Peers) > 0 && !approved[o.MSP] {
			missing[o.Name] = true
		}
	}
}
