package launcher

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/olekukonko/tablewriter"

	"dengji/network/toolchain"
)

// NodeStatus is one line of the status table.
type NodeStatus struct {
	Node         string    `json:"node"`
	Organisation string    `json:"organisation"`
	Kind         Kind      `json:"kind"`
	Endpoint     string    `json:"endpoint,omitempty"`
	PID          int       `json:"pid,omitempty"` // 0: it does not run
	Started      time.Time `json:"started,omitzero"`
	Height       uint64    `json:"height,omitempty"` // blocks, where the node has a ledger
	Health       string    `json:"health"`           // "serving", "stopped", "behind", or what is wrong
}

// Healths of a node.
const (
	HealthServing = "serving"
	HealthStopped = "stopped"
	HealthBehind  = "behind" // serves, but lacks more than MaxBehind blocks
)

// MaxBehind is how many blocks a node may be behind the others. Those that have been
// away catch up by themselves; an ordering node whose height stands still has to be
// started anew.
const MaxBehind = 50

// Status asks every node of this home. It fails only where nothing can be asked.
func (n *Network) Status(ctx context.Context) ([]NodeStatus, error) {
	// Status must not build anything; paths of binaries are not needed to ask.
	n.tools = toolchain.Tools{}
	present, err := n.readDeployment()
	if err != nil {
		return nil, err
	}
	nodes, err := n.nodes(present)
	if err != nil {
		return nil, err
	}
	running, err := n.running()
	if err != nil {
		return nil, err
	}
	all := make([]NodeStatus, len(nodes))
	var group sync.WaitGroup
	for i, node := range nodes {
		all[i] = NodeStatus{Node: node.Name, Organisation: node.Organisation, Kind: node.Kind, Endpoint: node.Endpoint, Health: HealthStopped}
		r, alive := running[node.Name]
		if !alive {
			continue
		}
		all[i].PID, all[i].Started = r.PID, r.Started
		group.Go(func() { all[i].Height, all[i].Health = ask(ctx, node) })
	}
	group.Wait()
	markBehind(all)
	return all, nil
}

// markBehind compares the heights of the nodes that serve.
func markBehind(all []NodeStatus) {
	var top uint64
	for _, status := range all {
		top = max(top, status.Height)
	}
	for i := range all {
		if all[i].Health == HealthServing && all[i].Height > 0 && all[i].Height+MaxBehind < top {
			all[i].Health = HealthBehind
		}
	}
}

// ask gives a node's height and health.
func ask(ctx context.Context, node Node) (uint64, string) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if node.health != nil {
		if err := node.health(ctx); err != nil {
			return 0, err.Error()
		}
	}
	if node.height == nil {
		return 0, HealthServing
	}
	height, err := node.height(ctx)
	if err != nil {
		return 0, err.Error()
	}
	return height, HealthServing
}

// Healthy says whether every node serves.
func Healthy(all []NodeStatus) bool {
	for _, status := range all {
		if status.Health != HealthServing {
			return false
		}
	}
	return true
}

func writeStatus(out io.Writer, all []NodeStatus, asJSON bool) error {
	if asJSON {
		return writeJSON(out, all)
	}
	table := tablewriter.NewTable(out)
	table.Header("node", "organisation", "pid", "height", "health", "endpoint")
	for _, s := range all {
		if err := table.Append(s.Node, s.Organisation, orDash(s.PID), orDash(s.Height), s.Health, s.Endpoint); err != nil {
			return fmt.Errorf("launcher: %w", err)
		}
	}
	return table.Render()
}

func writeJSON(out io.Writer, all any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(all)
}

func orDash[T int | uint64](number T) string {
	if number == 0 {
		return "-"
	}
	return fmt.Sprint(number)
}
