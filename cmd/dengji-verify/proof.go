package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/verify"
	"dengji/verify/artefact"
)

// proofFlags are the inputs of checking a compact proof.
type proofFlags struct {
	roots, at        string
	authenticityOnly bool
	output           output
}

func proofCommand() *cobra.Command {
	flags := &proofFlags{}
	command := &cobra.Command{
		Use:   "proof TEXT|-",
		Short: "Check the compact proof of a paper slip: the text of its second code, or - for standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			report, err := flags.check(arguments[0], command.InOrStdin())
			if err != nil {
				return err
			}
			if err := flags.show(command.OutOrStdout(), report); err != nil {
				return err
			}
			return conclude(report.Verdict, flags.authenticityOnly)
		},
	}
	set := command.Flags()
	set.StringVar(&flags.roots, "roots", "", "file of the trust anchors (trust.json)")
	set.StringVar(&flags.at, "at", "", "moment of the verification, RFC 3339 (default: now)")
	set.BoolVar(&flags.authenticityOnly, "authenticity-only", false, "be content with what held at issuance")
	flags.output.flags(set)
	return command
}

func (f *proofFlags) check(text string, stdin io.Reader) (report verify.Report, err error) {
	if text == "-" {
		content, err := readLimited(stdin, 2*artefact.MaxProofText)
		if err != nil {
			return report, cannotCheck(err)
		}
		text = strings.TrimRight(string(content), "\r\n")
	}
	options := verify.Options{}
	if options.At, err = moment(f.at); err != nil {
		return report, err
	}
	if options.Trust, err = readTrust(f.roots); err != nil {
		return report, err
	}
	return verify.Proof(text, options), nil
}

// show prints the report and what has to be compared with the paper.
func (f *proofFlags) show(out io.Writer, report verify.Report) error {
	if err := f.output.report(out, report); err != nil {
		return err
	}
	said := report.Attestation
	if f.output.json || said == nil {
		return nil
	}
	public := ledger.Publicised{}
	if said.Publicised != nil {
		public = *said.Publicised
	}
	_, err := fmt.Fprintln(out, harmless(fmt.Sprintf("%s %s %s %s – %s", code.FormatRegistration(said.Code), public.DataName,
		public.RegistrantName, said.ValidFrom, said.ValidUntil)))
	return err
}
