package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"dengji/network/process"
)

// Kind is what a node does.
type Kind string

// The kinds of nodes.
const (
	KindCertificates Kind = "certificates"
	KindOrderer      Kind = "orderer"
	KindPeer         Kind = "peer"
	KindChaincode    Kind = "chaincode"
	KindLogs         Kind = "logs"
)

// Node is one process of the network that belongs to this home.
type Node struct {
	Name         string
	Organisation string
	Kind         Kind
	Endpoint     string   // where it is reached; empty: nowhere
	listens      []string // every address that it listens on

	specification process.Specification
	prepare       func() error                          // writes what the process reads at its start
	health        func(context.Context) error           // nil once it serves
	height        func(context.Context) (uint64, error) // nil: it has no ledger
}

const (
	startLimit    = 90 * time.Second
	pollInterval  = 100 * time.Millisecond
	healthTimeout = 5 * time.Second
)

// start starts those of the nodes that do not run, and waits until all serve.
func (n *Network) start(ctx context.Context, nodes []Node) error {
	running, err := n.running()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, node := range nodes {
		group.Go(func() error {
			found, alive := running[node.Name]
			if !alive {
				started, err := n.launch(ctx, node)
				if err != nil {
					return n.nodeError(node.Name, err)
				}
				found = started
			}
			return n.awaitHealth(ctx, node, found.PID)
		})
	}
	return group.Wait()
}

func (n *Network) launch(ctx context.Context, node Node) (process.Running, error) {
	for _, address := range node.listens {
		if err := process.CheckFree(ctx, address); err != nil {
			return process.Running{}, err
		}
	}
	if node.prepare != nil {
		if err := node.prepare(); err != nil {
			return process.Running{}, err
		}
	}
	return process.Start(string(n.home), node.specification)
}

// awaitHealth waits until a node serves, or has ended, or the time is over.
func (n *Network) awaitHealth(ctx context.Context, node Node, pid int) error {
	if node.health == nil {
		return nil
	}
	deadline := time.Now().Add(startLimit)
	var last error
	for time.Now().Before(deadline) {
		attempt, cancel := context.WithTimeout(ctx, healthTimeout)
		last = node.health(attempt)
		cancel()
		if last == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !process.Alive(string(n.home), node.Name, pid) {
			return n.nodeError(node.Name, errors.New("the process has ended"))
		}
		time.Sleep(pollInterval)
	}
	return n.nodeError(node.Name, fmt.Errorf("it runs as process %d but does not serve after %s: %w", pid, startLimit, last))
}
