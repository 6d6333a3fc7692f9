package authority

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"dengji/network/enrolment"
	"dengji/network/layout"
)

// Kinds of identities; they become organisational units in the certificate.
const (
	KindAdmin   = "admin"
	KindPeer    = "peer"
	KindOrderer = "orderer"
	KindClient  = "client"

	// KindOfficer is none of the units that an organisation's MSP knows: whoever
	// gives orders to the certificate authority can sign no transaction.
	KindOfficer = "officer"
)

// Names of the files of an identity inside its folder.
const (
	CertificateFile = "msp/signcerts/cert.pem"
	KeyFile         = "msp/keystore/key.pem"
	TLSCertificate  = "tls/cert.pem"
	TLSKey          = "tls/key.pem"
)

// nodeUnits tells apart admins, peers, orderers and clients by their certificate.
const nodeUnits = `NodeOUs:
  Enable: true
  ClientOUIdentifier: {OrganizationalUnitIdentifier: client}
  PeerOUIdentifier: {OrganizationalUnitIdentifier: peer}
  AdminOUIdentifier: {OrganizationalUnitIdentifier: admin}
  OrdererOUIdentifier: {OrganizationalUnitIdentifier: orderer}
`

// Identity is what is asked of an organisation's authorities.
type Identity struct {
	Organisation string
	ID           string // enrolment id, the certificate's common name
	Kind         string
	Attributes   []Attribute
	Hosts        []string // names and addresses of the TLS certificate; none: no TLS certificate
	TLSOnly      bool     // a process that never signs a transaction
	Folder       string
}

// Obtain gets the certificates that the identity's folder lacks. Keys are made
// here, in files of mode 0600, and never leave the folder. It may be repeated.
func (c *Client) Obtain(ctx context.Context, id Identity) error {
	if !id.TLSOnly {
		if err := c.obtainMSP(ctx, id); err != nil {
			return err
		}
	}
	if len(id.Hosts) == 0 {
		return nil
	}
	return c.obtainTLS(ctx, id)
}

func (c *Client) obtainMSP(ctx context.Context, id Identity) error {
	return replaceFolder(filepath.Join(id.Folder, "msp"), func(folder string) error {
		authority := Name(id.Organisation)
		secret, err := c.register(ctx, authority, id.ID, id.Kind, id.Attributes)
		if err != nil {
			return err
		}
		if err := c.certify(ctx, authority, id.ID, secret, profileOf(id.Kind), nil, filepath.Join(folder, "signcerts/cert.pem"), filepath.Join(folder, "keystore/key.pem")); err != nil {
			return err
		}
		return c.WriteMSP(id.Organisation, folder)
	})
}

// profileOf gives the signing profile of a kind; empty is the default one.
func profileOf(kind string) string {
	if kind == KindPeer || kind == KindOrderer {
		return nodeProfile
	}
	return ""
}

func (c *Client) obtainTLS(ctx context.Context, id Identity) error {
	return replaceFolder(filepath.Join(id.Folder, "tls"), func(folder string) error {
		authority := TLSName(id.Organisation)
		secret, err := c.register(ctx, authority, id.ID, KindClient, nil)
		if err != nil {
			return err
		}
		return c.certify(ctx, authority, id.ID, secret, nodeProfile, id.Hosts, filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"))
	})
}

// WriteMSP writes the public part of an organisation's MSP into a folder.
func (c *Client) WriteMSP(organisation, folder string) error {
	root, tlsRoot, err := c.Roots(organisation)
	if err != nil {
		return err
	}
	return WritePublicMSP(folder, root, tlsRoot)
}

// WritePublicMSP writes an MSP of roots alone.
func WritePublicMSP(folder string, root, tlsRoot []byte) error {
	for name, content := range map[string][]byte{
		"cacerts/root.pem": root, "tlscacerts/root.pem": tlsRoot, "config.yaml": []byte(nodeUnits),
	} {
		if err := layout.Write(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Roots reads the root certificates of an organisation's two authorities (PEM).
func (c *Client) Roots(organisation string) (root, tlsRoot []byte, err error) {
	if root, err = os.ReadFile(filepath.Join(c.server.Folder, Name(organisation), "ca-cert.pem")); err != nil {
		return nil, nil, fmt.Errorf("authority: %w", err)
	}
	if tlsRoot, err = os.ReadFile(filepath.Join(c.server.Folder, TLSName(organisation), "ca-cert.pem")); err != nil {
		return nil, nil, fmt.Errorf("authority: %w", err)
	}
	return root, tlsRoot, nil
}

// certify makes a key, has it certified and writes both.
func (c *Client) certify(ctx context.Context, authority, id, secret, profile string, hosts []string, certificatePath, keyPath string) error {
	key, request, err := enrolment.NewRequest(id, hosts)
	if err != nil {
		return err
	}
	certificate, err := c.rest.Enrol(ctx, authority, enrolment.Enrolment{ID: id, Secret: secret, Request: request, Profile: profile})
	if err != nil {
		return err
	}
	content, err := enrolment.KeyPEM(key)
	if err != nil {
		return err
	}
	if err := layout.Write(keyPath, content, 0o600); err != nil {
		return err
	}
	return layout.Write(certificatePath, certificate, 0o644)
}

// replaceFolder fills a folder beside its place and moves it there, so that it
// exists whole or not at all. A folder that exists is left alone.
func replaceFolder(place string, fill func(folder string) error) error {
	if layout.Exists(place) {
		return nil
	}
	temporary := place + ".new"
	if err := os.RemoveAll(temporary); err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	if err := fill(temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, place); err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	return nil
}
