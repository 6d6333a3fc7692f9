package command

import (
	"fmt"
	"io"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/spf13/cobra"

	"dengji/backup"
)

// readingFlags say which snapshot is read with which keys.
type readingFlags struct {
	id, sha256 string
	identities []string
}

func (f *readingFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.id, "snapshot", "", "id of the snapshot (default: the newest)")
	flags.StringVar(&f.sha256, "sha256", "", "SHA-256 of the snapshot's file, as it was noted when it was made")
	flags.StringArrayVar(&f.identities, "identity", nil, "file of the secret key; repeatable")
	_ = command.MarkFlagRequired("identity") // fails only for a flag that does not exist
}

func (c *common) reading(f readingFlags, shown *progress) (backup.Reading, error) {
	place, err := c.place(backup.OpenPlace)
	if err != nil {
		return backup.Reading{}, err
	}
	identities, err := backup.ReadIdentities(f.identities)
	return backup.Reading{Place: place, ID: f.id, Identities: identities, SHA256: f.sha256, Checked: shown.add}, err
}

func (c *common) verify() *cobra.Command {
	var given readingFlags
	command := c.leaf("verify", "Read a snapshot to its end, with every content that it counts on",
		"Compares every digest and writes nothing. Ends with an error when something is missing or damaged.",
		func(command *cobra.Command) error {
			shown := newProgress(command.ErrOrStderr(), "contents read")
			defer shown.end()
			reading, err := c.reading(given, shown)
			if err != nil {
				return err
			}
			verified, err := reading.Verify(command.Context())
			if err != nil {
				return err
			}
			shown.end()
			if err := c.print(command.OutOrStdout(), verified, func(out io.Writer) error { return printVerified(out, verified) }); err != nil {
				return err
			}
			if len(verified.Findings) > 0 {
				return fmt.Errorf("%w: %d contents", backup.ErrContent, len(verified.Findings))
			}
			return nil
		})
	given.add(command)
	return command
}

func printVerified(out io.Writer, verified backup.Verified) error {
	for _, finding := range verified.Findings {
		if err := say(out, "%s", finding); err != nil {
			return err
		}
	}
	manifest := verified.Manifest
	return say(out, "snapshot %s was read to its end: %d files, evidence: %d files, %s; findings: %d", verified.Snapshot.ID,
		len(manifest.Files)+len(manifest.Shared), manifest.EvidenceFiles, bytesOf(manifest.EvidenceBytes), len(verified.Findings))
}

func (c *common) restore() *cobra.Command {
	var given readingFlags
	var masterKey string
	var without, ledgerData bool
	command := c.leaf("restore", "Make a home from a snapshot",
		"The home must be empty or not there; it appears whole or not at all. Afterwards: dengji up, or dengji network up.\n"+
			"With --ledger the nodes come back with the ledgers of the snapshot. Use it only where no other node of the channel\n"+
			"is left: otherwise nodes take the ledger from the others, which have more, and an orderer with an old ledger has\n"+
			"forgotten what it has signed since.",
		func(command *cobra.Command) error {
			home, err := c.state()
			if err != nil {
				return err
			}
			shown := newProgress(command.ErrOrStderr(), "contents restored")
			defer shown.end()
			reading, err := c.reading(given, shown)
			if err != nil {
				return err
			}
			restored, err := backup.Restoration{Reading: reading, Home: home, MasterKey: masterKey, WithoutMasterKeys: without, LedgerData: ledgerData}.Restore(command.Context())
			if err != nil {
				return err
			}
			shown.end()
			return c.print(command.OutOrStdout(), restored, func(out io.Writer) error { return printRestored(out, home, restored) })
		})
	given.add(command)
	flags := command.Flags()
	flags.StringVar(&masterKey, "master-key", "", "file of the gateway's master keys, which the snapshot does not hold")
	flags.BoolVar(&without, "without-master-key", false, "restore without master keys; they are brought before the gateway starts")
	flags.BoolVar(&ledgerData, "ledger", false, "bring back the ledgers, too: only where no other node of the channel is left")
	return command
}

func printRestored(out io.Writer, home string, restored backup.Restored) error {
	manifest := restored.Manifest
	if err := say(out, "%s is as it was at %s: %d files, evidence: %d files", home, manifest.Taken.Format(time.RFC3339),
		len(manifest.Files)+len(manifest.Shared), manifest.EvidenceFiles); err != nil {
		return err
	}
	if manifest.Ledger != nil {
		if err := say(out, "complete up to block %d of channel %s", manifest.Ledger.Height-1, manifest.Ledger.Channel); err != nil {
			return err
		}
	}
	for _, apart := range manifest.Elsewhere {
		if err := say(out, "not in the snapshot: %s", apart); err != nil {
			return err
		}
	}
	return nil
}

func (c *common) drill() *cobra.Command {
	var given readingFlags
	var temporary, masterKey string
	command := c.leaf("drill", "Restore a snapshot for the time being and examine it",
		"Restores into a temporary folder, which is removed: checks digests, has SQLite check every database, applies\n"+
			"migrations, checks the audit log's chain, holds evidence against its headers (with --master-key: opens each file\n"+
			"and computes its CID anew) and keys against certificates. Ends with an error when it finds something.",
		func(command *cobra.Command) error {
			shown := newProgress(command.ErrOrStderr(), "contents read")
			defer shown.end()
			reading, err := c.reading(given, shown)
			if err != nil {
				return err
			}
			report, err := backup.Drill{Reading: reading, Folder: temporary, MasterKey: masterKey, Clock: time.Now, Note: shown.note}.Run(command.Context())
			shown.end()
			if len(report.Steps) == 0 {
				return err
			}
			if printed := c.print(command.OutOrStdout(), report, func(out io.Writer) error { return printDrill(out, report) }); printed != nil {
				return printed
			}
			return err
		})
	given.add(command)
	command.Flags().StringVar(&temporary, "temporary", "", "folder in which the temporary one is made (default: the system's)")
	command.Flags().StringVar(&masterKey, "master-key", "", "file of the gateway's master keys: opens every file of evidence")
	return command
}

func printDrill(out io.Writer, report backup.Drilled) error {
	table := tablewriter.NewTable(out)
	table.Header("step", "looked at", "size", "seconds", "findings")
	for _, step := range report.Steps {
		if err := table.Append(step.Name, step.Looked, bytesOf(step.Bytes), fmt.Sprintf("%.1f", step.Seconds), len(step.Findings)); err != nil {
			return fmt.Errorf("backup: %w", err)
		}
	}
	if err := table.Render(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for _, step := range report.Steps {
		if step.Skipped != "" {
			if err := say(out, "%s: %s", step.Name, step.Skipped); err != nil {
				return err
			}
		}
		for _, finding := range step.Findings {
			if err := say(out, "finding, %s: %s", step.Name, finding); err != nil {
				return err
			}
		}
	}
	return say(out, "snapshot %s, %s old, drilled in %.1fs; findings: %d", report.Snapshot.ID,
		time.Duration(report.Age*float64(time.Second)).Round(time.Second), report.Seconds, report.Findings)
}
