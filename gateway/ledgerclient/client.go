package ledgerclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/golang-lru/v2"
	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"dengji/network/profile"
)

// MaxIdentities bounds the signing identities held ready; the least recently
// used one is dropped.
const MaxIdentities = 1024

// Timeouts bound each phase of one attempt.
type Timeouts struct {
	Evaluate     time.Duration
	Endorse      time.Duration
	Submit       time.Duration
	CommitStatus time.Duration
}

// DefaultTimeouts are generous to a batch of thousands of entries on a small
// machine.
var DefaultTimeouts = Timeouts{
	Evaluate:     10 * time.Second,
	Endorse:      30 * time.Second,
	Submit:       15 * time.Second,
	CommitStatus: 90 * time.Second, // two changes of the ordering leader in a row fit into it
}

// Options of a Client. The zero value is useful.
type Options struct {
	Timeouts Timeouts              // zero: DefaultTimeouts
	Metrics  prometheus.Registerer // nil: no metrics
}

// Client is the Ledger of a Fabric network. It is safe for concurrent use.
type Client struct {
	profile    profile.Connection
	connection *grpc.ClientConn
	gateways   *lru.Cache[string, *client.Gateway]
	timeouts   Timeouts
	metrics    *metrics
	tls        map[string]*tls.Config // by peer name, for probes
}

var _ Ledger = (*Client)(nil)

// Open makes a client of the network that a profile describes. It does not wait
// for a peer: the first transaction does.
func Open(connection profile.Connection, options Options) (*Client, error) {
	if options.Timeouts == (Timeouts{}) {
		options.Timeouts = DefaultTimeouts
	}
	channel, err := dial(connection.Peers)
	if err != nil {
		return nil, err
	}
	gateways, err := lru.NewWithEvict(MaxIdentities, func(_ string, gone *client.Gateway) { _ = gone.Close() })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ledgerclient: identities: %w", err), channel.Close())
	}
	opened := &Client{profile: connection, connection: channel, gateways: gateways,
		timeouts: options.Timeouts, metrics: newMetrics(options.Metrics), tls: map[string]*tls.Config{}}
	for _, peer := range connection.Peers {
		config, err := tlsConfig(peer)
		if err != nil {
			return nil, errors.Join(err, channel.Close())
		}
		opened.tls[peer.Name] = config
	}
	return opened, nil
}

// Close ends the channel. Transactions under way fail.
func (c *Client) Close() error {
	c.gateways.Purge()
	if err := c.connection.Close(); err != nil {
		return fmt.Errorf("ledgerclient: close: %w", err)
	}
	return nil
}

// gateway gives the Fabric client of an identity. All share the one channel.
func (c *Client) gateway(as Identity) (*client.Gateway, error) {
	fingerprint := as.fingerprint()
	if held, ok := c.gateways.Get(fingerprint); ok {
		return held, nil
	}
	signer, err := identity.NewX509Identity(as.MSP, as.Certificate)
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: identity: %w", err)
	}
	sign, err := identity.NewPrivateKeySign(as.Key)
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: signing key: %w", err)
	}
	opened, err := client.Connect(signer, client.WithSign(sign), client.WithHash(hash.SHA256), client.WithClientConnection(c.connection))
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: connect: %w", err)
	}
	c.gateways.Add(fingerprint, opened)
	return opened, nil
}

// propose builds a signed proposal; every attempt needs a new one, with a new
// transaction id.
func (c *Client) propose(as Identity, call Call, options ...client.ProposalOption) (*client.Gateway, *client.Proposal, error) {
	opened, err := c.gateway(as)
	if err != nil {
		return nil, nil, err
	}
	arguments, err := call.arguments()
	if err != nil {
		return nil, nil, err
	}
	chaincode := call.Chaincode
	if chaincode == "" {
		chaincode = c.profile.Chaincode
	}
	options = append(options, client.WithArguments(arguments...))
	if len(call.Transient) > 0 {
		options = append(options, client.WithTransient(call.Transient))
	}
	proposal, err := opened.GetNetwork(c.profile.Channel).GetContract(chaincode).NewProposal(call.Transaction, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("ledgerclient: propose %s: %w", call.Transaction, err)
	}
	return opened, proposal, nil
}

// Evaluate asks one peer. A peer that is lost on the way is replaced by another
// and the question asked again.
func (c *Client) Evaluate(ctx context.Context, as Identity, call Call) ([]byte, error) {
	return retry(ctx, c, call, func() ([]byte, error) { return c.evaluate(ctx, as, call) })
}

func (c *Client) evaluate(ctx context.Context, as Identity, call Call) ([]byte, error) {
	_, proposal, err := c.propose(as, call)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeouts.Evaluate)
	defer cancel()
	done := c.metrics.start(PhaseEvaluate)
	answer, err := proposal.EvaluateWithContext(ctx)
	done(err)
	if err != nil {
		return nil, phaseError(PhaseEvaluate, call.Transaction, proposal.TransactionID(), err)
	}
	return answer, nil
}
