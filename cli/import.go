package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/client"
	"dengji/network/layout"
)

// retryFor bounds how long a batch is sent again while the platform does not answer.
const retryFor = 15 * time.Minute

// maxParallel bounds the transactions under way at once.
const maxParallel = 16

// importing is one run of catalog import.
type importing struct {
	*tool
	client    *client.Client
	from      source
	entries   iter.Seq2[ledger.EntryContent, error] // in the order of their identifiers
	at        state
	statePath string // "": the run cannot be resumed
	batch     int    // entries in one transaction
	parallel  int    // transactions under way at once
}

// state is what a run that was broken off goes on from: the first entries of the
// file, in the order of their identifiers, that are on the chain.
type state struct {
	Source  string         `json:"source"` // SHA-256 of the file and of how it is read
	Gateway string         `json:"gateway"`
	Ledger  string         `json:"ledger"` // its founding transaction: another one behind the same address holds nothing of it
	Account string         `json:"account"`
	Done    int            `json:"done"`   // entries
	Counts  map[string]int `json:"counts"` // by outcome
	Batches int            `json:"batches"`
}

// importFlags say what an import does.
type importFlags struct {
	catalogFlags
	dryRun, partial bool
	batch, parallel int
	withdraw        string
}

func (f *importFlags) on(command *cobra.Command) {
	f.catalogFlags.on(command)
	command.Flags().BoolVar(&f.dryRun, "dry-run", false, "check the file and write nothing")
	command.Flags().BoolVar(&f.partial, "partial", false, "write the rows that are right, although others are wrong")
	command.Flags().IntVar(&f.batch, "batch", batchEntries, "entries in one transaction")
	command.Flags().IntVar(&f.parallel, "parallel", 3, "transactions under way at once")
	command.Flags().StringVar(&f.withdraw, "withdraw-missing", "", "reason for which entries on the chain that the file lacks are withdrawn")
}

func (f *importFlags) check() error {
	if f.batch < 1 || f.batch > ledger.MaxBatch || f.parallel < 1 || f.parallel > maxParallel {
		return wrongInput("--batch is 1 to %d, --parallel 1 to %d", ledger.MaxBatch, maxParallel)
	}
	return nil
}

func (t *tool) importCommand() *cobra.Command {
	var flags importFlags
	command := &cobra.Command{
		Use:   "import FILE|CKAN-ADDRESS",
		Short: "Bring a catalogue onto the chain",
		Long: "Reads an .xlsx, .csv (UTF-8 or GB18030), .jsonl, CKAN (package_search), data.json or DCAT (JSON-LD)\n" +
			"catalogue, or the packages of a CKAN at an address. The whole file is checked first: rows with\n" +
			"problems are listed, and nothing is written unless --partial takes the others. Unchanged entries\n" +
			"write nothing, so the command can be repeated; one that is broken off goes on where it was.",
		Example: "  dengji-client catalog import --dry-run catalogue.xlsx\n  dengji-client catalog import --profile mapping.yaml catalogue.csv\n  dengji-client catalog import --profile ckan.yaml https://data.example.org",
		Args:    exactly(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			return t.importCatalogue(command.Context(), arguments[0], flags)
		},
	}
	flags.on(command)
	return command
}

// importCatalogue checks a catalogue and, if all is well, sends it.
func (t *tool) importCatalogue(ctx context.Context, name string, flags importFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	connected, kept, err := t.connect(!flags.dryRun)
	if err != nil {
		return err
	}
	from, err := t.source(name, flags.catalogFlags, kept.USCC)
	if err != nil {
		return err
	}
	if flags.dryRun {
		return t.dryRun(ctx, from, flags)
	}
	sorted := newOrder(ctx)
	defer sorted.stop()
	checked, err := t.check(ctx, from, sorted.add)
	if err == nil {
		err = checked.fit(flags)
	}
	if err != nil {
		return err
	}
	run := &importing{tool: t, client: connected, from: from, entries: sorted.sequence(), batch: flags.batch, parallel: flags.parallel}
	if err := run.resume(ctx, kept, flags.catalogFlags); err != nil {
		return err
	}
	return run.all(ctx, kept, checked.ready(), flags.withdraw)
}

// dryRun checks a catalogue, and says what an import would find.
func (t *tool) dryRun(ctx context.Context, from source, flags importFlags) error {
	checked, err := t.check(ctx, from, func(ledger.EntryContent) error { return nil })
	if err == nil {
		err = checked.fit(flags)
	}
	if err != nil {
		return err
	}
	return t.answer(map[string]any{"rows": checked.Rows, "outcomes": checked.outcomes, "problems": checked.Problems, "format": checked.Format},
		"%d rows (%s): %d ready, %d of other providers, %d problems; nothing was written", checked.Rows, checked.Format, checked.ready(), checked.outcomes[catalogfile.OutcomeForeign], checked.Problems)
}

// fit refuses a catalogue with problems, unless its other rows are taken all the same.
func (c counted) fit(flags importFlags) error {
	if c.Problems == 0 || flags.partial {
		return nil
	}
	return wrongInput("%d problems in %d rows; nothing was written. Mend them, or take the other rows with --partial", c.Problems, c.Rows)
}

