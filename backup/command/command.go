package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"dengji/backup"
	"dengji/gateway/evidence/depot"
	"dengji/network/profile"
)

// FolderVariable names the folder of backups where no flag does.
const FolderVariable = "DENGJI_BACKUP"

// AskLedger says how high the ledger of a home is. It fails where no peer answers.
type AskLedger func(ctx context.Context, home string) (*backup.Tip, error)

// common are the settings that all commands share.
type common struct {
	home, folder string
	asJSON       bool
	ask          AskLedger
}

// New makes the command "backup".
func New(ask AskLedger) *cobra.Command {
	c := &common{ask: ask}
	parent := &cobra.Command{
		Use:   "backup",
		Short: "Keep copies of what is not on the ledger, restore them, and drill that",
		Long: "A folder of backups, mounted from elsewhere, holds encrypted snapshots of a home and, copied once, the\n" +
			"sealed evidence that they count on. Whoever makes snapshots needs public keys only and cannot read them.",
		PersistentPreRun: func(*cobra.Command, []string) { unix.Umask(0o077) },
	}
	flags := parent.PersistentFlags()
	flags.StringVar(&c.home, "home", "", "state folder (default $"+profile.HomeVariable+" or "+profile.DefaultHome+")")
	flags.StringVar(&c.folder, "folder", "", "folder of the backups (default $"+FolderVariable+")")
	parent.AddCommand(keyCommand(), c.create(), c.list(), c.verify(), c.restore(), c.drill(), c.prune())
	return parent
}

// leaf gives a command that prints a report, or JSON of it.
func (c *common) leaf(use, short, long string, run func(*cobra.Command) error) *cobra.Command {
	command := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error { return run(command) }}
	command.Flags().BoolVar(&c.asJSON, "json", false, "machine-readable")
	return command
}

func keyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "key FILE", Short: "Make a pair of keys: the secret one in a new file, the public one on the standard output",
		Long: "Make it on a machine that does not make backups, and keep the file in two safe places apart from them: without\n" +
			"it no snapshot can be read. The form is age's; age-keygen makes such a file as well.",
		Args: cobra.ExactArgs(1), SilenceUsage: true,
		RunE: func(command *cobra.Command, files []string) error {
			recipient, err := backup.NewKey(files[0], time.Now())
			if err != nil {
				return err
			}
			return say(command.OutOrStdout(), "%s", recipient)
		},
	}
}

// place opens the folder of backups.
func (c *common) place(open func(string) (*backup.Place, error)) (*backup.Place, error) {
	folder := c.folder
	if folder == "" {
		folder = os.Getenv(FolderVariable)
	}
	if folder == "" {
		return nil, errors.New("backup: which folder holds the backups? --folder or $" + FolderVariable)
	}
	return open(folder)
}

// state gives the home.
func (c *common) state() (string, error) {
	if c.home != "" {
		return filepath.Abs(c.home)
	}
	return profile.Home()
}

// outside refuses a folder of backups inside the home that they are to outlive.
func outside(home, folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if relative, err := filepath.Rel(home, folder); err == nil && relative != ".." && !strings.HasPrefix(relative, "../") {
		return fmt.Errorf("backup: %s lies inside the home %s and would be lost with it", folder, home)
	}
	return nil
}

// createFlags say what goes into a snapshot, and for whom.
type createFlags struct {
	keys, files                   []string
	masterKeys, ledgerData, begin bool
}

func (c *common) create() *cobra.Command {
	var given createFlags
	command := c.leaf("create", "Make a snapshot, while everything runs",
		"Copies every database consistently, lists the evidence and copies what of it is new, and encrypts everything else\n"+
			"that cannot be made again. The read model and logs are left out. The gateway's master keys are left out unless\n"+
			"asked for: keep them apart. Ledgers are left out unless asked for, which takes that no node runs (dengji down).\n"+
			"Note the printed SHA-256 elsewhere: --sha256 of the other commands tells a snapshot that somebody has slipped in.",
		func(command *cobra.Command) error {
			shown := newProgress(command.ErrOrStderr(), "evidence copied")
			made, err := c.creation(given, shown)
			if err != nil {
				return err
			}
			report, err := made.Create(command.Context())
			shown.end()
			if report.ID == "" {
				return err
			}
			return errors.Join(c.print(command.OutOrStdout(), report, func(out io.Writer) error { return printReport(out, report) }), err)
		})
	flags := command.Flags()
	flags.StringArrayVar(&given.keys, "recipient", nil, "public key (age1...) of somebody who can read the snapshot; repeatable")
	flags.StringArrayVar(&given.files, "recipients-file", nil, "file of public keys, one a line; repeatable")
	flags.BoolVar(&given.masterKeys, "with-master-keys", false, "take the gateway's master keys into the snapshot, beside what they open")
	flags.BoolVar(&given.ledgerData, "ledger", false, "take the ledgers of this home's nodes, none of which may run")
	flags.BoolVar(&given.begin, "init", false, "let the folder, which exists, hold backups from now on")
	return command
}

