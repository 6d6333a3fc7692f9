package launcher

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/network/channel"
	"dengji/network/layout"
	"dengji/network/topology"
)

// orgCommand gives what the organisations of a network do one by one, each in its
// own home, exchanging files of public material.
func orgCommand(options *Options) *cobra.Command {
	command := &cobra.Command{Use: "org", Short: "Found and run a network organisation by organisation"}
	command.AddCommand(
		action(options, "init", "Make this organisation's certificate authorities and keys", cobra.NoArgs, Open,
			func(ctx context.Context, n *Network, _ []string) error { return n.InitOrganisation(ctx) }),
		action(options, "export FILE", "Write this organisation's signed public material", cobra.ExactArgs(1), OpenExisting,
			func(_ context.Context, n *Network, args []string) error { return n.exportFile(args[0]) }),
		action(options, "import FILE...", "Take other organisations' public material", cobra.MinimumNArgs(1), OpenExisting,
			func(_ context.Context, n *Network, args []string) error { return n.importFiles(args) }),
		approveCommand(options),
		action(options, "commit", "Put the approved chaincode in force", cobra.NoArgs, OpenExisting,
			func(ctx context.Context, n *Network, _ []string) error { return n.Commit(ctx) }),
	)
	return command
}

func approveCommand(options *Options) *cobra.Command {
	var again bool
	command := chaincodeFlag(action(options, "approve", "Approve the chaincode program that was built last", cobra.NoArgs, OpenExisting,
		func(ctx context.Context, n *Network, _ []string) error { return n.Approve(ctx, again) }), options)
	command.Flags().BoolVar(&again, "again", false, "also where that program is in force already")
	return command
}

func genesisCommand(options *Options) *cobra.Command {
	command := &cobra.Command{Use: "genesis", Short: "Agree on the channel's first block"}
	command.AddCommand(
		action(options, "create BLOCK", "Make a genesis block from the imported material", cobra.ExactArgs(1), OpenExisting,
			func(ctx context.Context, n *Network, args []string) error {
				block, err := n.CreateGenesis(ctx)
				if err != nil {
					return err
				}
				n.progress.line("genesis block %s", channel.BlockDigest(block))
				return layout.Write(args[0], block, 0o644)
			}),
		action(options, "verify BLOCK", "Check a genesis block against the imported material", cobra.ExactArgs(1), OpenExisting,
			func(ctx context.Context, n *Network, args []string) error {
				block, err := os.ReadFile(args[0])
				if err != nil {
					return err
				}
				return n.VerifyGenesis(ctx, block)
			}),
		action(options, "sign BLOCK CONSENT", "Check a genesis block and write this organisation's consent", cobra.ExactArgs(2), OpenExisting,
			func(ctx context.Context, n *Network, args []string) error {
				block, err := os.ReadFile(args[0])
				if err != nil {
					return err
				}
				consent, err := n.SignGenesis(ctx, block)
				if err != nil {
					return err
				}
				return writeSigned(args[1], consent)
			}),
		action(options, "accept BLOCK CONSENT...", "Take a genesis block that every organisation consents to", cobra.MinimumNArgs(2), OpenExisting,
			func(ctx context.Context, n *Network, args []string) error {
				return n.acceptFiles(ctx, args[0], args[1:])
			}),
	)
	return command
}

func identityCommand(options *Options) *cobra.Command {
	var account topology.Account
	var organisation, role string
	add := action(options, "add NAME", "Get the certificate of a person or an office", cobra.ExactArgs(1), OpenExisting,
		func(ctx context.Context, n *Network, args []string) error {
			account.Name, account.Role = args[0], ledger.Role(role)
			folder, err := n.AddIdentity(ctx, organisation, account)
			if err == nil {
				n.progress.line("certificate and key are in %s", folder)
			}
			return err
		})
	flags := add.Flags()
	flags.StringVar(&organisation, "of", "", "organisation that issues the certificate")
	flags.StringVar(&role, "role", "", "role, such as authority, acceptor, registrant, operator")
	flags.StringVar(&account.USCC, "uscc", "", "unified social credit code that the holder acts for")
	flags.StringVar(&account.Division, "division", "", "division, GB/T 2260")
	flags.StringVar(&account.Office, "office", "", "organisation or office, never a natural person's name")
	var of string
	revoke := action(options, "revoke ID", "Revoke the certificates of a person or an office, by enrolment id", cobra.ExactArgs(1), OpenExisting,
		func(ctx context.Context, n *Network, args []string) error { return n.RevokeIdentity(ctx, of, args[0]) })
	revoke.Flags().StringVar(&of, "of", "", "organisation that issued the certificates")
	command := &cobra.Command{Use: "identity", Short: "Identities of people and offices"}
	command.AddCommand(add, revoke)
	return command
}

// action makes a command that opens the network and does one thing with it.
func action(options *Options, use, short string, args cobra.PositionalArgs, open func(Options) (*Network, error),
	do func(context.Context, *Network, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(command *cobra.Command, arguments []string) error {
			network, err := open(*options)
			if err != nil {
				return err
			}
			return do(command.Context(), network, arguments)
		},
	}
}

func (n *Network) exportFile(path string) error {
	signed, err := n.Export()
	if err != nil {
		return err
	}
	n.progress.line("public material of %s, fingerprint %s", n.options.Organisation, signed.Fingerprint())
	return writeSigned(path, signed)
}

func (n *Network) importFiles(paths []string) error {
	for _, path := range paths {
		signed, err := ReadSigned(path)
		if err != nil {
			return err
		}
		export, err := n.Import(signed)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		n.progress.line("public material of %s, fingerprint %s: compare it with theirs", export.Keeper, signed.Fingerprint())
	}
	return nil
}

func (n *Network) acceptFiles(ctx context.Context, path string, consentPaths []string) error {
	block, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var consents []channel.Signed
	for _, consentPath := range consentPaths {
		signed, err := ReadSigned(consentPath)
		if err != nil {
			return err
		}
		consents = append(consents, signed)
	}
	return n.AcceptGenesis(ctx, block, consents)
}

func writeSigned(path string, signed channel.Signed) error {
	content, err := json.MarshalIndent(signed, "", "  ")
	if err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	return layout.Write(path, append(content, '\n'), 0o644)
}
