package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/verify/artefact"
)

// limits of what organisations exchange as PEM files.
const maxPEM = 64 << 10

// changes are what the next trust anchors change; organisations' certificates are
// given as MSP=file.pem.
type changes struct {
	out, at                        string
	addRoots, removeRoots, addPeer []string
	addSlipChain                   string
	hours                          int
}

func nextCommand() *cobra.Command {
	change := &changes{}
	command := &cobra.Command{
		Use:   "next trust.json",
		Short: "Write the next version of trust anchors, to be signed by the organisations",
		Args:  cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			current, err := readSignedTrust(arguments[0])
			if err != nil {
				return err
			}
			next, err := change.apply(current.Anchors)
			if err != nil {
				return err
			}
			if err := writeTrust(change.out, artefact.SignedTrust{Anchors: next, Signatures: []artefact.TrustSignature{}}); err != nil {
				return err
			}
			return show(command.OutOrStdout(), next)
		},
	}
	set := command.Flags()
	set.StringVar(&change.out, "out", "next-trust.json", "file to write")
	set.StringVar(&change.at, "at", "", "date of the new version, RFC 3339 (default: now)")
	set.StringArrayVar(&change.addRoots, "add-root", nil, "MSP=file.pem: a further root of an organisation's CA; repeatable")
	set.StringArrayVar(&change.removeRoots, "remove-root", nil, "MSP=file.pem: a root that is believed no more; repeatable")
	set.StringArrayVar(&change.addPeer, "add-peer", nil, "MSP=file.pem: a peer that compact proofs may refer to; repeatable")
	set.StringVar(&change.addSlipChain, "add-slip-chain", "", "chain of a further slip signer, its own certificate first, the root last")
	set.IntVar(&change.hours, "attestation-hours", 0, "how long an attestation is taken as current (default: as before)")
	return command
}

func (c *changes) apply(anchors artefact.TrustAnchors) (artefact.TrustAnchors, error) {
	digest, err := anchors.Digest()
	if err != nil {
		return anchors, cannotCheck(err)
	}
	at, err := moment(c.at)
	if err != nil {
		return anchors, err
	}
	anchors.Version, anchors.Predecessor, anchors.IssuedAt = anchors.Version+1, digest, ledger.Stamp(at)
	if c.hours > 0 {
		anchors.AttestationHours = c.hours
	}
	anchors.Organisations = slices.Clone(anchors.Organisations)
	steps := []struct {
		given  []string
		change func(*artefact.TrustedOrganisation, []byte)
	}{
		{c.addRoots, func(o *artefact.TrustedOrganisation, der []byte) { o.Roots = with(o.Roots, der) }},
		{c.removeRoots, func(o *artefact.TrustedOrganisation, der []byte) { o.Roots = without(o.Roots, der) }},
		{c.addPeer, func(o *artefact.TrustedOrganisation, der []byte) { o.Peers = with(o.Peers, der) }},
	}
	for _, step := range steps {
		for _, given := range step.given {
			if err := changeOrganisation(anchors.Organisations, given, step.change); err != nil {
				return anchors, err
			}
		}
	}
	return c.slipChain(anchors)
}

func (c *changes) slipChain(anchors artefact.TrustAnchors) (artefact.TrustAnchors, error) {
	if c.addSlipChain == "" {
		return anchors, nil
	}
	content, err := readFile(c.addSlipChain, maxPEM)
	if err != nil {
		return anchors, err
	}
	chain, err := cryptosuite.ParseCertificates(content)
	if err != nil {
		return anchors, cannotCheck(fmt.Errorf("%s: %w", c.addSlipChain, err))
	}
	anchors.SlipSigners = with(anchors.SlipSigners, chain[0].Raw)
	anchors.SlipRoots = with(anchors.SlipRoots, chain[len(chain)-1].Raw)
	return anchors, nil
}

func changeOrganisation(organisations []artefact.TrustedOrganisation, given string, change func(*artefact.TrustedOrganisation, []byte)) error {
	msp, path, found := strings.Cut(given, "=")
	position := slices.IndexFunc(organisations, func(o artefact.TrustedOrganisation) bool { return o.MSP == msp })
	if !found || position < 0 {
		return fmt.Errorf("%q is not MSP=file.pem of an organisation that the anchors describe", given)
	}
	certificate, err := readCertificate(path)
	if err != nil {
		return err
	}
	change(&organisations[position], certificate.Raw)
	return nil
}

func with(list [][]byte, der []byte) [][]byte { return append(without(list, der), der) }

func without(list [][]byte, der []byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(list), func(known []byte) bool { return bytes.Equal(known, der) })
}

func signCommand() *cobra.Command {
	var msp, certificate, key string
	command := &cobra.Command{
		Use:   "sign next-trust.json",
		Short: "Add an organisation's signature to new trust anchors, by its administrator",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			signed, err := readSignedTrust(arguments[0])
			if err != nil {
				return err
			}
			parsed, err := readCertificate(certificate)
			if err != nil {
				return err
			}
			signer, err := readKey(key, parsed)
			if err != nil {
				return err
			}
			if signed, err = artefact.SignTrust(signed, msp, parsed.Raw, signer); err != nil {
				return cannotCheck(err)
			}
			return writeTrust(arguments[0], signed)
		},
	}
	set := command.Flags()
	set.StringVar(&msp, "msp", "", "the organisation, e.g. AuthorityMSP")
	set.StringVar(&certificate, "certificate", "", "the administrator's certificate, PEM")
	set.StringVar(&key, "key", "", "the administrator's key, PKCS#8 PEM")
	for _, name := range []string{"msp", "certificate", "key"} {
		if err := command.MarkFlagRequired(name); err != nil {
			panic(err) // the flag stands three lines above
		}
	}
	return command
}

func readCertificate(path string) (*x509.Certificate, error) {
	content, err := readFile(path, maxPEM)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, cannotCheck(fmt.Errorf("%s holds no certificate in PEM", path))
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, cannotCheck(fmt.Errorf("%s: %w", path, err))
	}
	return certificate, nil
}

func readKey(path string, certificate *x509.Certificate) (crypto.Signer, error) {
	content, err := readFile(path, maxPEM)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, cannotCheck(fmt.Errorf("%s holds no key in PEM", path))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, cannotCheck(fmt.Errorf("%s: %w", path, err))
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, cannotCheck(errors.New("the key and the certificate do not belong together"))
	}
	return key, nil
}

// writeTrust replaces the file as a whole, so that a crash leaves the old one.
func writeTrust(path string, signed artefact.SignedTrust) error {
	content, err := signed.Bytes()
	if err != nil {
		return cannotCheck(err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".trust-")
	if err != nil {
		return cannotCheck(err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already after the rename
	_, writeErr := file.Write(content)
	if err := errors.Join(writeErr, file.Chmod(0o644), file.Sync(), file.Close()); err != nil {
		return cannotCheck(err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return cannotCheck(err)
	}
	return nil
}
