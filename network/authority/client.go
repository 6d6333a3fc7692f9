package authority

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"sync"

	"dengji/network/enrolment"
)

// Attribute is a certificate attribute.
type Attribute = enrolment.Attribute

// Client obtains identities from the authorities of one server, whose folder it
// reads. It is safe for concurrent use.
type Client struct {
	server     Server
	rest       *enrolment.Client
	registrars sync.Map // authority name -> *registrar
}

// registrar is the identity that may do everything at one authority.
type registrar struct {
	once    sync.Once
	officer enrolment.Officer
	secret  string
	err     error
}

// NewClient trusts the server's own root, which Prepare's server has written.
func NewClient(server Server) (*Client, error) {
	root, err := os.ReadFile(server.Root())
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	rest, err := enrolment.New(server.Endpoint(), root)
	if err != nil {
		return nil, fmt.Errorf("authority: %s: %w", server.Root(), err)
	}
	return &Client{server: server, rest: rest}, nil
}

// Close gives connections back.
func (c *Client) Close() { c.rest.Close() }

// Ping succeeds once the server answers.
func (c *Client) Ping(ctx context.Context) error { return c.rest.Ping(ctx, serverCA) }

// register makes an identity known to an authority and gives its secret, which is
// derived, not stored: an identity that is known already has the same.
func (c *Client) register(ctx context.Context, authority, id, kind string, attributes []Attribute) (string, error) {
	r, err := c.registrar(ctx, authority)
	if err != nil {
		return "", err
	}
	derived := hmac.New(sha256.New, []byte(r.secret))
	derived.Write([]byte("enrolment secret of " + id))
	secret := hex.EncodeToString(derived.Sum(nil))
	return secret, c.rest.Register(ctx, authority, r.officer, enrolment.Registration{ID: id, Kind: kind, Secret: secret, Attributes: attributes})
}

// Revoke revokes the certificates of an identity of an organisation. It may be
// repeated.
func (c *Client) Revoke(ctx context.Context, organisation, id string) error {
	r, err := c.registrar(ctx, Name(organisation))
	if err != nil {
		return err
	}
	return c.rest.Revoke(ctx, Name(organisation), r.officer, id)
}

// RevocationList gives the list of an organisation's revoked certificates (PEM).
func (c *Client) RevocationList(ctx context.Context, organisation string) ([]byte, error) {
	r, err := c.registrar(ctx, Name(organisation))
	if err != nil {
		return nil, err
	}
	return c.rest.RevocationList(ctx, Name(organisation), r.officer)
}

// registrar enrols the registrar of an authority, once a client.
func (c *Client) registrar(ctx context.Context, authority string) (*registrar, error) {
	value, _ := c.registrars.LoadOrStore(authority, &registrar{})
	r := value.(*registrar)
	r.once.Do(func() {
		if r.secret, r.err = c.server.readSecret(); r.err != nil {
			return
		}
		key, request, err := enrolment.NewRequest(registrarID, nil)
		if r.err = err; err != nil {
			return
		}
		var certificate []byte
		if certificate, r.err = c.rest.Enrol(ctx, authority, enrolment.Enrolment{ID: registrarID, Secret: r.secret, Request: request}); r.err != nil {
			return
		}
		r.officer, r.err = enrolment.NewOfficer(certificate, key)
	})
	return r, r.err
}
