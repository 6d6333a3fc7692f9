package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/client"
)

func (t *tool) exportCommand() *cobra.Command {
	var withdrawn bool
	var provider string
	command := &cobra.Command{
		Use: "export FILE", Short: "Write the entries on the chain into a file: .xlsx, .csv or .jsonl",
		Long: "The file can be changed and imported again. A .jsonl file is written in a stream; the others are held\nin memory and may have " +
			fmt.Sprint(catalogfile.MaxRows) + " entries at most. An existing file is not overwritten.",
		Args: exactly(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			connected, kept, err := t.connect(provider == "")
			if err != nil {
				return err
			}
			if provider == "" {
				provider = kept.USCC
			}
			return t.export(command.Context(), connected, provider, arguments[0], withdrawn)
		},
	}
	command.Flags().StringVar(&provider, "provider", "", "USCC of another provider; anybody may export")
	command.Flags().BoolVar(&withdrawn, "withdrawn", false, "with the entries that were withdrawn")
	return command
}

func (t *tool) export(ctx context.Context, connected *client.Client, provider, path string, withdrawn bool) error {
	ending := strings.ToLower(filepath.Ext(path))
	if ending != ".xlsx" && ending != ".csv" && ending != ".jsonl" {
		return wrongInput("the name must end in .xlsx, .csv or .jsonl")
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return wrongInput("%w", err)
	}
	written, err := t.writeEntries(ctx, connected, provider, ending, file, withdrawn)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(path) // half an export is none
		return err
	}
	return t.answer(map[string]any{"entries": written, "file": path}, "%d entries in %s", written, path)
}

func (t *tool) writeEntries(ctx context.Context, connected *client.Client, provider, ending string, into io.Writer, withdrawn bool) (int, error) {
	var kept []catalogfile.Entry
	written := 0
	lines := bufio.NewWriter(into)
	err := entriesOf(ctx, connected, provider, func(entry ledger.CatalogEntry) error {
		if entry.Status != ledger.EntryActive && !withdrawn {
			return nil
		}
		if written++; ending == ".jsonl" {
			return writeLine(lines, provider, entry.Content)
		}
		if written > catalogfile.MaxRows {
			return wrongInput("more than %d entries: export them into a .jsonl file", catalogfile.MaxRows)
		}
		kept = append(kept, catalogfile.Entry{Provider: provider, Content: entry.Content})
		return nil
	})
	switch {
	case err != nil:
		return written, err
	case ending == ".jsonl":
		return written, lines.Flush()
	case ending == ".csv":
		return written, catalogfile.WriteText(into, kept)
	default:
		return written, catalogfile.WriteWorkbook(into, kept)
	}
}

// writeLine writes an entry as one line of a .jsonl file.
func writeLine(into io.Writer, provider string, content ledger.EntryContent) error {
	line, err := json.Marshal(struct {
		Provider string `json:"provider"`
		ledger.EntryContent
	}{provider, content})
	if err != nil {
		return fmt.Errorf("cli: %w", err)
	}
	_, err = into.Write(append(line, '\n'))
	return err
}

// entriesOf gives a provider's entries on the chain, in the order of their
// identifiers.
func entriesOf(ctx context.Context, connected *client.Client, provider string, each func(ledger.CatalogEntry) error) error {
	for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
		entries, err := connected.EntriesOf(ctx, provider, page)
		if err != nil {
			return err
		}
		for _, entry := range entries.Items {
			if err := each(entry); err != nil {
				return err
			}
		}
		if page.Bookmark = entries.Bookmark; page.Bookmark == "" {
			return nil
		}
	}
}