// creation is what the flags ask for.
func (c *common) creation(given createFlags, shown *progress) (backup.Creation, error) {
	recipients, err := backup.ReadRecipients(given.keys, given.files)
	if err != nil {
		return backup.Creation{}, err
	}
	home, err := c.state()
	if err != nil {
		return backup.Creation{}, err
	}
	elsewhere, err := evidenceElsewhere()
	if err != nil {
		return backup.Creation{}, err
	}
	open := backup.OpenPlace
	if given.begin {
		open = backup.InitPlace
	}
	place, err := c.place(func(folder string) (*backup.Place, error) {
		if err := outside(home, folder); err != nil {
			return nil, err
		}
		return open(folder)
	})
	return backup.Creation{Home: home, Place: place, Recipients: recipients, MasterKeys: given.masterKeys, LedgerData: given.ledgerData, Elsewhere: elsewhere,
		Tip:   func(ctx context.Context) (*backup.Tip, error) { return c.tip(ctx, home, given.ledgerData) },
		Clock: time.Now, Note: shown.note, Copied: shown.add}, err
}

// tip asks the ledger, unless its nodes have been ended.
func (c *common) tip(ctx context.Context, home string, ended bool) (*backup.Tip, error) {
	if ended || c.ask == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return c.ask(ctx, home)
}

// evidenceElsewhere says whether the environment names another backend for evidence.
func evidenceElsewhere() (bool, error) {
	settings, err := depot.FromEnvironment("")
	return settings.S3 != nil || settings.IPFS != nil, err
}

func printReport(out io.Writer, report backup.Report) error {
	lines := []string{
		fmt.Sprintf("snapshot %s, %s, %d files, evidence: %d files; copied now: %d contents, %s (%.1fs)",
			report.ID, bytesOf(report.Bytes), report.Files, report.EvidenceFiles, report.NewContents, bytesOf(report.NewBytes), report.Seconds),
		"SHA-256 " + report.SHA256,
	}
	for _, apart := range report.Elsewhere {
		lines = append(lines, "keep apart: "+apart)
	}
	for _, name := range report.Unknown {
		lines = append(lines, "copied, though this release does not know it: "+name)
	}
	for _, cid := range report.Missing {
		lines = append(lines, "missing in the store: "+cid)
	}
	return say(out, "%s", strings.Join(lines, "\n"))
}

func (c *common) list() *cobra.Command {
	return c.leaf("list", "List the snapshots, the oldest first", "Needs no key: it shows what the folder shows.", func(command *cobra.Command) error {
		place, err := c.place(backup.OpenPlace)
		if err != nil {
			return err
		}
		all, err := place.List()
		if err != nil {
			return err
		}
		return c.print(command.OutOrStdout(), all, func(out io.Writer) error {
			table := tablewriter.NewTable(out)
			table.Header("snapshot", "taken", "size", "ledger")
			for _, snapshot := range all {
				if err := table.Append(snapshot.ID, snapshot.Taken.Format(time.RFC3339), bytesOf(snapshot.Bytes), yes(snapshot.Ledger)); err != nil {
					return fmt.Errorf("backup: %w", err)
				}
			}
			return table.Render()
		})
	})
}

func (c *common) prune() *cobra.Command {
	var keep int
	var identities []string
	command := c.leaf("prune", "Remove all but the newest snapshots",
		"The newest snapshot with ledgers stays in any case. With the secret key, contents that no snapshot counts on are\n"+
			"removed as well; without, contents are left alone.",
		func(command *cobra.Command) error {
			place, err := c.place(backup.OpenPlace)
			if err != nil {
				return err
			}
			keys, err := backup.ReadIdentities(identities)
			if err != nil {
				return err
			}
			pruned, err := place.Prune(command.Context(), keep, keys)
			if err != nil {
				return err
			}
			return c.print(command.OutOrStdout(), pruned, func(out io.Writer) error {
				return say(out, "removed: %d snapshots, %d contents, %s", len(pruned.Snapshots), pruned.Contents, bytesOf(pruned.Bytes))
			})
		})
	command.Flags().IntVar(&keep, "keep", 30, "how many snapshots stay, at least 1")
	command.Flags().StringArrayVar(&identities, "identity", nil, "file of the secret key; repeatable")
	return command
}

func (c *common) print(out io.Writer, report any, inWords func(io.Writer) error) error {
	if !c.asJSON {
		return inWords(out)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		return fmt.Errorf("backup: report: %w", err)
	}
	return nil
}

func say(out io.Writer, format string, values ...any) error {
	if _, err := fmt.Fprintf(out, format+"\n", values...); err != nil {
		return fmt.Errorf("backup: report: %w", err)
	}
	return nil
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "-"
}
