package launcher

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dengji/network/process"
)

// ErrMultipleHomes says that a step needs the organisations of other homes too.
var ErrMultipleHomes = errors.New("this home keeps the keys of one organisation; use dengji network org approve in each, then dengji network org commit")

// Upgrade puts the chaincode program that is found now in force: a new version
// and the next sequence, on the same ledger. The new processes start beside the
// present ones, which end once the new definition is committed. An interrupted
// upgrade goes on when it is repeated, and with the next Up. With again, the same
// program is put in force under a new sequence.
func (n *Network) Upgrade(ctx context.Context, again bool) error {
	if n.options.Organisation != "" {
		return ErrMultipleHomes
	}
	return n.locked(ctx, func() error {
		if err := n.prepare(ctx); err != nil {
			return err
		}
		present, err := n.planUpgrade(again)
		if err != nil || present.Next == nil {
			return err
		}
		return n.progress.do(ctx, n.upgradeSteps(present))
	})
}

// planUpgrade remembers the deployment that comes next, where there is one.
func (n *Network) planUpgrade(again bool) (deployment, error) {
	present, err := n.readDeployment()
	if err != nil || present.Next != nil {
		return present, err
	}
	if present.Sequence == 0 {
		return present, errors.New("no chaincode is committed yet; bring the network up first")
	}
	digest, err := n.keepProgram()
	if err != nil {
		return present, err
	}
	if digest == present.Digest && !again {
		n.progress.line("chaincode %s is in force already", digest)
		return present, nil
	}
	present.Next = &deployment{Digest: digest, Sequence: present.Sequence + 1}
	return present, n.saveDeployment(present)
}

// upgradeSteps lead from a deployment to its Next. Each may be repeated.
func (n *Network) upgradeSteps(present deployment) []step {
	next := *present.Next
	title := fmt.Sprintf("chaincode %s, sequence %d, ", next.Digest, next.Sequence)
	return []step{
		{"every node serves", func(ctx context.Context) error { return n.startAll(ctx, present) }},
		{title + "serves and is installed", func(ctx context.Context) error { return n.serveAndInstall(ctx, next) }},
		{title + "approved by the organisations", func(ctx context.Context) error { return n.approve(ctx, next) }},
		{title + "committed", func(ctx context.Context) error { return n.commit(ctx, next) }},
		{"ready: a transaction has committed", n.heartbeat},
		{"the former chaincode has ended", func(ctx context.Context) error { return n.retire(ctx, present, next) }},
	}
}

// retire remembers the new deployment and ends the processes of the former one.
func (n *Network) retire(ctx context.Context, former, next deployment) error {
	if err := n.saveDeployment(next); err != nil {
		return err
	}
	running, err := n.running()
	if err != nil {
		return err
	}
	for name, r := range running {
		if strings.HasSuffix(name, chaincodeSuffix(former)) {
			if err := process.Stop(ctx, string(n.home), r, stopGrace); err != nil {
				return err
			}
		}
	}
	return nil
}
