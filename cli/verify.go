package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"dengji/gateway/client"
	"dengji/verify"
)

func (t *tool) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify SLIP-FILE | verify CODE QUERY-CODE", Short: "Have the platform verify a confirmation slip",
		Long: "Exits with 0 for a slip that is valid and with 3 for any other verdict. dengji-verify does the same\nwithout believing the platform.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(command *cobra.Command, arguments []string) error {
			connected, _, err := t.connect(false)
			if err != nil {
				return err
			}
			report, err := verdictOf(command.Context(), connected, arguments)
			if err != nil {
				return err
			}
			if err := t.answer(report, "%s", report.Verdict); err != nil {
				return err
			}
			if report.Verdict != verify.Valid {
				return errNotValid
			}
			return nil
		},
	}
}

// errNotValid is any verdict but valid.
var errNotValid = errors.New("the slip is not valid")

func verdictOf(ctx context.Context, connected *client.Client, arguments []string) (verify.Report, error) {
	if len(arguments) == 2 {
		return connected.VerifyCode(ctx, arguments[0], arguments[1])
	}
	file, err := os.Open(arguments[0])
	if errors.Is(err, fs.ErrNotExist) {
		return verify.Report{}, wrongInput("no file %s; a code goes with its query code", arguments[0])
	}
	if err != nil {
		return verify.Report{}, wrongInput("%w", err)
	}
	defer file.Close() //nolint:errcheck // reading only
	return connected.VerifySlip(ctx, file)
}
