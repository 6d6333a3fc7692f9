package federation

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/evidence/sealing"
)

// StartLife is how long a visitor may take at the unified login.
const StartLife = 10 * time.Minute

// requestTimeout bounds each request to the unified login.
const requestTimeout = 15 * time.Second

// maxParameter bounds what a visitor brings back, in bytes.
const maxParameter = 4 << 10

const sealContext = "federation/start"

// Settings say which unified login is used, and as whom.
type Settings struct {
	Issuer   string // https address, as its discovery document names itself
	ClientID string
	Secret   string
	Return   string      // address to which it sends visitors back
	Name     ledger.Text // as the login page calls it
}

// Identity is who somebody is at the unified login.
type Identity struct {
	Issuer, Subject string
}

// Start is a login under way.
type Start struct {
	Address string `json:"address"` // to which the visitor goes
	Ticket  string `json:"ticket"`  // to be given back with the answer, and to nobody else
}

// Provider is a unified login. It is safe for concurrent use.
type Provider struct {
	settings Settings
	sealer   sealing.Sealer
	clock    func() time.Time
	client   *http.Client

	mutex sync.Mutex
	known *oidc.Provider // nil: not asked yet
}

// New makes a provider of its settings; it is asked for its keys when the first
// visitor comes. A client of nil has timeouts of its own.
func New(settings Settings, sealer sealing.Sealer, clock func() time.Time, client *http.Client) (*Provider, error) {
	for name, address := range map[string]string{"issuer": settings.Issuer, "address of return": settings.Return} {
		parsed, err := url.Parse(address)
		if err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" {
			return nil, fmt.Errorf("federation: the %s %q is no address", name, address)
		}
	}
	if settings.ClientID == "" {
		return nil, errors.New("federation: the client id is missing")
	}
	if client == nil {
		client = &http.Client{Timeout: requestTimeout}
	}
	return &Provider{settings: settings, sealer: sealer, clock: clock, client: client}, nil
}

// Name is what the login page calls it.
func (p *Provider) Name() ledger.Text { return p.settings.Name }

// ticket is what has to come back with the visitor.
type ticket struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Expires  int64  `json:"expires"` // Unix
}

// Start begins a login: CITY_LOGIN_UNREACHABLE where the unified login does not
// answer.
func (p *Provider) Start(ctx context.Context) (Start, error) {
	provider, err := p.discovered(ctx)
	if err != nil {
		return Start{}, err
	}
	begun := ticket{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Expires: p.clock().Add(StartLife).Unix()}
	content, err := json.Marshal(begun)
	if err != nil {
		return Start{}, fmt.Errorf("federation: %w", err)
	}
	sealed, err := p.sealer.Seal(ctx, content, sealContext)
	if err != nil {
		return Start{}, fmt.Errorf("federation: seal: %w", err)
	}
	return Start{Address: p.oauth(provider).AuthCodeURL(begun.State, oidc.Nonce(begun.Nonce), oauth2.S256ChallengeOption(begun.Verifier)), Ticket: sealed}, nil
}

// Finish exchanges what the visitor brings back for who that is. CITY_LOGIN_FAILED
// is the answer to everything that is not right: another state, a used or foreign
// code, a token that another signed, is for another, or has expired.
func (p *Provider) Finish(ctx context.Context, sealed, state, code string) (Identity, error) {
	if len(sealed) > maxParameter || len(state) > maxParameter || len(code) > maxParameter || code == "" {
		return Identity{}, fault.New(fault.CityLoginFailed)
	}
	begun, err := p.open(ctx, sealed)
	if err != nil {
		return Identity{}, err
	}
	if subtle.ConstantTimeCompare([]byte(begun.State), []byte(state)) != 1 {
		return Identity{}, fault.New(fault.CityLoginFailed, fault.Cause(errors.New("another state")))
	}
	provider, err := p.discovered(ctx)
	if err != nil {
		return Identity{}, err
	}
	return p.exchange(oidc.ClientContext(ctx, p.client), provider, begun, code)
}

func (p *Provider) open(ctx context.Context, sealed string) (ticket, error) {
	var begun ticket
	content, err := p.sealer.Open(ctx, sealed, sealContext)
	if err == nil {
		err = json.Unmarshal(content, &begun)
	}
	if err != nil {
		return begun, fault.New(fault.CityLoginFailed, fault.Cause(err))
	}
	if p.clock().Unix() > begun.Expires {
		return begun, fault.New(fault.CityLoginFailed, fault.Cause(errors.New("the start has expired")))
	}
	return begun, nil
}

func (p *Provider) exchange(ctx context.Context, provider *oidc.Provider, begun ticket, code string) (Identity, error) {
	tokens, err := p.oauth(provider).Exchange(ctx, code, oauth2.VerifierOption(begun.Verifier))
	var refused *oauth2.RetrieveError
	if err != nil && !errors.As(err, &refused) {
		return Identity{}, fault.New(fault.CityLoginUnreachable, fault.Cause(err))
	}
	if err != nil {
		return Identity{}, fault.New(fault.CityLoginFailed, fault.Cause(err))
	}
	raw, _ := tokens.Extra("id_token").(string)
	token, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.settings.ClientID, Now: p.clock}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fault.New(fault.CityLoginFailed, fault.Cause(err))
	}
	if token.Subject == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(begun.Nonce)) != 1 {
		return Identity{}, fault.New(fault.CityLoginFailed, fault.Cause(errors.New("another nonce, or no subject")))
	}
	return Identity{Issuer: token.Issuer, Subject: token.Subject}, nil
}

// discovered asks the unified login for its addresses once it is needed; what it
// answered is kept.
func (p *Provider) discovered(ctx context.Context) (*oidc.Provider, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	// The keys are fetched again long after this request.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.settings.Issuer)
	if err != nil {
		return nil, fault.New(fault.CityLoginUnreachable, fault.Cause(err))
	}
	p.known = provider
	return provider, nil
}

func (p *Provider) oauth(provider *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.settings.ClientID, ClientSecret: p.settings.Secret, Endpoint: provider.Endpoint(), RedirectURL: p.settings.Return, Scopes: []string{oidc.ScopeOpenID}}
}
