package channel

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	adminchannel "github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"
)

// Dial makes a connection to a peer, which is made on first use. name is a name
// in the peer's TLS certificate, root its TLS root (PEM file).
func Dial(address, name, root string) (*grpc.ClientConn, error) {
	pem, err := os.ReadFile(root)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("channel: %s holds no certificate", root)
	}
	connection, err := grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, name)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: time.Minute, Timeout: 20 * time.Second}))
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	return connection, nil
}

// ReadIdentity reads a signing identity from its certificate and key files.
func ReadIdentity(msp, certificate, key string) (identity.SigningIdentity, error) {
	parsed, err := identity.ReadCertificate(certificate)
	if err != nil {
		return nil, fmt.Errorf("channel: %s: %w", certificate, err)
	}
	private, err := identity.ReadPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("channel: %s: %w", key, err)
	}
	return identity.NewPrivateKeySigningIdentity(msp, parsed, private)
}

// Ping succeeds once a peer answers its admin.
func Ping(ctx context.Context, connection grpc.ClientConnInterface, admin identity.SigningIdentity) error {
	_, err := adminchannel.ListChannelOnPeer(ctx, connection, admin)
	return err
}

// JoinPeer makes a peer a member of the channel. A member already is no error.
func JoinPeer(ctx context.Context, connection grpc.ClientConnInterface, admin identity.SigningIdentity, channel string, block []byte) error {
	channels, err := adminchannel.ListChannelOnPeer(ctx, connection, admin)
	if err != nil {
		return fmt.Errorf("channel: %w", err)
	}
	for _, joined := range channels {
		if joined.GetChannelId() == channel {
			return nil
		}
	}
	var genesis common.Block
	if err := proto.Unmarshal(block, &genesis); err != nil {
		return fmt.Errorf("channel: genesis block: %w", err)
	}
	if err := adminchannel.JoinChannel(ctx, connection, admin, &genesis); err != nil {
		return fmt.Errorf("channel: join: %w", err)
	}
	return nil
}

// Height gives the number of blocks that a peer has.
func Height(ctx context.Context, connection grpc.ClientConnInterface, member identity.SigningIdentity, channel string) (uint64, error) {
	info, err := adminchannel.GetBlockChainInfo(ctx, connection, member, channel)
	if err != nil {
		return 0, fmt.Errorf("channel: %w", err)
	}
	return info.GetHeight(), nil
}
