package ledgerclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"dengji/network/profile"
)

// MaxMessageBytes bounds a message to or from a peer.
const MaxMessageBytes = 64 << 20

// Peers refuse pings that come more often than once a minute.
const (
	keepaliveInterval = 61 * time.Second
	keepaliveTimeout  = 10 * time.Second
)

// dial opens one channel to the peers of a profile. It sticks to the first that
// answers, in the profile's order, and moves on when that one is lost.
func dial(peers []profile.Peer) (*grpc.ClientConn, error) {
	if len(peers) == 0 {
		return nil, errors.New("ledgerclient: the connection profile names no peer")
	}
	byName, err := peerCredentials(peers)
	if err != nil {
		return nil, err
	}
	builder := manual.NewBuilderWithScheme("peers")
	builder.InitialState(resolver.State{Addresses: addresses(peers)})
	connection, err := grpc.NewClient(builder.Scheme()+":///registration",
		grpc.WithResolvers(builder),
		grpc.WithTransportCredentials(byName),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"pick_first":{}}]}`),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveInterval, Timeout: keepaliveTimeout, PermitWithoutStream: true}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessageBytes), grpc.MaxCallSendMsgSize(MaxMessageBytes)),
	)
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: open channel: %w", err)
	}
	return connection, nil
}

func addresses(peers []profile.Peer) []resolver.Address {
	list := make([]resolver.Address, 0, len(peers))
	for _, peer := range peers {
		list = append(list, resolver.Address{Addr: peer.Address, ServerName: peer.TLSName})
	}
	return list
}

// namedCredentials holds each peer to the TLS root of its own organisation, so
// that one organisation's CA cannot vouch for another's peer.
type namedCredentials struct {
	credentials.TransportCredentials
	byName map[string]credentials.TransportCredentials
}

func peerCredentials(peers []profile.Peer) (credentials.TransportCredentials, error) {
	byName := make(map[string]credentials.TransportCredentials, len(peers))
	for _, peer := range peers {
		config, err := tlsConfig(peer)
		if err != nil {
			return nil, err
		}
		byName[peer.TLSName] = credentials.NewTLS(config)
	}
	return &namedCredentials{TransportCredentials: byName[peers[0].TLSName], byName: byName}, nil
}

func tlsConfig(peer profile.Peer) (*tls.Config, error) {
	root, err := os.ReadFile(peer.TLSRoot)
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: TLS root of %s: %w", peer.Name, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("ledgerclient: TLS root of %s: no certificate in %s", peer.Name, peer.TLSRoot)
	}
	return &tls.Config{RootCAs: pool, ServerName: peer.TLSName, MinVersion: tls.VersionTLS12}, nil
}

// ClientHandshake picks the credentials of the peer that the address names.
func (n *namedCredentials) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	own, ok := n.byName[authority]
	if !ok {
		return nil, nil, fmt.Errorf("ledgerclient: no TLS root for %q", authority)
	}
	return own.ClientHandshake(ctx, authority, raw)
}

// Clone keeps the choice by name.
func (n *namedCredentials) Clone() credentials.TransportCredentials {
	return &namedCredentials{TransportCredentials: n.TransportCredentials.Clone(), byName: n.byName}
}
