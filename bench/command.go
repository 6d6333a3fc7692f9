package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/division"
	"dengji/gateway/ledgerclient"
	"dengji/network/profile"
)

// Command gives "bench".
func Command() *cobra.Command {
	settings := Settings{}
	var folder string
	command := &cobra.Command{
		Use:   "bench",
		Short: "Measure the running sandbox, each figure beside the no-op contract's",
		Long: "Runs closed-loop load on the running sandbox at several concurrencies, reads back what was\n" +
			"written, prints a Markdown table and writes bench.json and bench.md. The entries and\n" +
			"applications that it makes stay on the sandbox's ledger; their identifiers begin with BENCH-.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return execute(command.Context(), settings, folder, command)
		},
	}
	flags := command.Flags()
	flags.IntSliceVar(&settings.Concurrencies, "concurrency", []int{1, 8, 32, 128}, "transactions under way at once")
	flags.DurationVar(&settings.Duration, "duration", 8*time.Second, "of one scenario at one concurrency, at most")
	flags.IntSliceVar(&settings.Batches, "batch", []int{100, 1000}, "entries in one transaction")
	flags.IntVar(&settings.UnderWay, "under-way", 8000, "entries under way at once in batches; larger products of batch and concurrency are left out")
	flags.IntVar(&settings.Applications, "applications", 600, "applications prepared for the state transition; 0 leaves it out")
	flags.StringVar(&folder, "output", "", "folder of bench.json and bench.md (default: bench in the state folder)")
	return command
}

func execute(ctx context.Context, settings Settings, folder string, command *cobra.Command) error {
	if err := settings.validate(); err != nil {
		return err
	}
	home, err := profile.Home()
	if err != nil {
		return err
	}
	connection, err := profile.ReadConnection(home)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("bench: no network is up in %s; bring it up first", home)
	}
	if err != nil {
		return err
	}
	load, closeLoad, err := openTarget(home, connection)
	if err != nil {
		return err
	}
	defer closeLoad()
	started := time.Now()
	results, measuring := measure(ctx, load, settings, newProgress(os.Stderr))
	if results == nil {
		return measuring
	}
	if folder == "" {
		folder = filepath.Join(home, "bench")
	}
	report := newReport(connection, settings, started, results)
	return errors.Join(report.writeMarkdown(command.OutOrStdout()), report.save(folder), measuring)
}

// openTarget connects with the accounts that the load needs: a municipal
// registrant and the authority.
func openTarget(home string, connection profile.Connection) (*target, func(), error) {
	if connection.Mode != ledger.ModeSandbox || connection.Noop == "" {
		return nil, nil, errors.New("bench: only a sandbox with the no-op contract can be measured; load does not belong on a production ledger")
	}
	accounts, err := profile.ReadAccounts(home)
	if err != nil {
		return nil, nil, err
	}
	registrant, account, err := findIdentity(accounts, ledger.RoleRegistrant)
	if err != nil {
		return nil, nil, err
	}
	authority, _, err := findIdentity(accounts, ledger.RoleAuthority)
	if err != nil {
		return nil, nil, err
	}
	name, err := newRunName()
	if err != nil {
		return nil, nil, err
	}
	client, err := ledgerclient.Open(connection, ledgerclient.Options{})
	if err != nil {
		return nil, nil, err
	}
	closeClient := func() { _ = client.Close() } // everything acknowledged is committed already
	return &target{ledger: client, noop: connection.Noop, registrant: registrant, authority: authority,
		provider: account.USCC, division: account.Division, run: name}, closeClient, nil
}

// findIdentity gives the last account of a role; of registrants, the last municipal
// one. The first ones are those that people try things with, whose lists the load
// would fill.
func findIdentity(accounts []profile.Account, role ledger.Role) (ledgerclient.Identity, profile.Account, error) {
	for _, account := range slices.Backward(accounts) {
		if account.Role == role && (role != ledger.RoleRegistrant || account.Division == division.Municipality) {
			identity, err := ledgerclient.ReadIdentity(account)
			return identity, account, err
		}
	}
	return ledgerclient.Identity{}, profile.Account{}, fmt.Errorf("bench: no demo account has the role %s", role)
}
