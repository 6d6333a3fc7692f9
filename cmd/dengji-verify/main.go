// Command dengji-verify checks, for anybody and without the registry's help, what
// the registry hands out: confirmation slips, attestations, compact proofs, trust
// anchors and files of evidence. Its exit status says how it ended: 0 every check
// passed, 1 a check failed, 2 wrong usage, 3 something needed was missing and
// nothing failed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// The exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitCannotCheck = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// ended is an error that carries the exit status; its text may be empty where the
// report has said everything.
type ended struct {
	status int
	cause  error
}

func (e ended) Error() string {
	if e.cause == nil {
		return ""
	}
	return e.cause.Error()
}

func (e ended) Unwrap() error { return e.cause }

func cannotCheck(err error) error { return ended{status: exitCannotCheck, cause: err} }

func run(ctx context.Context, arguments []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := &cobra.Command{
		Use:           "dengji-verify",
		Short:         "Check what the registry hands out, without asking the registry",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(verifyCommand(), proofCommand(), cidCommand(), trustCommand())
	root.SetArgs(arguments)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if err.Error() != "" {
		_, _ = fmt.Fprintln(stderr, "dengji-verify:", err)
	}
	var end ended
	if errors.As(err, &end) {
		return end.status
	}
	return exitUsage
}
