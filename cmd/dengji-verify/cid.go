package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func cidCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "cid FILE...",
		Short: "Print the CID and the SM3 digest of files, as evidence is anchored",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, paths []string) error {
			for _, path := range paths {
				id, err := identify(command.Context(), path)
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(command.OutOrStdout(), "%s %s %d %s\n", id.CID, id.SM3, id.Size, path); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
