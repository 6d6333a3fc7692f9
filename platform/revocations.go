package platform

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/gateway/recurring"
	"dengji/network/launcher"
	"dengji/network/layout"
	"dengji/network/process"
	"dengji/network/profile"
)

// revocationsNode is the name of the process that publishes revocations among those
// of a sandbox's home.
const revocationsNode = "revocations"

// publishEvery is how often it looks whether something was revoked.
const publishEvery = 10 * time.Second

// revocationsCommand gives "dengji revocations", for the home that keeps the keys of
// an organisation's admin.
func revocationsCommand() *cobra.Command {
	var home string
	var every time.Duration
	publish := &cobra.Command{
		Use:   "publish",
		Short: "Have the channel refuse the certificates that this home's organisations have revoked",
		Long: "Takes the revocation lists of the certificate authorities into the channel's configuration, signed by\n" +
			"the organisations' admins. Where nothing was revoked since, nothing is written.",
		Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			network, err := launcher.OpenExisting(launcher.Options{Home: home, Out: command.OutOrStdout()})
			if err != nil {
				return err
			}
			revocations := network.Revocations()
			defer revocations.Close()
			if every == 0 {
				return revocations.Publish(command.Context())
			}
			recurring.Run(command.Context(), every, revocations.Publish, func(err error) {
				fmt.Fprintln(command.ErrOrStderr(), "error:", err)
			})
			return nil
		},
	}
	publish.Flags().StringVar(&home, "home", "", "state folder (default $"+profile.HomeVariable+" or "+profile.DefaultHome+")")
	publish.Flags().DurationVar(&every, "every", 0, "go on doing so, this often, until interrupted (default: once)")
	group := &cobra.Command{Use: "revocations", Short: "Certificates that the channel refuses"}
	group.AddCommand(publish)
	return group
}

// keepRevocations has a sandbox publish what is revoked all the time, unless it does
// already. In production each organisation runs the command in its own home.
func keepRevocations(home string) error {
	connection, err := profile.ReadConnection(home)
	if err != nil || connection.Mode != ledger.ModeSandbox {
		return err
	}
	running, err := process.List(home)
	if _, alive := running[revocationsNode]; err != nil || alive {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("platform: own program: %w", err)
	}
	_, err = process.Start(home, process.Specification{
		Name: revocationsNode, Executable: program, Arguments: []string{"revocations", "publish", "--every", publishEvery.String()},
		Environment: []string{profile.HomeVariable + "=" + home, "GOMEMLIMIT=64MiB"}, Folder: home, Log: layout.Home(home).Log(revocationsNode),
	})
	if err != nil {
		return fmt.Errorf("platform: revocations: %w", err)
	}
	return nil
}
