// Command dengji-catalogue-chain is a simulated catalogue chain of the city for
// sandboxes. POST /generations makes entries and changes; PUT /faults makes it fail:
// slowMilliseconds, unavailable, cut, duplicate, wrongSignature, forged, rewritten.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"dengji/fixtures"
	"dengji/fixtures/cataloguechain"
	"dengji/fixtures/simulation"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var listen, folder, name string
	var entries, changes int
	made := &cobra.Command{
		Use:          "dengji-catalogue-chain",
		Short:        "Simulate the city's catalogue chain",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) (err error) {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
			chain, err := cataloguechain.Open(folder, name, time.Now)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, chain.Close()) }()
			if chain.Height() == 0 && entries > 0 {
				if err := chain.Generate(command.Context(), ofParties(entries, changes)); err != nil {
					return err
				}
			}
			fmt.Fprintf(command.OutOrStdout(), "simulated catalogue chain on http://%s, %d blocks, certificates %s\n", listen, chain.Height(), filepath.Join(folder, cataloguechain.NodesFile))
			return simulation.Serve(command.Context(), listen, chain)
		},
	}
	flags := made.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:8091", "host:port to listen on")
	flags.StringVar(&folder, "folder", "catalogue-chain", "folder of its blocks and signing keys, made where it is missing")
	flags.StringVar(&name, "name", "北京市目录链（模拟）", "name of the chain")
	flags.IntVar(&entries, "entries", 200, "entries that a new chain begins with")
	flags.IntVar(&changes, "changes", 50, "changes of them")
	return made
}

func ofParties(entries, changes int) cataloguechain.Generation {
	wanted := cataloguechain.Generation{Entries: entries, Changes: changes, WithdrawEvery: 10, Seed: 1}
	for _, party := range fixtures.Parties {
		wanted.Departments = append(wanted.Departments, cataloguechain.Department{USCC: party.USCC, Name: party.Name, Division: party.Division})
	}
	return wanted
}
