package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"dengji/gateway/evidence/contentid"
	"dengji/verify"
	"dengji/verify/artefact"
)

// verifyFlags are the inputs of a verification.
type verifyFlags struct {
	attestation, roots, server, nonce, at string
	maxAge                                time.Duration
	evidence                              []string
	offline, authenticityOnly             bool
	output                                output
}

func verifyCommand() *cobra.Command {
	flags := &verifyFlags{}
	command := &cobra.Command{
		Use:   "verify slip.json|slip.pdf",
		Short: "Check a confirmation slip",
		Long: "Check a confirmation slip. Without --attestation or --server the registration's present status is not checked,\n" +
			"and the exit status is 3 even for an authentic slip, unless --authenticity-only says that this is enough.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			report, err := flags.verify(command.Context(), arguments[0])
			if err != nil {
				return err
			}
			if err := flags.output.report(command.OutOrStdout(), report); err != nil {
				return err
			}
			return conclude(report.Verdict, flags.authenticityOnly)
		},
	}
	set := command.Flags()
	set.StringVar(&flags.attestation, "attestation", "", "file of a status attestation")
	set.StringVar(&flags.roots, "roots", "", "file of the trust anchors (trust.json)")
	set.StringVar(&flags.server, "server", "", "address of a gateway to ask for a fresh attestation")
	set.StringVar(&flags.nonce, "nonce", "", "nonce that the attestation has to carry")
	set.DurationVar(&flags.maxAge, "max-age", 0, "how old the attestation may be (default: as the trust anchors say)")
	set.StringVar(&flags.at, "at", "", "moment of the verification, RFC 3339 (default: now)")
	set.StringArrayVar(&flags.evidence, "evidence", nil, "file to look for among the registration's evidence; repeatable")
	set.BoolVar(&flags.offline, "offline", false, "use no network whatever else is asked for")
	set.BoolVar(&flags.authenticityOnly, "authenticity-only", false, "be content with who issued the slip; do not demand its present status")
	flags.output.flags(set)
	command.MarkFlagsMutuallyExclusive("offline", "server")
	command.MarkFlagsMutuallyExclusive("attestation", "server")
	return command
}

func (f *verifyFlags) verify(ctx context.Context, path string) (verify.Report, error) {
	document, err := readFile(path, artefact.MaxPDFSize)
	if err != nil {
		return verify.Report{}, err
	}
	options, err := f.options(ctx)
	if err != nil {
		return verify.Report{}, err
	}
	if f.server != "" {
		if err := f.ask(ctx, document, &options); err != nil {
			return verify.Report{}, err
		}
	}
	return verify.Verify(document, options), nil
}

func (f *verifyFlags) options(ctx context.Context) (options verify.Options, err error) {
	options.Nonce, options.MaxAge = f.nonce, f.maxAge
	if options.At, err = moment(f.at); err != nil {
		return options, err
	}
	if options.Trust, err = readTrust(f.roots); err != nil {
		return options, err
	}
	if f.attestation != "" {
		if options.Attestation, err = readFile(f.attestation, artefact.MaxAttestationSize); err != nil {
			return options, err
		}
	}
	for _, path := range f.evidence {
		id, err := identify(ctx, path)
		if err != nil {
			return options, err
		}
		options.Evidence = append(options.Evidence, verify.EvidenceFile{Name: path, CID: id.CID})
	}
	return options, nil
}

// ask gets an attestation with a nonce of our own for the code of a slip whose
// signature holds: a forged slip makes no request.
func (f *verifyFlags) ask(ctx context.Context, document []byte, options *verify.Options) error {
	report := verify.Verify(document, *options)
	if report.Verdict == verify.Invalid || report.Slip == nil {
		return nil
	}
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return cannotCheck(err)
	}
	options.Nonce = hex.EncodeToString(nonce)
	attestation, err := fetchAttestation(ctx, f.server, report.Slip.Code, options.Nonce)
	if err != nil {
		return cannotCheck(fmt.Errorf("ask %s for an attestation: %w", f.server, err))
	}
	options.Attestation = attestation
	return nil
}

func conclude(verdict verify.Verdict, authenticityOnly bool) error {
	switch {
	case verdict == verify.Valid || verdict == verify.Authentic && authenticityOnly:
		return nil
	case verdict == verify.Invalid:
		return ended{status: exitFailed}
	default:
		return ended{status: exitCannotCheck}
	}
}

func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at: %w", err)
	}
	return at, nil
}

func readTrust(path string) (*artefact.TrustAnchors, error) {
	if path == "" {
		return nil, nil
	}
	signed, err := readSignedTrust(path)
	if err != nil {
		return nil, err
	}
	return &signed.Anchors, nil
}

func readSignedTrust(path string) (artefact.SignedTrust, error) {
	content, err := readFile(path, artefact.MaxTrustSize)
	if err != nil {
		return artefact.SignedTrust{}, err
	}
	signed, err := artefact.ParseTrust(content)
	if err != nil {
		return artefact.SignedTrust{}, cannotCheck(fmt.Errorf("%s: %w", path, err))
	}
	return signed, nil
}

// readFile reads a file of at most limit bytes; a longer one is cut one byte past
// the limit, which its parser refuses.
func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cannotCheck(err)
	}
	content, readErr := readLimited(file, limit)
	if err := errors.Join(readErr, file.Close()); err != nil {
		return nil, cannotCheck(err)
	}
	return content, nil
}

func identify(ctx context.Context, path string) (contentid.ContentID, error) {
	file, err := os.Open(path)
	if err != nil {
		return contentid.ContentID{}, cannotCheck(err)
	}
	id, computeErr := contentid.Compute(ctx, file)
	if err := errors.Join(computeErr, file.Close()); err != nil {
		return contentid.ContentID{}, cannotCheck(err)
	}
	return id, nil
}
