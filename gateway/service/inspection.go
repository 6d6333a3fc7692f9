package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dengji/chaincode/fault"
	"dengji/gateway/inspection"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/queries"
)

// ErrEvidence is returned by "dengji gateway inspect" when a file is not as the
// ledger says.
var ErrEvidence = errors.New("evidence is missing or damaged")

func (s *Service) inspectionJob() *inspection.Job {
	return &inspection.Job{Store: s.depot.Store, Lists: queries.New(s.lists.model.Store()), Database: s.database,
		Every: s.settings.InspectEvery, Clock: time.Now, Log: s.log}
}

// inspectCommand gives "dengji gateway inspect", which works beside a running
// gateway.
func inspectCommand(settings *Settings) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "inspect",
		Short: "Read all evidence and list what is missing or damaged, whose it is and which applications rest on it",
		Long: "Reads every file of evidence that the ledger names to its end and computes its CID and SM3 digest anew.\n" +
			"Ends with an error when one is missing or damaged. It changes nothing and may run beside a gateway,\n" +
			"whose read model says what there has to be.",
		Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return inspect(command.Context(), *settings, command.OutOrStdout(), command.ErrOrStderr(), asJSON)
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print each finding as a line of JSON")
	return command
}

// finding is a line of the report.
type finding struct {
	Code         fault.Code `json:"code"`
	Owner        string     `json:"owner"`
	CID          string     `json:"cid"`
	SM3          string     `json:"sm3"`
	Applications []string   `json:"applications"`
	Cause        string     `json:"cause"`
}

func inspect(ctx context.Context, settings Settings, out, logs io.Writer, asJSON bool) (err error) {
	state, err := openBeside(ctx, settings)
	if err != nil {
		return err
	}
	s := &Service{settings: state.settings, database: state.database, log: slog.New(slog.NewTextHandler(logs, nil))}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.depot, err = s.evidence(state.sealer); err != nil {
		return err
	}
	if s.lists.model, err = readmodel.Open(ctx, readmodel.DSN(s.settings.folder()), readmodel.Options{Log: s.log}); err != nil {
		return err
	}
	summary, err := s.inspectionJob().Inspect(ctx, func(found inspection.Finding) error {
		return printFinding(out, found, asJSON)
	})
	if err == nil && summary.Findings > 0 {
		err = fmt.Errorf("%w: %d of %d files", ErrEvidence, summary.Findings, summary.Objects)
	}
	return err
}

func printFinding(out io.Writer, found inspection.Finding, asJSON bool) error {
	line := finding{Code: found.Code, Owner: found.Owner, CID: found.CID, SM3: found.SM3, Applications: found.Applications, Cause: found.Cause.Error()}
	var err error
	if asJSON {
		err = json.NewEncoder(out).Encode(line)
	} else {
		_, err = fmt.Fprintf(out, "%-20s %s of %s, applications: %s\n", line.Code, line.CID, line.Owner, strings.Join(line.Applications, " "))
	}
	if err != nil {
		return fmt.Errorf("service: report: %w", err)
	}
	return nil
}
