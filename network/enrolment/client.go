package enrolment

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds what a certificate authority may answer: a revocation list of
// some hundred thousand certificates.
const maxAnswer = 16 << 20

// timeout bounds each request.
const timeout = 30 * time.Second

// alreadyRegistered is Fabric CA's error code for an identity that exists.
const alreadyRegistered = 74

// Attribute is a certificate attribute.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	ECert bool   `json:"ecert"` // stands in every certificate of the identity
}

// Client talks to one Fabric CA server, which may hold several authorities. It is
// safe for concurrent use.
type Client struct {
	address string
	http    *http.Client
}

// New makes a client of the server at host:port, whose TLS certificate is under the
// root (PEM). It connects to nothing yet.
func New(address string, root []byte) (*Client, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(root) {
		return nil, errors.New("enrolment: the server's root is no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &Client{address: address, http: &http.Client{Transport: transport, Timeout: timeout}}, nil
}

// Close gives connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Ping succeeds once an authority answers.
func (c *Client) Ping(ctx context.Context, authority string) error {
	_, err := c.call(ctx, http.MethodGet, "/api/v1/cainfo?ca="+authority, nil, nil)
	return err
}

// Refusal is what an authority refuses, in its own words.
type Refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error gives one line.
func (e Refusal) Error() string { return fmt.Sprintf("Fabric CA: %s (code %d)", e.Message, e.Code) }

type answer struct {
	Success bool            `json:"success"`
	Result  json.RawMessage `json:"result"`
	Errors  []Refusal       `json:"errors"`
}

// call sends one request; authenticate, if given, adds its header.
func (c *Client) call(ctx context.Context, method, path string, body []byte, authenticate func(*http.Request) error) (json.RawMessage, error) {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+c.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	if authenticate != nil {
		if err := authenticate(request); err != nil {
			return nil, err
		}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	var a answer
	if err := json.Unmarshal(content, &a); err != nil {
		return nil, fmt.Errorf("enrolment: %s answered %s: %w", path, response.Status, err)
	}
	if !a.Success {
		if len(a.Errors) > 0 {
			return nil, a.Errors[0]
		}
		return nil, fmt.Errorf("enrolment: %s answered %s", path, response.Status)
	}
	return a.Result, nil
}

// Enrolment exchanges a secret and a certificate request for a certificate.
type Enrolment struct {
	ID      string
	Secret  string
	Request string // PEM, of NewRequest
	Profile string // signing profile; "": the authority's default
}

// Enrol gives the certificate (PEM).
func (c *Client) Enrol(ctx context.Context, authority string, e Enrolment) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"certificate_request": e.Request, "profile": e.Profile, "caname": authority})
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	result, err := c.call(ctx, http.MethodPost, "/api/v1/enroll", body, func(r *http.Request) error {
		r.SetBasicAuth(e.ID, e.Secret)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("enrol %s at %s: %w", e.ID, authority, err)
	}
	var enrolled struct{ Cert []byte } // base64, as encoding/json reads it
	if err := json.Unmarshal(result, &enrolled); err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	return enrolled.Cert, nil
}

// Registration makes an identity known to an authority.
type Registration struct {
	ID         string
	Kind       string
	Secret     string
	Attributes []Attribute
}

// Register does that, as far as the officer's own attributes allow. An identity that
// is known already stays as it is, with the secret that it has: callers derive or
// keep the secret, so that registering may be repeated.
func (c *Client) Register(ctx context.Context, authority string, as Officer, r Registration) error {
	_, err := c.order(ctx, as, "/api/v1/register", map[string]any{
		"id": r.ID, "type": r.Kind, "secret": r.Secret, "affiliation": "", "attrs": r.Attributes, "caname": authority,
	})
	var refused Refusal
	if errors.As(err, &refused) && refused.Code == alreadyRegistered {
		return nil
	}
	if err != nil {
		return fmt.Errorf("register %s at %s: %w", r.ID, authority, err)
	}
	return nil
}

// Revoke revokes every certificate of an identity, which cannot enrol any more. It
// may be repeated.
func (c *Client) Revoke(ctx context.Context, authority string, as Officer, id string) error {
	if _, err := c.order(ctx, as, "/api/v1/revoke", map[string]any{"id": id, "reason": "cessationofoperation", "caname": authority}); err != nil {
		return fmt.Errorf("revoke %s at %s: %w", id, authority, err)
	}
	return nil
}

// RevocationList gives an authority's list of revoked certificates that have not run
// out (PEM).
func (c *Client) RevocationList(ctx context.Context, authority string, as Officer) ([]byte, error) {
	result, err := c.order(ctx, as, "/api/v1/gencrl", map[string]any{"expireafter": time.Now().UTC().Format(time.RFC3339), "caname": authority})
	if err != nil {
		return nil, fmt.Errorf("revocation list of %s: %w", authority, err)
	}
	var made struct{ CRL []byte } // base64, as encoding/json reads it
	if err := json.Unmarshal(result, &made); err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	return made.CRL, nil
}

// order sends a request that an officer signs.
func (c *Client) order(ctx context.Context, as Officer, path string, request map[string]any) (json.RawMessage, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("enrolment: %w", err)
	}
	return c.call(ctx, http.MethodPost, path, body, func(r *http.Request) error { return as.authenticate(r, body) })
}

func encode(content []byte) string { return base64.StdEncoding.EncodeToString(content) }
