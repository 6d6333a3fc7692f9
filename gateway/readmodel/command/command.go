package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/store"
)

// DefaultLimit is how many differences are listed unless told otherwise.
const DefaultLimit = 100

// ErrDifferent is returned by compare when the model is not what it should be.
var ErrDifferent = errors.New("the read model differs from the ledger; `dengji readmodel rebuild` mends it")

// Connect opens the peers from which blocks come, and gives the function that
// closes them.
type Connect func(ctx context.Context) ([]readmodel.Source, func() error, error)

// New makes the command "readmodel" over the model in the gateway's folder, or
// where the environment says.
func New(folder func() (string, error), connect Connect) *cobra.Command {
	parent := &cobra.Command{Use: "readmodel", Short: "keep the searchable copy of the ledger",
		Long: "The read model is a cache: it can be dropped and rebuilt at any time.\n" +
			readmodel.DSNVariable + " names a PostgreSQL database (postgres://...) or a SQLite file; without it the file " +
			readmodel.File + " of the gateway's folder is used."}
	parent.AddCommand(rebuild(folder, connect), compare(folder, connect))
	return parent
}

func rebuild(folder func() (string, error), connect Connect) *cobra.Command {
	return &cobra.Command{Use: "rebuild", Short: "drop the read model and fill it from the ledger", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return with(command, folder, connect, func(model *readmodel.Model, sources []readmodel.Source) error {
				if err := model.Rebuild(command.Context(), sources...); err != nil {
					return err
				}
				return printLine(command.OutOrStdout(), "the read model holds the blocks 0 to %d", model.Health().Applied)
			})
		}}
}

func compare(folder func() (string, error), connect Connect) *cobra.Command {
	var limit int
	var asJSON bool
	made := &cobra.Command{Use: "compare", Short: "list where the read model differs from the ledger", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if limit < 1 {
				return errors.New("--limit must be 1 or more")
			}
			return with(command, folder, connect, func(model *readmodel.Model, sources []readmodel.Source) error {
				found, err := compareInScratch(command.Context(), model, limit, sources)
				if err != nil {
					return err
				}
				return report(command.OutOrStdout(), found, asJSON)
			})
		}}
	made.Flags().IntVar(&limit, "limit", DefaultLimit, "list at most so many differences")
	made.Flags().BoolVar(&asJSON, "json", false, "print the differences as JSON")
	return made
}

// with opens model and peers for the length of a command.
func with(command *cobra.Command, folder func() (string, error), connect Connect, do func(*readmodel.Model, []readmodel.Source) error) (err error) {
	path, err := folder()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(command.ErrOrStderr(), nil))
	model, err := readmodel.Open(command.Context(), readmodel.DSN(path), readmodel.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	sources, disconnect, err := connect(command.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, disconnect()) }()
	return do(model, sources)
}

func compareInScratch(ctx context.Context, model *readmodel.Model, limit int, sources []readmodel.Source) (found []store.Difference, err error) {
	folder, err := os.MkdirTemp("", "dengji-compare-")
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	return model.Compare(ctx, filepath.Join(folder, readmodel.File), limit, sources...)
}

func report(out io.Writer, found []store.Difference, asJSON bool) error {
	if asJSON {
		if found == nil {
			found = []store.Difference{}
		}
		if err := json.NewEncoder(out).Encode(found); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	} else if err := printLines(out, found); err != nil {
		return err
	}
	if len(found) > 0 {
		return ErrDifferent
	}
	return nil
}

func printLines(out io.Writer, found []store.Difference) error {
	if len(found) == 0 {
		return printLine(out, "the read model is what the ledger says")
	}
	for _, difference := range found {
		if err := printLine(out, "%s", difference); err != nil {
			return err
		}
	}
	return nil
}

func printLine(out io.Writer, format string, values ...any) error {
	if _, err := fmt.Fprintf(out, format+"\n", values...); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
