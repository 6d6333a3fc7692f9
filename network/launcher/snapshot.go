package launcher

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/spf13/cobra"

	"dengji/network/channel"
	"dengji/network/topology"
)

// LedgerSnapshot is a snapshot of a peer's ledger: its state after a block, from which
// a peer can be started.
type LedgerSnapshot struct {
	Peer   string `json:"peer"`
	Block  uint64 `json:"block"`
	Folder string `json:"folder,omitempty"` // empty: it is still to be written
	Bytes  int64  `json:"bytes,omitempty"`
}

// ErrNoPeer says that this home has no peer of a name, or none at all.
var ErrNoPeer = errors.New("this home keeps no such peer")

// ledgerPeer is a peer of this home with its organisation.
type ledgerPeer struct {
	organisation topology.Organisation
	peer         topology.Peer
}

// ledgerPeers gives the peers of this home, or the one of a name.
func (n *Network) ledgerPeers(name string) ([]ledgerPeer, error) {
	var found []ledgerPeer
	for _, o := range n.kept() {
		for _, peer := range o.Peers {
			if n.onThisHost(peer.Host) && (name == "" || name == peer.Name) {
				found = append(found, ledgerPeer{o, peer})
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %q", ErrNoPeer, name)
	}
	return found, nil
}

// Tip gives the channel with the number of blocks and the newest block's hash, as the
// first peer of this home that answers says.
func (n *Network) Tip(ctx context.Context) (name string, height uint64, hash []byte, err error) {
	peers, err := n.ledgerPeers("")
	if err != nil {
		return "", 0, nil, err
	}
	for _, p := range peers {
		asked := n.withPeer(p.organisation, p.peer, func(a adminConnection) (err error) {
			height, hash, err = channel.Tip(ctx, a.connection, a.identity, n.topology.Channel)
			return err
		})
		if asked == nil {
			return n.topology.Channel, height, hash, nil
		}
		err = asked
	}
	return "", 0, nil, err
}

// RequestSnapshot has a peer of this home write a snapshot once it has a block; 0 is
// the newest that it has.
func (n *Network) RequestSnapshot(ctx context.Context, name string, block uint64) error {
	peers, err := n.ledgerPeers(name)
	if err != nil {
		return err
	}
	return n.withPeer(peers[0].organisation, peers[0].peer, func(a adminConnection) error {
		return channel.RequestSnapshot(ctx, a.connection, a.identity, n.topology.Channel, block)
	})
}

// Snapshots lists the snapshots of this home's peers, or of one, in the order of their
// blocks. Of a peer that does not answer, what is still to be written is not known.
func (n *Network) Snapshots(ctx context.Context, name string) ([]LedgerSnapshot, error) {
	peers, err := n.ledgerPeers(name)
	if err != nil {
		return nil, err
	}
	all := []LedgerSnapshot{}
	for _, p := range peers {
		completed, err := completedSnapshots(p.peer.Name, n.place(p.organisation, p.peer.Name, p.peer.Host).CompletedSnapshots(n.topology.Channel))
		if err != nil {
			return nil, err
		}
		all = append(append(all, completed...), n.pendingSnapshots(ctx, p)...)
	}
	return all, nil
}

func (n *Network) pendingSnapshots(ctx context.Context, p ledgerPeer) (pending []LedgerSnapshot) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	err := n.withPeer(p.organisation, p.peer, func(a adminConnection) error {
		blocks, err := channel.PendingSnapshots(ctx, a.connection, a.identity, n.topology.Channel)
		for _, block := range blocks {
			pending = append(pending, LedgerSnapshot{Peer: p.peer.Name, Block: block})
		}
		return err
	})
	if err != nil {
		n.progress.line("%s does not say which snapshots it has still to write: %s", p.peer.Name, err)
	}
	return pending
}

func completedSnapshots(peer, folder string) ([]LedgerSnapshot, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("launcher: %w", err)
	}
	var found []LedgerSnapshot
	for _, entry := range entries {
		block, err := strconv.ParseUint(entry.Name(), 10, 64)
		if err != nil || !entry.IsDir() {
			continue // none of Fabric's
		}
		snapshot := LedgerSnapshot{Peer: peer, Block: block, Folder: filepath.Join(folder, entry.Name())}
		if snapshot.Bytes, err = sizeOf(snapshot.Folder); err != nil {
			return nil, err
		}
		found = append(found, snapshot)
	}
	slices.SortFunc(found, func(a, b LedgerSnapshot) int { return int(a.Block) - int(b.Block) }) //nolint:gosec // far below overflowing
	return found, nil
}

func sizeOf(folder string) (size int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("launcher: %w", err)
	}
	return size, nil
}

func snapshotCommand(options *Options) *cobra.Command {
	group := &cobra.Command{Use: "snapshot", Short: "Have peers write their ledger's state as a snapshot, and list these",
		Long: "A snapshot is the state of a peer's ledger after a block, in files with digests (Fabric's own form). A peer can be\n" +
			"started from it without reading every block before it. It is no backup of the blocks: these are with the orderers."}
	group.AddCommand(snapshotRequestCommand(options), snapshotListCommand(options))
	return group
}

func snapshotRequestCommand(options *Options) *cobra.Command {
	var block uint64
	command := action(options, "request PEER", "Have a peer write a snapshot of its ledger", cobra.ExactArgs(1), OpenExisting,
		func(ctx context.Context, n *Network, peers []string) error {
			if err := n.RequestSnapshot(ctx, peers[0], block); err != nil {
				return err
			}
			n.progress.line("requested; see: dengji network snapshot list %s", peers[0])
			return nil
		})
	command.Flags().Uint64Var(&block, "block", 0, "once the peer has this block (default: the newest that it has)")
	return command
}

func snapshotListCommand(options *Options) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{Use: "list [PEER]", Short: "List the snapshots of this home's peers, and those still to be written", Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, peers []string) error {
			network, err := OpenExisting(*options)
			if err != nil {
				return err
			}
			all, err := network.Snapshots(command.Context(), strings.Join(peers, ""))
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(command.OutOrStdout(), all)
			}
			table := tablewriter.NewTable(command.OutOrStdout())
			table.Header("peer", "block", "bytes", "folder")
			for _, s := range all {
				if err := table.Append(s.Peer, s.Block, s.Bytes, orPending(s.Folder)); err != nil {
					return fmt.Errorf("launcher: %w", err)
				}
			}
			return table.Render()
		}}
	command.Flags().BoolVar(&asJSON, "json", false, "machine-readable")
	return command
}

func orPending(folder string) string {
	if folder == "" {
		return "still to be written"
	}
	return folder
}
