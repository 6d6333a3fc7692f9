package service

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"dengji/gateway/audit"
)

// auditCommand gives "dengji gateway audit", which works beside a running gateway.
func auditCommand(settings *Settings) *cobra.Command {
	var noted []string
	command := &cobra.Command{
		Use:   "audit",
		Short: "Check the audit log from end to end, and print its newest entry's number and digest",
		Long: "Computes the digest of every entry anew. Ends with an error when one was changed, removed or slipped in.\n" +
			"A head, SEQUENCE:DIGEST, that was noted elsewhere earlier shows a log that was cut off or written anew.",
		Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return checkAudit(command.Context(), *settings, noted, command.OutOrStdout())
		},
	}
	command.Flags().StringSliceVar(&noted, "noted", nil, "a head that was printed or shown earlier; may be repeated")
	return command
}

func checkAudit(ctx context.Context, settings Settings, noted []string, out io.Writer) (err error) {
	var heads []audit.Head
	for _, text := range noted {
		head, err := audit.ParseHead(text)
		if err != nil {
			return err
		}
		heads = append(heads, head)
	}
	state, err := openBeside(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.database.Close()) }()
	head, err := audit.Verify(ctx, state.database, heads...)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, head); err != nil {
		return fmt.Errorf("service: report: %w", err)
	}
	return nil
}
