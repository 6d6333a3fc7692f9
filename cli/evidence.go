package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/gateway/client"
)

func (t *tool) evidenceCommand() *cobra.Command {
	group := &cobra.Command{Use: "evidence", Short: "Anchor evidence"}
	var kind string
	var open bool
	add := &cobra.Command{
		Use: "add FILE...", Short: "Upload files into the evidence store and anchor each on the chain",
		Long:    "Prints the content identifier (CID) of each file. Files are encrypted in the store unless --open.\nA file that is anchored already is named with its CID again.\n\nKinds: " + strings.Join(kinds(), ", "),
		Example: "  dengji-client evidence add --kind risk-assessment report.pdf", Args: cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, paths []string) error {
			if !slices.Contains(kinds(), kind) {
				return wrongInput("--kind %q is none of %s", kind, strings.Join(kinds(), ", "))
			}
			connected, _, err := t.connect(true)
			if err != nil {
				return err
			}
			for _, path := range paths {
				if err := t.addEvidence(command.Context(), connected, ledger.EvidenceKind(kind), !open, path); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
			return nil
		},
	}
	add.Flags().StringVar(&kind, "kind", string(ledger.EvidenceOther), "what the files are")
	add.Flags().BoolVar(&open, "open", false, "store the files unencrypted")
	_ = add.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kinds(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag alone
	group.AddCommand(add)
	return group
}

func kinds() []string {
	names := make([]string, len(ledger.EvidenceKinds))
	for i, kind := range ledger.EvidenceKinds {
		names[i] = string(kind)
	}
	return names
}

func (t *tool) addEvidence(ctx context.Context, connected *client.Client, kind ledger.EvidenceKind, sealed bool, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return wrongInput("%w", err)
	}
	defer file.Close() //nolint:errcheck // reading only
	anchored, receipt, err := connected.PutEvidence(ctx, kind, sealed, filepath.Base(path), file)
	if err != nil {
		return err
	}
	return t.answer(map[string]any{"file": path, "evidence": anchored, "txId": receipt.TxID}, "%s  %s", anchored.CID, path)
}
