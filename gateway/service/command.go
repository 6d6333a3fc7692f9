package service

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/inspection"
	"dengji/network/profile"
)

// Command gives "dengji gateway".
func Command() *cobra.Command {
	var settings Settings
	command := &cobra.Command{
		Use:   "gateway",
		Short: "Serve the registration platform's interface",
		Long: "Serves the REST interface under " + "/api/v1" + " until it is interrupted. The network has to be up.\n" +
			"The master key of what is encrypted at rest comes from a file or from " + MasterKeyVariable + ".",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return run(command.Context(), settings, command.ErrOrStderr())
		},
	}
	flags := command.PersistentFlags()
	flags.StringVar(&settings.Home, "home", "", "state folder (default $"+profile.HomeVariable+" or "+profile.DefaultHome+")")
	flags.StringVar(&settings.MasterKey, "master-key", "", "file of master keys (default <home>/gateway/master-key)")
	flags = command.Flags()
	flags.StringVar(&settings.Listen, "listen", DefaultListen, "host:port to listen on")
	flags.StringVar(&settings.Public, "public", "", "address under which users reach the gateway (default http://<listen>)")
	flags.StringVar(&settings.Certificate, "tls-certificate", "", "PEM certificate chain; serves HTTPS")
	flags.StringVar(&settings.Key, "tls-key", "", "PEM key of the certificate, readable by its owner alone")
	flags.StringVar(&settings.ServiceName, "service-account", DefaultService, "account whose certificate reads for guests")
	flags.StringVar(&settings.IntakeAccount, "intake-account", "", "account of the role intake that objects for people without an account (default "+DefaultIntake+" in a sandbox, none in production)")
	flags.StringVar(&settings.ExpiryAccount, "expiry-account", "", "issuer's account that cancels registrations that have run out (default "+DefaultExpiry+" in a sandbox, none in production)")
	flags.StringSliceVar(&settings.Officers, "officers", nil, "file by which organisations let their accounts be made here; repeatable (default <home>/"+profile.OfficersFile+" where it is there)")
	flags.Int64Var(&settings.Limits.Evidence, "max-evidence-bytes", 0, "largest evidence file (default 4 GiB)")
	flags.StringSliceVar(&settings.Proxies, "trusted-proxy", nil, "address or network of a proxy in front, whose X-Forwarded-For is believed")
	flags.DurationVar(&settings.ShutdownGrace, "grace", DefaultGrace, "time that requests under way get at the end")
	flags.DurationVar(&settings.InspectEvery, "inspect-every", inspection.Every, "how often all evidence is read and checked")
	flags.DurationVar(&settings.KeepAudit, "keep-audit", DefaultKeepAudit, "how long the audit log is kept; at least 4416h, six months")
	flags.StringVar(&settings.National.Address, "national", "", "address of the national platform; none without it")
	flags.StringVar(&settings.National.Certificate, "national-certificate", "", "PEM certificate that the national platform signs with")
	flags.StringVar(&settings.National.Key, "national-key", "", "PEM key that signs what is sent to the national platform (a sandbox makes one)")
	flags.StringVar(&settings.National.Chain, "national-chain", "", "PEM certificate chain of that key")
	flags.StringVar(&settings.National.Account, "national-account", "", "issuer's account that records national codes (default "+DefaultExpiry+" in a sandbox)")
	flags.StringVar(&settings.CatalogueChain.Address, "catalogue-chain", "", "address of the city's catalogue chain; none without it")
	flags.StringVar(&settings.CatalogueChain.Certificates, "catalogue-chain-certificates", "", "PEM certificates of the nodes that sign its blocks")
	flags.StringVar(&settings.CatalogueChain.Profile, "catalogue-chain-profile", "", "mapping profile (YAML) of its entries, where their titles are not the directory guide's")
	flags.StringSliceVar(&settings.SourceHosts, "source-host", nil, "host or host:port that catalogue sources may have although it is private or read over HTTP")
	flags.StringVar(&settings.Mail.Server, "smtp", "", "mail server for notifications, smtps://user@host:465 or smtp://user@host:587; its password is read from $"+MailPasswordVariable)
	flags.StringVar(&settings.Mail.From, "mail-from", "", "sender's address of notifications")
	flags.StringVar(&settings.CityLogin.Issuer, "oidc-issuer", "", "address of a unified login (OpenID Connect) that people may use beside passwords")
	flags.StringVar(&settings.CityLogin.ClientID, "oidc-client", "", "client id of the gateway there; its secret is read from $"+CityLoginSecretVariable)
	flags.StringVar(&settings.CityLogin.Name.ZH, "oidc-name-zh", "", "what the login page calls it in Chinese")
	flags.StringVar(&settings.CityLogin.Name.EN, "oidc-name-en", "", "what the login page calls it in English")
	command.AddCommand(accountCommand(&settings), inspectCommand(&settings), rotateCommand(&settings), auditCommand(&settings))
	return command
}

func run(ctx context.Context, settings Settings, logs io.Writer) error {
	log := slog.New(slog.NewJSONHandler(logs, nil))
	gateway, err := New(ctx, settings, log)
	if err != nil {
		return err
	}
	return errors.Join(gateway.Run(ctx), gateway.Close())
}

// accountFlags are the parts of an account but its password.
type accountFlags struct {
	label             ledger.Text
	msp               string
	certificate, key  string
	passwordFromStdin io.Reader
}

func accountCommand(settings *Settings) *cobra.Command {
	group := &cobra.Command{Use: "account", Short: "Keep the accounts of the gateway"}
	var given accountFlags
	put := &cobra.Command{
		Use:   "put NAME",
		Short: "Create an account, or give it a new password, certificate and key; the password is read from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, names []string) error {
			given.passwordFromStdin = command.InOrStdin()
			return putAccount(command.Context(), *settings, names[0], given)
		},
	}
	flags := put.Flags()
	flags.StringVar(&given.label.ZH, "label-zh", "", "name shown in Chinese")
	flags.StringVar(&given.label.EN, "label-en", "", "name shown in English")
	flags.StringVar(&given.msp, "msp", "", "organisation of the certificate, e.g. RegistrantsMSP")
	flags.StringVar(&given.certificate, "certificate", "", "PEM file of the certificate")
	flags.StringVar(&given.key, "key", "", "PEM file of its key")
	for _, name := range []string{"label-zh", "label-en", "msp", "certificate", "key"} {
		_ = put.MarkFlagRequired(name) // fails only for a flag that does not exist
	}
	group.AddCommand(put)
	return group
}

func putAccount(ctx context.Context, settings Settings, name string, given accountFlags) error {
	settings, err := settings.complete()
	if err != nil {
		return err
	}
	connection, err := profile.ReadConnection(settings.Home)
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(given.certificate)
	if err != nil {
		return fmt.Errorf("service: certificate: %w", err)
	}
	key, err := os.ReadFile(given.key)
	if err != nil {
		return fmt.Errorf("service: key: %w", err)
	}
	password, err := bufio.NewReader(io.LimitReader(given.passwordFromStdin, account.MaxPassword+2)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("service: password: %w", err)
	}
	opened, sealer, err := openState(ctx, settings, connection.Mode)
	if err != nil {
		return err
	}
	directory, err := account.NewDirectory(ctx, opened, sealer, account.Advised, time.Now)
	if err == nil {
		err = directory.Put(ctx, name, given.label, strings.TrimRight(password, "\r\n"), given.msp, certificate, key)
	}
	return errors.Join(err, opened.Close())
}
