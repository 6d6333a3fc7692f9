package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"

	"dengji/chaincode/ledger"
	"dengji/network/lifecycle"
	"dengji/network/toolchain"
)

// Up creates the network, or resumes it with its ledger intact, and starts every
// node that does not run. It may be repeated at any time, and returns once a
// transaction has committed.
func (n *Network) Up(ctx context.Context) error {
	if n.topology.Mode == ledger.ModeProduction && n.options.Organisation == "" {
		return errors.New("a production network is made by its organisations, each in its own home: begin with dengji network org init --org NAME")
	}
	return n.locked(ctx, func() error {
		if err := n.prepare(ctx); err != nil {
			return err
		}
		if n.options.Organisation != "" {
			return n.upOrganisation(ctx)
		}
		if n.options.Host != "" {
			return n.upHost(ctx)
		}
		present, err := n.readDeployment()
		if err != nil {
			return err
		}
		if err := n.progress.do(ctx, append(n.stepsFrom(present), n.readySteps()...)); err != nil {
			return err
		}
		return n.hintUpgrade()
	})
}

// stepsFrom gives the steps that lead from what there is to a network that serves.
func (n *Network) stepsFrom(present deployment) []step {
	switch {
	case present.Next != nil:
		return n.upgradeSteps(present)
	case present.Sequence > 0 && n.identitiesComplete():
		return n.resumeSteps(present)
	default:
		return n.createSteps()
	}
}

// prepare does what every start needs.
func (n *Network) prepare(ctx context.Context) error {
	if err := n.checkDisk(); err != nil {
		return err
	}
	if err := n.saveCreated(); err != nil {
		return err
	}
	var err error
	n.tools, err = toolchain.Ensure(ctx, func(message string) { n.progress.line("%s", message) })
	if err != nil {
		return err
	}
	return lifecycle.WriteBuilder(n.home.Builder())
}

// createSteps make the network from nothing, or go on where an earlier attempt
// stopped: each step leaves alone what is there.
func (n *Network) createSteps() []step {
	var d deployment
	return []step{
		{"certificate authorities serve", n.startCertificates},
		{"identities of nodes and accounts", n.obtainIdentities},
		{"genesis block of channel " + n.topology.Channel, n.createGenesis},
		{"orderers and peers serve", func(ctx context.Context) error { return n.start(ctx, append(n.ordererNodes(), n.peerNodes()...)) }},
		{"orderers and peers joined", n.join},
		{"chaincode serves and is installed", func(ctx context.Context) (err error) {
			if d, err = n.firstDeployment(); err != nil {
				return err
			}
			return n.serveAndInstall(ctx, d)
		}},
		{"chaincode approved by the organisations", func(ctx context.Context) error { return n.approve(ctx, d) }},
		{"chaincode committed", func(ctx context.Context) error {
			if err := n.commit(ctx, d); err != nil {
				return err
			}
			return n.saveDeployment(d)
		}},
	}
}

// resumeSteps start what does not run, and mend what has lost its data.
func (n *Network) resumeSteps(present deployment) []step {
	return []step{
		{"every node serves", func(ctx context.Context) error { return n.startAll(ctx, present) }},
		{"every node has joined and caught up", func(ctx context.Context) error { return n.rejoin(ctx, present) }},
		{"every approval is known", func(ctx context.Context) error { return n.mend(ctx, present) }},
	}
}

// firstDeployment gives the deployment that is there, or the first one.
func (n *Network) firstDeployment() (deployment, error) {
	present, err := n.readDeployment()
	if err != nil || present.Sequence > 0 {
		return present, err
	}
	digest, err := n.keepProgram()
	return deployment{Digest: digest, Sequence: 1}, err
}

func (n *Network) serveAndInstall(ctx context.Context, d deployment) error {
	nodes, err := n.chaincodeNodes(d)
	if err != nil {
		return err
	}
	if err := n.start(ctx, nodes); err != nil {
		return err
	}
	return n.install(ctx, d)
}

// startAll starts what does not run, all at once.
func (n *Network) startAll(ctx context.Context, d deployment) error {
	nodes, err := n.nodes(d)
	if err != nil {
		return err
	}
	return n.start(ctx, nodes)
}

// nodes lists every node of this home on this host.
func (n *Network) nodes(d deployment) ([]Node, error) {
	chaincodes, err := n.chaincodeNodes(d)
	if err != nil {
		return nil, err
	}
	nodes := append(n.certificateNodes(), n.ordererNodes()...)
	nodes = append(nodes, n.peerNodes()...)
	nodes = append(nodes, chaincodes...)
	return append(nodes, n.keeperNode()), nil
}

// readySteps end with the proof that the network works.
func (n *Network) readySteps() []step {
	steps := []step{
		{"connection profile", n.writeProfiles},
		{"ledger initialised as " + string(n.topology.Mode), n.initialize},
	}
	if n.options.Bootstrap != nil {
		steps = append(steps, step{"registry data on the ledger", func(ctx context.Context) error {
			return n.options.Bootstrap(ctx, string(n.home))
		}})
	}
	return append(steps, step{"ready: a transaction has committed", n.heartbeat})
}

// locked does something while no other launcher works on this home.
func (n *Network) locked(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(string(n.home), 0o700); err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	lock := flock.New(n.home.Lock())
	attempt, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := lock.TryLockContext(attempt, 100*time.Millisecond); err != nil {
		return fmt.Errorf("another launcher is working on %s: %w", n.home, err)
	}
	return errors.Join(do(), lock.Close())
}
