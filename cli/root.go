package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"dengji/gateway/client"
)

// Exit codes of the program.
const (
	ExitFailure     = 1 // anything else
	ExitInput       = 2 // the command, or a file that it reads, is wrong; nothing was written
	ExitRefused     = 3 // the platform refused
	ExitUnreachable = 4 // the platform did not answer
	ExitInterrupted = 130
)

// inputError is wrong input, which sending again does not mend.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func wrongInput(format string, arguments ...any) error {
	return inputError{fmt.Errorf(format, arguments...)}
}

// Code gives the exit code of an error.
func Code(err error) int {
	var input inputError
	var refused *client.Error
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.As(err, &input):
		return ExitInput
	case errors.As(err, &refused), errors.Is(err, errNotValid):
		return ExitRefused
	case isUnreachable(err):
		return ExitUnreachable
	default:
		return ExitFailure
	}
}

// tool is what the commands share.
type tool struct {
	gateway string
	json    bool
	home    string // folder of the session
	in      io.Reader
	out     io.Writer
	log     io.Writer // progress and notes
}

// Command gives the program's root.
func Command() *cobra.Command {
	shared := &tool{in: os.Stdin, out: os.Stdout, log: os.Stderr}
	root := &cobra.Command{
		Use:   "dengji-client",
		Short: "Client of the registration platform for departments and operators",
		Long: "Brings catalogues and evidence onto the chain, files applications and looks cases up.\n\n" +
			"Log in once; the session is kept in a file that only you can read:\n\n" +
			"  dengji-client login --gateway https://registry.example haidian-1\n\n" +
			"Exit codes: 0 done, 1 failure, 2 wrong command or file (nothing was written), 3 refused by the\nplatform, 4 the platform did not answer, 130 interrupted.",
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRun: func(command *cobra.Command, _ []string) {
			shared.in, shared.out, shared.log = command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr()
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return inputError{err} })
	flags := root.PersistentFlags()
	flags.StringVar(&shared.gateway, "gateway", os.Getenv("DENGJI_GATEWAY"), "address of the platform (default $DENGJI_GATEWAY, or that of the session)")
	flags.BoolVar(&shared.json, "json", false, "answer in JSON")
	root.AddCommand(shared.loginCommand(), shared.logoutCommand(), shared.catalogCommand(), shared.evidenceCommand(),
		shared.applyCommand(), shared.statusCommand(), shared.verifyCommand())
	return root
}

// exactly is cobra's ExactArgs with this program's exit code.
func exactly(n int) cobra.PositionalArgs {
	return func(command *cobra.Command, arguments []string) error {
		if err := cobra.ExactArgs(n)(command, arguments); err != nil {
			return inputError{err}
		}
		return nil
	}
}
