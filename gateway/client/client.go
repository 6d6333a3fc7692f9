// Package client is the programmatic side of the gateway's public API: sessions,
// typed calls, streamed uploads and downloads. The demo, the command line client
// and the tests use it; it knows nothing of Fabric.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// MaxAnswer bounds an answer document in bytes; downloads are not bounded by it.
const MaxAnswer = 16 << 20

// Client speaks for one session, or for a guest. It is safe for concurrent use.
type Client struct {
	base  string
	http  *http.Client
	token string
}

// New gives a guest's client for a gateway at base, e.g. http://127.0.0.1:8080.
func New(base string) *Client {
	return &Client{base: strings.TrimRight(base, "/") + "/api/v1", http: &http.Client{Timeout: 15 * time.Minute}}
}

// Within gives a guest's client whose requests a transport answers, as that of a
// program which holds the interface itself.
func Within(transport http.RoundTripper) *Client {
	return &Client{base: "http://gateway/api/v1", http: &http.Client{Transport: transport}}
}

// As gives a client that speaks for the session of a token.
func (c *Client) As(token string) *Client {
	return &Client{base: c.base, http: c.http, token: token}
}

// Error is an answer of the gateway that is not a success. It unwraps to the
// fault that it carries.
type Error struct {
	Status    int               `json:"-"`
	Code      fault.Code        `json:"code"`
	Message   ledger.Text       `json:"message"`
	Field     string            `json:"field"`
	Article   string            `json:"article"`
	Detail    string            `json:"detail"`
	Values    map[string]string `json:"values"`
	RequestID string            `json:"requestId"`
}

// Error gives one line: status, code, sentence, field, detail, request id.
func (e *Error) Error() string {
	text := fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message.EN)
	if e.Field != "" {
		text += " (field " + e.Field + ")"
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text + " [request " + e.RequestID + "]"
}

// Unwrap gives the fault, so that fault.CodeOf works on an answer.
func (e *Error) Unwrap() error {
	if _, known := fault.Lookup(e.Code); !known {
		return nil
	}
	return fault.New(e.Code, fault.Field(e.Field), fault.Article(e.Article), fault.Detail("%s", e.Detail))
}

// Request is one call. Body is marshalled as JSON unless it is an io.Reader,
// which is streamed with ContentType.
type Request struct {
	Method      string
	Path        string // below /api/v1
	Query       url.Values
	Body        any
	ContentType string
	Accept      string
	Permit      string   // to hand in evidence without an account
	Receipt     *Receipt // filled where the call wrote
}

// Do sends a request and decodes a JSON answer into answer, unless that is nil.
func (c *Client) Do(ctx context.Context, request Request, answer any) error {
	response, err := c.send(ctx, request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to the end below
	if request.Receipt != nil {
		*request.Receipt = Receipt{TxID: response.Header.Get("X-Transaction-Id"), Block: response.Header.Get("X-Block-Number")}
	}
	if answer == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(response.Body, MaxAnswer))
		return err
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, MaxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("client: answer of %s %s: %w", request.Method, request.Path, err)
	}
	return nil
}

// Download streams an answer's body; the caller MUST close it.
func (c *Client) Download(ctx context.Context, path, accept string) (io.ReadCloser, error) {
	response, err := c.send(ctx, Request{Method: http.MethodGet, Path: path, Accept: accept})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Read downloads a whole document of at most MaxAnswer bytes.
func (c *Client) Read(ctx context.Context, path, accept string) ([]byte, error) {
	body, err := c.Download(ctx, path, accept)
	if err != nil {
		return nil, err
	}
	defer body.Close() //nolint:errcheck // read to the end
	content, err := io.ReadAll(io.LimitReader(body, MaxAnswer+1))
	if err == nil && len(content) > MaxAnswer {
		err = errors.New("the document is larger than the limit")
	}
	if err != nil {
		return nil, fmt.Errorf("client: read %s: %w", path, err)
	}
	return content, nil
}

func (c *Client) send(ctx context.Context, request Request) (*http.Response, error) {
	outgoing, err := c.prepare(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("client: %s %s: %w", request.Method, request.Path, err)
	}
	response, err := c.http.Do(outgoing)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close() //nolint:errcheck // an error answer is read to its limit
	return nil, readError(response)
}

func (c *Client) prepare(ctx context.Context, request Request) (*http.Request, error) {
	body, contentType, err := encode(request)
	if err != nil {
		return nil, err
	}
	target := c.base + request.Path
	if len(request.Query) > 0 {
		target += "?" + request.Query.Encode()
	}
	outgoing, err := http.NewRequestWithContext(ctx, request.Method, target, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		outgoing.Header.Set("Content-Type", contentType)
	}
	if request.Accept != "" {
		outgoing.Header.Set("Accept", request.Accept)
	}
	if request.Permit != "" {
		outgoing.Header.Set("X-Objection-Permit", request.Permit)
	}
	if c.token != "" {
		outgoing.Header.Set("Authorization", "Bearer "+c.token)
	}
	return outgoing, nil
}

func encode(request Request) (io.Reader, string, error) {
	switch body := request.Body.(type) {
	case nil:
		return nil, "", nil
	case io.Reader:
		return body, request.ContentType, nil
	default:
		content, err := json.Marshal(body)
		return bytes.NewReader(content), "application/json", err
	}
}

func readError(response *http.Response) error {
	failure := &Error{Status: response.StatusCode, RequestID: response.Header.Get("X-Request-Id")}
	content, err := io.ReadAll(io.LimitReader(response.Body, MaxAnswer))
	if err != nil {
		return fmt.Errorf("client: read error answer of status %d: %w", response.StatusCode, err)
	}
	if err := json.Unmarshal(content, failure); err != nil || failure.Code == "" {
		return fmt.Errorf("client: status %d without an error document", response.StatusCode)
	}
	return failure
}
