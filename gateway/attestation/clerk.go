package attestation

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/gateway/ledgerclient"
	"dengji/verify"
	"dengji/verify/artefact"
)

// anchorsLife is how long trust anchors read from the channel are used before they
// are read again.
const anchorsLife = 10 * time.Minute

// askingLimit bounds asking the organisations for an attestation that several wait
// for.
const askingLimit = time.Minute

// Network is a ledger whose peers can be asked to sign an answer.
type Network interface {
	ledgerclient.Ledger
	// Endorse gives the serialized Envelope of a query signed by a peer of every
	// organisation named.
	Endorse(ctx context.Context, as ledgerclient.Identity, call ledgerclient.Call, organisations ...string) ([]byte, error)
}

// Options are what a Clerk works with; all but Published are required.
type Options struct {
	Network   Network
	Identity  ledgerclient.Identity // the gateway's own
	Channel   string
	Chaincode string
	Signer    cryptosuite.Signer // of slips; only its certificates are used
	Database  *sql.DB
	Published string // file of the trust anchors in force; where there is none, they are made of the channel's configuration
	Clock     func() time.Time
}

// Clerk collects attestations and verifies slips. It is safe for concurrent use.
type Clerk struct {
	Options

	recent  *recent
	refers  *references
	mutex   sync.Mutex
	anchors *artefact.SignedTrust
	read    time.Time
}

// NewClerk makes a Clerk.
func NewClerk(options Options) *Clerk {
	made := &Clerk{Options: options, refers: &references{database: options.Database, clock: options.Clock, kept: map[string]bool{}}}
	made.recent = newRecent(RecentLife, func(code string) (artefact.AttestationBundle, error) {
		ctx, cancel := context.WithTimeout(context.Background(), askingLimit) // of all who wait for it
		defer cancel()
		return made.fresh(ctx, code, NewNonce())
	})
	return made
}

// Collect gives an attestation of a code, which has passed the check that it is made
// for: a fresh one for a nonce of 32 hex digits, one of the last RecentLife where the
// nonce is empty.
func (c *Clerk) Collect(ctx context.Context, code, nonce string) (artefact.AttestationBundle, error) {
	if nonce == "" {
		return c.recent.get(code)
	}
	return c.fresh(ctx, code, nonce)
}

func (c *Clerk) fresh(ctx context.Context, code, nonce string) (artefact.AttestationBundle, error) {
	anchors, err := c.Anchors(ctx)
	if err != nil {
		return artefact.AttestationBundle{}, err
	}
	bundle, err := c.collect(ctx, code, nonce)
	if err != nil {
		return artefact.AttestationBundle{}, err
	}
	content, err := bundle.Bytes()
	if err != nil {
		return artefact.AttestationBundle{}, fmt.Errorf("attestation: %w", err)
	}
	_, check := verify.Attestation(code, verify.Options{Trust: &anchors.Anchors, Attestation: content, Nonce: nonce, At: c.Clock()})
	if check.Outcome != verify.Passed {
		return artefact.AttestationBundle{}, fault.New(fault.Internal,
			fault.Cause(fmt.Errorf("attestation: own bundle does not verify: %s %s", check.Code, check.Detail)))
	}
	if err := c.refers.keep(ctx, slipSigner, c.Signer.Certificates()[0]); err != nil { // who may sign a proof of it
		return artefact.AttestationBundle{}, err
	}
	return bundle, c.refers.keepPeers(ctx, bundle)
}

func (c *Clerk) collect(ctx context.Context, code, nonce string) (artefact.AttestationBundle, error) {
	envelope, err := c.Network.Endorse(ctx, c.Identity,
		ledgerclient.Call{Transaction: ledger.TxAttest, Request: ledger.AttestRequest{Code: code, Nonce: nonce}}, attesting...)
	if err != nil {
		return artefact.AttestationBundle{}, err
	}
	bundle, err := artefact.AttestationOfEnvelope(envelope)
	if err != nil {
		return artefact.AttestationBundle{}, fmt.Errorf("attestation: %w", err)
	}
	return bundle, nil
}

