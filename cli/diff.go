package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"dengji/chaincode/canonical"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/client"
)

// difference is what a catalogue and the chain differ in. Identifiers of the last
// two stand in order.
type difference struct {
	New       []string `json:"new"`     // in the file alone
	Changed   []string `json:"changed"` // in both, with other contents
	Missing   []string `json:"missing"` // on the chain alone
	Unchanged int      `json:"unchanged"`
}

func (t *tool) diffCommand() *cobra.Command {
	var flags catalogFlags
	command := &cobra.Command{
		Use: "diff FILE|CKAN-ADDRESS", Short: "Show what a catalogue and the own entries on the chain differ in; writes nothing",
		Long: "Prints + for an entry that the chain lacks, ~ for one that has changed, - for one that the file lacks.\n" +
			"Memory grows by some 150 bytes for each entry on the chain.",
		Args: exactly(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			connected, kept, err := t.connect(true)
			if err != nil {
				return err
			}
			from, err := t.source(arguments[0], flags, kept.USCC)
			if err != nil {
				return err
			}
			found, err := t.differences(command.Context(), connected, kept.USCC, from)
			if err != nil {
				return err
			}
			return t.showDifference(found)
		},
	}
	flags.on(command)
	return command
}

func (t *tool) differences(ctx context.Context, connected *client.Client, provider string, from source) (difference, error) {
	found := difference{New: []string{}, Changed: []string{}, Missing: []string{}}
	onChain, err := t.digests(ctx, connected, provider)
	if err != nil {
		return found, err
	}
	_, err = from.read(ctx, func(row catalogfile.Row) error {
		if row.Entry == nil {
			return t.complain(row.Report)
		}
		digest, err := canonical.Digest(row.Entry.Content)
		if err != nil {
			return err
		}
		identifier := row.Entry.Content.Identifier
		switch kept, known := onChain[identifier]; {
		case !known:
			found.New = append(found.New, identifier)
		case kept != digest:
			found.Changed = append(found.Changed, identifier)
		default:
			found.Unchanged++
		}
		delete(onChain, identifier)
		return nil
	})
	if err != nil {
		return found, inputError{fmt.Errorf("%s: %w", from.name, err)}
	}
	for identifier := range onChain {
		found.Missing = append(found.Missing, identifier)
	}
	slices.Sort(found.Missing)
	return found, nil
}

// digests gives the digests of a provider's active entries by identifier.
func (t *tool) digests(ctx context.Context, connected *client.Client, provider string) (map[string]string, error) {
	found := map[string]string{}
	bar := t.progress(-1, "reading the chain")
	defer bar.end()
	err := entriesOf(ctx, connected, provider, func(entry ledger.CatalogEntry) error {
		bar.add(1)
		if entry.Status == ledger.EntryActive {
			found[entry.Content.Identifier] = entry.Digest
		}
		return nil
	})
	return found, err
}

func (t *tool) showDifference(found difference) error {
	if t.json {
		return t.answer(found, "")
	}
	for _, part := range []struct {
		mark        string
		identifiers []string
	}{{"+", found.New}, {"~", found.Changed}, {"-", found.Missing}} {
		for _, identifier := range part.identifiers {
			if _, err := fmt.Fprintf(t.out, "%s %s\n", part.mark, identifier); err != nil {
				return err
			}
		}
	}
	return t.answer(nil, "%d new, %d changed, %d missing, %d unchanged", len(found.New), len(found.Changed), len(found.Missing), found.Unchanged)
}

// withdrawMissing withdraws the entries that the catalogue lacks.
func (i *importing) withdrawMissing(ctx context.Context, provider, reason string) error {
	found, err := i.differences(ctx, i.client, provider, i.from)
	if err != nil {
		return err
	}
	for _, identifier := range found.Missing {
		path := "/catalog/entries/" + url.PathEscape(provider) + "/" + url.PathEscape(identifier)
		err := i.client.Do(ctx, client.Request{Method: http.MethodDelete, Path: path, Body: map[string]string{"reason": reason}}, nil)
		if err != nil {
			return fmt.Errorf("withdraw %s: %w", identifier, err)
		}
		i.at.Counts["withdrawn"]++
	}
	return nil
}