// all sends what is left, withdraws what is missing where that is asked for, and
// reports.
func (i *importing) all(ctx context.Context, kept session, total int, withdraw string) error {
	if err := i.send(ctx, total); err != nil {
		return err
	}
	if withdraw != "" {
		if err := i.withdrawMissing(ctx, kept.USCC, withdraw); err != nil {
			return err
		}
	}
	return i.report()
}

// resume finds how far an earlier run of the same file has come.
func (i *importing) resume(ctx context.Context, kept session, flags catalogFlags) error {
	i.at = state{Gateway: kept.Gateway, Account: kept.Account, Counts: map[string]int{}}
	if i.from.isCKAN() {
		return nil
	}
	now, err := i.client.Network(ctx)
	if err != nil {
		return err
	}
	i.at.Ledger = now.Network.TxID
	digest, err := fingerprint(i.from.name, flags.profile)
	if err != nil {
		return err
	}
	i.at.Source, i.statePath = digest, i.from.name+".import"
	content, err := os.ReadFile(i.statePath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cli: earlier run: %w", err)
	}
	var earlier state
	if err := json.Unmarshal(content, &earlier); err != nil {
		return fmt.Errorf("cli: earlier run in %s: %w", i.statePath, err)
	}
	if !i.at.continues(earlier) {
		return nil
	}
	i.at = earlier
	fmt.Fprintf(i.log, "going on behind %d entries of an earlier run\n", earlier.Done)
	return nil
}

// continues reports whether an earlier run did the same.
func (s state) continues(earlier state) bool {
	return earlier.Source == s.Source && earlier.Gateway == s.Gateway && earlier.Ledger == s.Ledger && earlier.Account == s.Account
}

// fingerprint tells a file and its profile from others.
func fingerprint(paths ...string) (string, error) {
	sum := sha256.New()
	for _, path := range paths {
		if path == "" {
			continue
		}
		file, err := os.Open(path)
		if err != nil {
			return "", wrongInput("%w", err)
		}
		_, err = io.Copy(sum, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return "", fmt.Errorf("cli: %s: %w", path, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// send puts the entries that are left on the chain, some batches at a time. How far
// the run has come is stored once everything before it is on the chain.
func (i *importing) send(ctx context.Context, total int) error {
	bar := i.progress(int64(total), "importing")
	defer bar.end()
	bar.add(i.at.Done)
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(i.parallel)
	done := newFrontier(i.at, func(at state, added int) error {
		i.at = at
		bar.add(added)
		return i.store()
	})
	for next, err := range batches(i.entries, i.batch, i.at.Done) {
		if err != nil {
			return errors.Join(group.Wait(), err)
		}
		if within.Err() != nil {
			break
		}
		group.Go(func() error {
			outcomes, wrote, err := i.put(within, next)
			if err != nil {
				return fmt.Errorf("entries %s to %s: %w", next.entries[0].Identifier, next.entries[len(next.entries)-1].Identifier, err)
			}
			return done.finish(next.number, outcomes, wrote)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if i.statePath == "" {
		return nil
	}
	if err := os.Remove(i.statePath); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cli: %w", err)
	}
	return nil
}

func (i *importing) store() error {
	if i.statePath == "" {
		return nil
	}
	content, err := json.Marshal(i.at)
	if err != nil {
		return fmt.Errorf("cli: %w", err)
	}
	return layout.Write(i.statePath, content, 0o600)
}

// put sends a batch until it is answered. Sending it again is harmless: what is on
// the chain already counts as unchanged.
func (i *importing) put(ctx context.Context, next batch) (outcomes []ledger.EntryOutcome, wrote bool, err error) {
	waits := backoff.NewExponentialBackOff()
	waits.MaxInterval = 20 * time.Second
	outcomes, err = backoff.Retry(ctx, func() ([]ledger.EntryOutcome, error) {
		answered, receipt, err := i.client.PutBatch(ctx, next.entries)
		wrote = receipt.TxID != ""
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return answered, err
	}, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(retryFor))
	if err == nil && len(outcomes) != len(next.entries) {
		err = fmt.Errorf("%d outcomes for %d entries", len(outcomes), len(next.entries))
	}
	return outcomes, wrote, err
}

// passing tells what ends by itself from what the platform refuses.
func passing(err error) bool {
	var refused *client.Error
	if !errors.As(err, &refused) {
		return isUnreachable(err)
	}
	switch refused.Code {
	case fault.ConcurrentChange, fault.EndorserUnavailable, fault.OrderingUnavailable, fault.LedgerUnreachable, fault.LedgerTimeout:
		return true
	default:
		return refused.Status >= 502 && refused.Status <= 504
	}
}

func (i *importing) report() error {
	return i.answer(map[string]any{"counts": i.at.Counts, "transactions": i.at.Batches},
		"%s; %d transactions", sortedCounts(i.at.Counts), i.at.Batches)
}