// VerifySlip checks a slip, JSON or PDF, against an attestation of now.
func (c *Clerk) VerifySlip(ctx context.Context, document []byte) (verify.Report, error) {
	anchors, err := c.Anchors(ctx)
	if err != nil {
		return verify.Report{}, err
	}
	options := verify.Options{Trust: &anchors.Anchors, At: c.Clock()}
	offline := verify.Verify(document, options)
	if offline.Slip == nil {
		return offline, nil
	}
	options.Nonce = NewNonce()
	bundle, err := c.collect(ctx, offline.Slip.Code, options.Nonce)
	if fault.CodeOf(err) == fault.InvalidValue { // not even the form of a code: the checks made so far stand
		return offline, nil
	}
	if err != nil {
		return verify.Report{}, err
	}
	if options.Attestation, err = bundle.Bytes(); err != nil {
		return verify.Report{}, fmt.Errorf("attestation: %w", err)
	}
	return verify.Verify(document, options), nil
}

// Anchors gives the trust anchors that are published, or those of the network as its
// channel configuration has them now.
func (c *Clerk) Anchors(ctx context.Context) (artefact.SignedTrust, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.anchors != nil && c.Clock().Sub(c.read) < anchorsLife {
		return *c.anchors, nil
	}
	anchors, err := c.published()
	if errors.Is(err, fs.ErrNotExist) {
		anchors, err = c.readAnchors(ctx)
	}
	if err != nil {
		return artefact.SignedTrust{}, err
	}
	c.anchors, c.read = &anchors, c.Clock()
	return anchors, nil
}

func (c *Clerk) published() (artefact.SignedTrust, error) {
	content, err := os.ReadFile(c.Published)
	if err != nil {
		return artefact.SignedTrust{}, fmt.Errorf("attestation: published trust anchors: %w", err)
	}
	signed, err := artefact.ParseTrust(content)
	if err != nil {
		return artefact.SignedTrust{}, fmt.Errorf("attestation: published trust anchors: %w", err)
	}
	return signed, nil
}

func (c *Clerk) readAnchors(ctx context.Context) (artefact.SignedTrust, error) {
	now, err := ledgerclient.EvaluateFor[ledger.Now](ctx, c.Network, c.Identity,
		ledgerclient.Call{Transaction: ledger.TxGetNetwork, Request: struct{}{}})
	if err != nil {
		return artefact.SignedTrust{}, err
	}
	roots, err := organisationRoots(ctx, c.Network, c.Identity, c.Channel)
	if err != nil {
		return artefact.SignedTrust{}, err
	}
	founded, err := time.Parse(time.RFC3339, now.Network.CreatedAt)
	if err != nil {
		return artefact.SignedTrust{}, fmt.Errorf("attestation: network record: %w", err)
	}
	organisations := make([]artefact.TrustedOrganisation, 0, len(roots))
	for _, msp := range sortedKeys(roots) {
		if name, attests := names[msp]; attests {
			organisations = append(organisations, artefact.TrustedOrganisation{MSP: msp, Name: name, Roots: roots[msp], Peers: [][]byte{}})
		}
	}
	return verify.NewTrust(now.Network, c.Chaincode, founded, c.Signer.Certificates(), organisations), nil
}

// TrustFile gives the content of trust.json, with the certificates that compact proofs
// refer to, for a verifier who compares the anchors' digest with one that he has from
// elsewhere.
func (c *Clerk) TrustFile(ctx context.Context) ([]byte, error) {
	anchors, err := c.Anchors(ctx)
	if err != nil {
		return nil, err
	}
	if anchors.Anchors, err = c.refers.in(ctx, anchors.Anchors); err != nil {
		return nil, err
	}
	content, err := anchors.Bytes()
	if err != nil {
		return nil, fmt.Errorf("attestation: trust anchors: %w", err)
	}
	return content, nil
}

// NewNonce gives 32 random hex digits.
func NewNonce() string {
	random := make([]byte, 16)
	rand.Read(random)
	return hex.EncodeToString(random)
}
