package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"dengji/verify"
	"dengji/verify/artefact"
)

func trustCommand() *cobra.Command {
	command := &cobra.Command{Use: "trust", Short: "Look at trust anchors and follow their changes"}
	command.AddCommand(&cobra.Command{
		Use:   "show trust.json",
		Short: "Print what trust anchors say, and the digest to compare before they are first believed",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			signed, err := readSignedTrust(arguments[0])
			if err != nil {
				return err
			}
			return show(command.OutOrStdout(), signed.Anchors)
		},
	}, followCommand(), nextCommand(), signCommand())
	return command
}

func show(out io.Writer, anchors artefact.TrustAnchors) error {
	digest, err := anchors.Digest()
	if err != nil {
		return cannotCheck(err)
	}
	if _, err := fmt.Fprintf(out, "%s %d (%s, %s)\n%s\n", anchors.Platform, anchors.Version, anchors.Mode, anchors.IssuedAt, digest); err != nil {
		return err
	}
	for _, organisation := range anchors.Organisations {
		if _, err := fmt.Fprintf(out, "%s %s: %d\n", organisation.MSP, organisation.Name.ZH, len(organisation.Roots)); err != nil {
			return err
		}
	}
	return nil
}

func followCommand() *cobra.Command {
	at := ""
	command := &cobra.Command{
		Use:   "follow trust.json next-trust.json",
		Short: "Check that new trust anchors may replace those that are believed",
		Args:  cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, arguments []string) error {
			current, err := readSignedTrust(arguments[0])
			if err != nil {
				return err
			}
			next, err := readSignedTrust(arguments[1])
			if err != nil {
				return err
			}
			now, err := moment(at)
			if err != nil {
				return err
			}
			err = verify.Succession(current.Anchors, next, now)
			if errors.Is(err, verify.ErrNotTheSuccessor) || errors.Is(err, verify.ErrTooFewSignatures) {
				return ended{status: exitFailed, cause: err}
			}
			if err != nil {
				return cannotCheck(err)
			}
			return show(command.OutOrStdout(), next.Anchors)
		},
	}
	command.Flags().StringVar(&at, "at", "", "moment of the check, RFC 3339 (default: now)")
	return command
}
