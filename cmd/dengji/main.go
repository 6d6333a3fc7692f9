// Command dengji is the registration platform in one binary: it launches the
// Fabric network, serves the gateway, tells the demo's story and measures.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"dengji/network/launcher"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		if !errors.Is(err, context.Canceled) {
			fmt.Fprintln(os.Stderr, "error:", err)
		}
		stop()
		os.Exit(1)
	}
}

func root() *cobra.Command {
	command := &cobra.Command{
		Use:           "dengji",
		Short:         "Registration platform for public data resources on a permissioned ledger",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	command.AddCommand(launcher.Command())
	return command
}
