package authority

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/identity"
)

// maxAnswer bounds what a certificate authority may answer.
const maxAnswer = 1 << 20

// alreadyRegistered is Fabric CA's error code for an identity that exists.
const alreadyRegistered = 74

// Attribute is a certificate attribute.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	ECert bool   `json:"ecert"` // stands in every certificate of the identity
}

// Client talks to the authorities of one server over its REST interface. It is
// safe for concurrent use.
type Client struct {
	server     Server
	http       *http.Client
	registrars sync.Map // authority name -> *registrar
}

// registrar is the identity that may register others at one authority.
type registrar struct {
	once        sync.Once
	key         *ecdsa.PrivateKey
	certificate []byte
	secret      string
	err         error
}

// NewClient trusts the server's own root, which Prepare's server has written.
func NewClient(server Server) (*Client, error) {
	root, err := os.ReadFile(server.Root())
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("authority: %s holds no certificate", server.Root())
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return &Client{server: server, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}, nil
}

// Close gives connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Ping succeeds once the server answers.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodGet, "/api/v1/cainfo?ca="+serverCA, nil, nil)
	return err
}

type answer struct {
	Success bool            `json:"success"`
	Result  json.RawMessage `json:"result"`
	Errors  []answerError   `json:"errors"`
}

type answerError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e answerError) Error() string { return fmt.Sprintf("Fabric CA: %s (code %d)", e.Message, e.Code) }

// call sends one request; authenticate, if given, adds its header.
func (c *Client) call(ctx context.Context, method, path string, body []byte, authenticate func(*http.Request) error) (json.RawMessage, error) {
	address := net.JoinHostPort(c.server.Address, strconv.Itoa(c.server.Port))
	request, err := http.NewRequestWithContext(ctx, method, "https://"+address+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	if authenticate != nil {
		if err := authenticate(request); err != nil {
			return nil, err
		}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	var a answer
	if err := json.Unmarshal(content, &a); err != nil {
		return nil, fmt.Errorf("authority: %s answered %s: %w", path, response.Status, err)
	}
	if !a.Success {
		if len(a.Errors) > 0 {
			return nil, a.Errors[0]
		}
		return nil, fmt.Errorf("authority: %s answered %s", path, response.Status)
	}
	return a.Result, nil
}

// enrol exchanges a secret and a certificate request for a certificate (PEM).
func (c *Client) enrol(ctx context.Context, authority, id, secret, request, profile string) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"certificate_request": request, "profile": profile, "caname": authority})
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	result, err := c.call(ctx, http.MethodPost, "/api/v1/enroll", body, func(r *http.Request) error {
		r.SetBasicAuth(id, secret)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("enrol %s at %s: %w", id, authority, err)
	}
	var enrolled struct{ Cert string }
	if err := json.Unmarshal(result, &enrolled); err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	certificate, err := base64.StdEncoding.DecodeString(enrolled.Cert)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	return certificate, nil
}

// register makes an identity known to an authority and gives its secret. An
// identity that is known already keeps its secret, which is derived, not stored.
func (c *Client) register(ctx context.Context, authority, id, kind string, attributes []Attribute) (string, error) {
	r, err := c.registrar(ctx, authority)
	if err != nil {
		return "", err
	}
	derived := hmac.New(sha256.New, []byte(r.secret))
	derived.Write([]byte("enrolment secret of " + id))
	secret := hex.EncodeToString(derived.Sum(nil))
	body, err := json.Marshal(map[string]any{
		"id": id, "type": kind, "secret": secret, "affiliation": "", "attrs": attributes, "caname": authority,
	})
	if err != nil {
		return "", fmt.Errorf("authority: %w", err)
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/register", body, func(request *http.Request) error {
		return r.authenticate(request, body)
	})
	var refused answerError
	if errors.As(err, &refused) && refused.Code == alreadyRegistered {
		return secret, nil
	}
	if err != nil {
		return "", fmt.Errorf("register %s at %s: %w", id, authority, err)
	}
	return secret, nil
}

// registrar enrols the registrar of an authority, once a client.
func (c *Client) registrar(ctx context.Context, authority string) (*registrar, error) {
	value, _ := c.registrars.LoadOrStore(authority, &registrar{})
	r := value.(*registrar)
	r.once.Do(func() {
		if r.secret, r.err = c.server.readSecret(); r.err != nil {
			return
		}
		var request string
		if r.key, request, r.err = newRequest(registrarID, nil); r.err != nil {
			return
		}
		r.certificate, r.err = c.enrol(ctx, authority, registrarID, r.secret, request, "")
	})
	return r, r.err
}

// authenticate signs a request the way Fabric CA expects it.
func (r *registrar) authenticate(request *http.Request, body []byte) error {
	sign, err := identity.NewPrivateKeySign(r.key) // low-S, as Fabric demands
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	encode := base64.StdEncoding.EncodeToString
	certificate := encode(r.certificate)
	payload := strings.Join([]string{request.Method, encode([]byte(request.URL.RequestURI())), encode(body), certificate}, ".")
	digest := sha256.Sum256([]byte(payload))
	signature, err := sign(digest[:])
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	request.Header.Set("Authorization", certificate+"."+encode(signature))
	return nil
}
