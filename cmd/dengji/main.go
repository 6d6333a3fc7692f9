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

	"dengji/backup/command"
	"dengji/bench"
	"dengji/gateway/service"
	"dengji/network/launcher"
	"dengji/platform"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	if !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
	os.Exit(1)
}

func root() *cobra.Command {
	top := &cobra.Command{
		Use:           "dengji",
		Short:         "Registration platform for public data resources on a permissioned ledger",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	top.AddCommand(platform.Commands()...)
	top.AddCommand(launcher.Command(platform.Found), service.Command(), service.ReadModelCommand(), command.New(platform.LedgerTip), bench.Command())
	return top
}
