package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/chaincode/strictjson"
	"dengji/gateway/client"
)

func (t *tool) applyCommand() *cobra.Command {
	var dryRun bool
	command := &cobra.Command{
		Use: "apply FILE", Short: "File an application that a JSON file describes",
		Long: "The file holds the request of the interface's POST /applications (docs/api.md). It is checked as the\n" +
			"form in the portal checks it: everything that is missing is named, and nothing is filed.",
		Example: "  dengji-client apply --dry-run application.json", Args: exactly(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			connected, _, err := t.connect(true)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(arguments[0])
			if err != nil {
				return wrongInput("%w", err)
			}
			request, err := strictjson.Decode[ledger.SubmitRequest](content, ledger.MaxRequestBytes)
			if err != nil {
				return wrongInput("%s: %w", arguments[0], err)
			}
			return t.apply(command.Context(), connected, request, dryRun)
		},
	}
	command.Flags().BoolVar(&dryRun, "dry-run", false, "check and file nothing")
	return command
}

// apply files by way of a draft, because a draft is told all that it lacks.
func (t *tool) apply(ctx context.Context, connected *client.Client, request ledger.SubmitRequest, dryRun bool) (err error) {
	draft, err := connected.CreateDraft(ctx, request, false)
	if err != nil {
		return err
	}
	filed := false
	defer func() {
		if !filed {
			err = errors.Join(err, connected.DeleteDraft(ctx, draft.ID))
		}
	}()
	check, err := connected.CheckDraft(ctx, draft.ID)
	if err != nil {
		return err
	}
	if len(check.Problems) > 0 {
		for _, problem := range check.Problems {
			if err := t.answer(problem, "%s: %s %s", cmp.Or(problem.Field, "-"), problem.Message.ZH, problem.Code); err != nil {
				return err
			}
		}
		return wrongInput("%d problems; nothing was filed", len(check.Problems))
	}
	if dryRun {
		return t.answer(check, "nothing is missing; nothing was filed")
	}
	application, receipt, err := connected.FileDraft(ctx, draft.ID)
	if err != nil {
		return err
	}
	filed = true
	return t.answer(application, "%s  %s (transaction %s)", application.ID, application.State, receipt.TxID)
}

func (t *tool) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status [APPLICATION|CODE]", Short: "Show an application or a registration, or all of the own ones", Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			connected, _, err := t.connect(true)
			if err != nil {
				return err
			}
			switch {
			case len(arguments) == 0:
				return t.listOwn(command.Context(), connected)
			case len(arguments[0]) == codeLength:
				return t.showRegistration(command.Context(), connected, arguments[0])
			default:
				return t.showApplication(command.Context(), connected, arguments[0])
			}
		},
	}
}

// codeLength is that of a registration code without its hyphens.
const codeLength = 19

func (t *tool) listOwn(ctx context.Context, connected *client.Client) error {
	for page := (ledger.PageRequest{PageSize: ledger.MaxPageSize}); ; {
		found, err := connected.Applications(ctx, page)
		if err != nil {
			return err
		}
		for _, each := range found.Items {
			if err := t.answer(each, "%s  %-12s  %-22s  %s", each.ID, each.Type, each.State, each.Publicised.DataName); err != nil {
				return err
			}
		}
		if page.Bookmark = found.Bookmark; page.Bookmark == "" {
			return nil
		}
	}
}

func (t *tool) showApplication(ctx context.Context, connected *client.Client, id string) error {
	found, err := connected.Application(ctx, id)
	if err != nil {
		return err
	}
	steps, err := connected.StepsOf(ctx, client.CaseApplication, id)
	if err != nil {
		return err
	}
	if t.json {
		return t.answer(map[string]any{"application": found, "steps": steps}, "")
	}
	if err := t.answer(nil, "%s  %s\n%s (%s)", found.ID, found.State, found.Publicised.DataName, found.Type); err != nil {
		return err
	}
	for _, clock := range found.Clocks {
		if err := t.answer(nil, "  %s until %s (Art. %s)", clock.Clock, clock.Due, clock.Article); err != nil {
			return err
		}
	}
	for _, step := range steps {
		if err := t.answer(nil, "  %s  %s -> %s  %s", step.At, step.Action, step.To, step.Reason); err != nil {
			return err
		}
	}
	return nil
}

func (t *tool) showRegistration(ctx context.Context, connected *client.Client, code string) error {
	found, err := connected.Registration(ctx, code)
	if err != nil {
		return err
	}
	national := ""
	if found.NationalCode != "" {
		national = fmt.Sprintf(", national code %s", found.NationalCode)
	}
	return t.answer(found, "%s  %s\n%s, valid from %s to %s, version %d%s", found.Code, found.Status, found.Publicised.DataName, found.ValidFrom, found.ValidUntil, found.Version, national)
}
