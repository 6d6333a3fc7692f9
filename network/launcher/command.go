package launcher

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// Command gives "network" with its sub-commands. bootstrap is Options.Bootstrap.
func Command(bootstrap ...Bootstrap) *cobra.Command {
	var options Options
	if len(bootstrap) > 0 {
		options.Bootstrap = bootstrap[0]
	}
	command := &cobra.Command{
		Use:   "network",
		Short: "Launch and keep the Fabric network",
		PersistentPreRun: func(command *cobra.Command, _ []string) {
			unix.Umask(0o077) // keys, ledgers and logs are for their owner
			options.Out = command.OutOrStdout()
		},
	}
	flags := command.PersistentFlags()
	flags.StringVar(&options.Home, "home", "", "state folder (default $DENGJI_HOME or .dengji)")
	flags.StringVar(&options.Topology, "topology", "", "shipped topology (sandbox, ha, four-hosts) or a file")
	flags.IntVar(&options.PortBase, "port-base", 0, "first port of the network (default $"+PortBaseVariable+" or the topology's)")
	flags.StringVar(&options.Host, "host", "", "only the nodes of this host")
	flags.StringVar(&options.Organisation, "org", "", "the organisation whose keys this home keeps")
	command.AddCommand(upCommand(&options), upgradeCommand(&options), downCommand(&options), stopCommand(&options), resetCommand(&options),
		statusCommand(&options), logsCommand(&options), orgCommand(&options), genesisCommand(&options), identityCommand(&options), snapshotCommand(&options),
		action(&options, "initialize", "Write the ledger's network record, as the authority", cobra.NoArgs, OpenExisting,
			func(ctx context.Context, n *Network, _ []string) error { return n.Initialize(ctx) }),
		action(&options, "heartbeat", "Commit a transaction, as an operator", cobra.NoArgs, OpenExisting,
			func(ctx context.Context, n *Network, _ []string) error { return n.Heartbeat(ctx) }))
	return command
}

func upCommand(options *Options) *cobra.Command {
	return chaincodeFlag(action(options, "up", "Create the network, or resume it and restart what died", cobra.NoArgs, Open,
		func(ctx context.Context, n *Network, _ []string) error { return n.Up(ctx) }), options)
}

func upgradeCommand(options *Options) *cobra.Command {
	var again bool
	command := chaincodeFlag(action(options, "upgrade", "Put the chaincode program that was built last in force, on the same ledger", cobra.NoArgs, OpenExisting,
		func(ctx context.Context, n *Network, _ []string) error { return n.Upgrade(ctx, again) }), options)
	command.Flags().BoolVar(&again, "again", false, "also where that program is in force already")
	return command
}

func downCommand(options *Options) *cobra.Command {
	return action(options, "down", "End the network's processes; the ledger stays", cobra.NoArgs, OpenExisting,
		func(ctx context.Context, n *Network, _ []string) error { return n.Down(ctx) })
}

func stopCommand(options *Options) *cobra.Command {
	var kill bool
	command := action(options, "stop NODE...", "End single nodes, to see the network live without them", cobra.MinimumNArgs(1), OpenExisting,
		func(ctx context.Context, n *Network, nodes []string) error { return n.Stop(ctx, kill, nodes...) })
	command.Flags().BoolVar(&kill, "kill", false, "at once, as a crash would")
	return command
}

// chaincodeFlag lets a command be told where the chaincode program is.
func chaincodeFlag(command *cobra.Command, options *Options) *cobra.Command {
	command.Flags().StringVar(&options.ChaincodeBinary, "chaincode", "", "chaincode program (default: beside this one)")
	return command
}

func resetCommand(options *Options) *cobra.Command {
	var yes bool
	command := &cobra.Command{
		Use: "reset", Short: "End the network and remove its ledger, keys and accounts", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			network, err := OpenExisting(*options)
			if err != nil {
				return err
			}
			if !yes && !confirm(command, network.Home()) {
				return errors.New("nothing was removed")
			}
			return network.Reset(command.Context())
		},
	}
	command.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return command
}

func confirm(command *cobra.Command, home string) bool {
	fmt.Fprintf(command.OutOrStdout(), "This removes the ledger and all keys in %s. Type yes to go on: ", home)
	line, err := bufio.NewReader(command.InOrStdin()).ReadString('\n')
	return err == nil && strings.TrimSpace(line) == "yes"
}

// errUnhealthy makes "status" end with a failure where a node does not serve.
var errUnhealthy = errors.New("not every node serves; bring the network up with: dengji network up")

func statusCommand(options *Options) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: "status", Short: "Show every node with its process, height and health", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			network, err := OpenExisting(*options)
			if err != nil {
				return err
			}
			all, err := network.Status(command.Context())
			if err != nil {
				return err
			}
			if err := writeStatus(command.OutOrStdout(), all, asJSON); err != nil {
				return err
			}
			if !Healthy(all) {
				return errUnhealthy
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "machine-readable")
	return command
}

func logsCommand(options *Options) *cobra.Command {
	var follow bool
	command := &cobra.Command{
		Use: "logs [NODE]", Short: "Show the end of a node's log, or the nodes that have one", Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			network, err := OpenExisting(*options)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return network.Logs(command.Context(), args[0], follow)
			}
			names, err := network.LogNames()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), strings.Join(names, "\n"))
			return err
		},
	}
	command.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is added")
	return command
}
