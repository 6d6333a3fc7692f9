package launcher

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"dengji/network/process"
	"dengji/network/profile"
)

// stopGrace is how long a node may take to end by itself.
const stopGrace = 20 * time.Second

// Down ends every process of this home, and only those. The ledger stays.
func (n *Network) Down(ctx context.Context) error {
	return n.locked(ctx, func() error { return n.stopAll(ctx) })
}

func (n *Network) stopAll(ctx context.Context) error {
	running, err := n.running()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range running {
		group.Go(func() error { return process.Stop(ctx, string(n.home), r, stopGrace) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	n.progress.line("%d processes have ended", len(running))
	return nil
}

// Stop ends the named nodes of this home; with kill, at once, as a crash would. A
// node that does not run is an error.
func (n *Network) Stop(ctx context.Context, kill bool, names ...string) error {
	running, err := n.running()
	if err != nil {
		return err
	}
	for _, name := range names {
		r, ok := running[name]
		if !ok {
			return fmt.Errorf("node %s does not run; running are %s", name, strings.Join(sortedNames(running), ", "))
		}
		if kill {
			err = process.Kill(ctx, string(n.home), r)
		} else {
			err = process.Stop(ctx, string(n.home), r, stopGrace)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sortedNames(running map[string]process.Running) []string {
	names := make([]string, 0, len(running))
	for name := range running {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Reset ends the network and removes everything that the launcher keeps in the
// home: ledger, keys, accounts. What other parts keep there stays, and is useless
// without the ledger.
func (n *Network) Reset(ctx context.Context) error {
	return n.locked(ctx, func() error { return n.remove(ctx) })
}

func (n *Network) remove(ctx context.Context) error {
	if err := n.stopAll(ctx); err != nil {
		return err
	}
	for _, name := range []string{profile.ConnectionFile, profile.AccountsFile, profile.OfficersFile} {
		if err := os.Remove(filepath.Join(string(n.home), name)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("launcher: %w", err)
		}
	}
	if err := os.RemoveAll(n.home.Network()); err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	return nil
}
