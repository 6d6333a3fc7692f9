package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"
)

const participationPath = "/participation/v1/channels"

// Participation is a client of one orderer's admin interface, with mutual TLS.
type Participation struct {
	address string
	client  *http.Client
}

// Membership is what an orderer says about the channel.
type Membership struct {
	Name   string `json:"name"`
	Height uint64 `json:"height"`
	Status string `json:"status"` // active, onboarding, inactive, failed
}

// NewParticipation connects to address (host:port), trusting roots and showing
// the certificate.
func NewParticipation(address string, roots *x509.CertPool, certificate tls.Certificate) *Participation {
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: roots, Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
	}}
	return &Participation{address: address, client: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
}

// Close gives connections back.
func (p *Participation) Close() { p.client.CloseIdleConnections() }

// Ping succeeds once the interface answers.
func (p *Participation) Ping(ctx context.Context) error {
	_, status, err := p.do(ctx, http.MethodGet, participationPath, "", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("channel: the orderer at %s answered status %d", p.address, status)
	}
	return err
}

// Membership asks for the orderer's part in a channel; false where it has none.
func (p *Participation) Membership(ctx context.Context, channel string) (Membership, bool, error) {
	content, status, err := p.do(ctx, http.MethodGet, participationPath+"/"+channel, "", nil)
	if err != nil || status == http.StatusNotFound {
		return Membership{}, false, err
	}
	if status != http.StatusOK {
		return Membership{}, false, fmt.Errorf("channel: the orderer at %s answered status %d: %s", p.address, status, content)
	}
	var membership Membership
	if err := json.Unmarshal(content, &membership); err != nil {
		return Membership{}, false, fmt.Errorf("channel: %w", err)
	}
	return membership, true, nil
}

// Join makes the orderer a member of the channel that begins with the block. A
// member already is no error.
func (p *Participation) Join(ctx context.Context, channel string, block []byte) error {
	if _, member, err := p.Membership(ctx, channel); err != nil || member {
		return err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("config-block", "genesis.block")
	if err != nil {
		return fmt.Errorf("channel: %w", err)
	}
	if _, err := part.Write(block); err != nil {
		return fmt.Errorf("channel: %w", err)
	}
	if err := form.Close(); err != nil {
		return fmt.Errorf("channel: %w", err)
	}
	content, status, err := p.do(ctx, http.MethodPost, participationPath, form.FormDataContentType(), &body)
	if err != nil {
		return err
	}
	if status != http.StatusCreated {
		return fmt.Errorf("channel: the orderer at %s refused the channel, status %d: %s", p.address, status, content)
	}
	return nil
}

func (p *Participation) do(ctx context.Context, method, path, contentType string, body io.Reader) ([]byte, int, error) {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+p.address+path, body)
	if err != nil {
		return nil, 0, fmt.Errorf("channel: %w", err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, 0, fmt.Errorf("channel: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // read to its end below
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, 0, fmt.Errorf("channel: %w", err)
	}
	return content, response.StatusCode, nil
}
