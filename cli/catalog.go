package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
)

// catalogFlags say how a catalogue is read.
type catalogFlags struct {
	profile string
	rows    int
}

func (f *catalogFlags) on(command *cobra.Command) {
	command.Flags().StringVar(&f.profile, "profile", "", "mapping profile (YAML) for a catalogue whose titles or values are others")
	command.Flags().IntVar(&f.rows, "max-rows", catalogfile.MaxStreamRows, "most rows that a file may have")
}

func (t *tool) catalogCommand() *cobra.Command {
	group := &cobra.Command{Use: "catalog", Short: "Bring a catalogue onto the chain, compare and export it"}
	group.AddCommand(t.importCommand(), t.diffCommand(), t.exportCommand())
	return group
}

// source is a catalogue.
type source struct {
	name    string // a path, or the address of a CKAN
	options catalogfile.Options
}

// source checks where a catalogue comes from and how it is read. Rows of other
// providers than the session's are reported and left out.
func (t *tool) source(name string, flags catalogFlags, provider string) (source, error) {
	made := source{name: name, options: catalogfile.Options{Provider: provider, MaxRows: flags.rows}}
	if flags.profile == "" {
		return made, nil
	}
	file, err := os.Open(flags.profile)
	if err != nil {
		return made, wrongInput("the profile: %w", err)
	}
	defer file.Close() //nolint:errcheck // reading only
	made.options.Profile, err = catalogfile.ReadProfile(file)
	if err != nil {
		return made, wrongInput("the profile %s: %w", flags.profile, err)
	}
	return made, nil
}

func (s source) isCKAN() bool {
	return strings.HasPrefix(s.name, "http://") || strings.HasPrefix(s.name, "https://")
}

// read gives each row of the catalogue.
func (s source) read(ctx context.Context, each func(catalogfile.Row) error) (catalogfile.Summary, error) {
	if s.isCKAN() {
		return catalogfile.ReadPackages(ctx, packagesAt(ctx, s.name), s.options, each)
	}
	file, err := os.Open(s.name)
	if err != nil {
		return catalogfile.Summary{}, wrongInput("%w", err)
	}
	defer file.Close() //nolint:errcheck // reading only
	return catalogfile.Read(ctx, s.name, file, s.options, each)
}

// check reads a whole catalogue before anything is written, prints what is wrong
// row by row, counts its rows, and hands the entries that are ready on.
func (t *tool) check(ctx context.Context, from source, ready func(ledger.EntryContent) error) (counted, error) {
	found := counted{outcomes: map[catalogfile.Outcome]int{}}
	bar := t.progress(-1, "checking")
	summary, err := from.read(ctx, func(row catalogfile.Row) error {
		bar.add(1)
		found.outcomes[row.Report.Outcome]++
		if row.Entry != nil {
			if err := ready(row.Entry.Content); err != nil {
				return err
			}
		}
		return t.complain(row.Report)
	})
	bar.end()
	if err != nil {
		return found, inputError{fmt.Errorf("%s: %w", from.name, err)}
	}
	found.Summary = summary
	return found, nil
}

// counted is what a check has found.
type counted struct {
	catalogfile.Summary
	outcomes map[catalogfile.Outcome]int
}

func (c counted) ready() int { return c.outcomes[catalogfile.OutcomeReady] }

// complain prints the problems of a row.
func (t *tool) complain(report catalogfile.RowReport) error {
	if report.Outcome != catalogfile.OutcomeRefused {
		return nil
	}
	if t.json {
		return json.NewEncoder(t.out).Encode(report)
	}
	for _, p := range report.Problems {
		place := fmt.Sprintf("%s%d", p.Column, p.Line)
		if p.Sheet != "" {
			place = p.Sheet + "!" + place
		}
		detail := p.Detail
		if detail != "" {
			detail = " (" + detail + ")"
		}
		if _, err := fmt.Fprintf(t.out, "%s %s: %s%s %s %s\n", place, cmp.Or(p.Title, p.Field, "-"), p.Message.ZH, detail, p.Mend.ZH, p.Code); err != nil {
			return err
		}
	}
	return nil
}

// answer prints a result: as JSON, or in words.
func (t *tool) answer(value any, words string, arguments ...any) error {
	if t.json {
		return json.NewEncoder(t.out).Encode(value)
	}
	_, err := fmt.Fprintf(t.out, words+"\n", arguments...)
	return err
}

// batch is what goes into one transaction.
type batch struct {
	number  int // from 0
	entries []ledger.EntryContent
}

// Bounds of a batch: under those of the ledger and its blocks.
const (
	batchEntries = 2_000
	batchBytes   = 2 << 20
)

// batches cuts entries behind the first ones, which are done. The same entries are
// always cut alike.
func batches(entries iter.Seq2[ledger.EntryContent, error], limit, done int) iter.Seq2[batch, error] {
	return func(yield func(batch, error) bool) {
		cut := cutter{limit: limit, yield: yield}
		seen := 0
		for content, err := range entries {
			if seen++; err == nil && seen <= done {
				continue
			}
			if err == nil {
				err = cut.add(content)
			}
			if err != nil {
				cut.fail(err)
				return
			}
		}
		cut.fail(cut.flush())
	}
}

// cutter collects entries until a batch is full.
type cutter struct {
	limit int
	next  batch
	size  int
	yield func(batch, error) bool
}

func (c *cutter) add(content ledger.EntryContent) error {
	size := catalogfile.RoughSize(content)
	full := len(c.next.entries) == c.limit || len(c.next.entries) > 0 && c.size+size > batchBytes
	if full {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.next.entries = append(c.next.entries, content)
	c.size += size
	return nil
}

func (c *cutter) flush() error {
	full := c.next
	if len(full.entries) == 0 {
		return nil
	}
	c.next, c.size = batch{number: full.number + 1}, 0
	if !c.yield(full, nil) {
		return errStopped
	}
	return nil
}

func (c *cutter) fail(err error) {
	if err != nil && !errors.Is(err, errStopped) {
		c.yield(batch{}, err)
	}
}

var errStopped = errors.New("cli: reading was stopped")

func sortedCounts(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}
