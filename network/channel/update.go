package channel

import (
	"context"
	"errors"
	"fmt"

	adminchannel "github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	fabricconfig "github.com/hyperledger/fabric-config/configtx"
	gatewayidentity "github.com/hyperledger/fabric-gateway/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	fabricorderer "github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"google.golang.org/grpc"
)

// LatestConfiguration asks a peer for the block of the channel's configuration in
// force.
func LatestConfiguration(ctx context.Context, connection grpc.ClientConnInterface, member identity.SigningIdentity, channel string) (*common.Block, error) {
	block, err := adminchannel.GetConfigBlock(ctx, connection, member, channel)
	if err != nil {
		return nil, fmt.Errorf("channel: configuration: %w", err)
	}
	return block, nil
}

// SignUpdate makes the transaction that carries out a configuration update, with the
// signature of one admin, given by certificate and key (PEM).
func SignUpdate(update []byte, mspID string, certificatePEM, keyPEM []byte) (*common.Envelope, error) {
	certificate, err := gatewayidentity.CertificateFromPEM(certificatePEM)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	key, err := gatewayidentity.PrivateKeyFromPEM(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	admin := fabricconfig.SigningIdentity{Certificate: certificate, PrivateKey: key, MSPID: mspID}
	signature, err := admin.CreateConfigSignature(update)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	envelope, err := fabricconfig.NewEnvelope(update, signature)
	if err == nil {
		err = admin.SignEnvelope(envelope)
	}
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	return envelope, nil
}

// ErrNotOrdered says that an orderer has not taken a transaction.
var ErrNotOrdered = errors.New("channel: the orderer refused the transaction")

// Broadcast hands a transaction to one orderer.
func Broadcast(ctx context.Context, connection grpc.ClientConnInterface, envelope *common.Envelope) error {
	stream, err := fabricorderer.NewAtomicBroadcastClient(connection).Broadcast(ctx)
	if err != nil {
		return fmt.Errorf("channel: broadcast: %w", err)
	}
	if err := stream.Send(envelope); err != nil {
		return fmt.Errorf("channel: broadcast: %w", err)
	}
	answer, err := stream.Recv()
	if err != nil {
		return fmt.Errorf("channel: broadcast: %w", err)
	}
	if answer.GetStatus() != common.Status_SUCCESS {
		return fmt.Errorf("%w: %s %s", ErrNotOrdered, answer.GetStatus(), answer.GetInfo())
	}
	return stream.CloseSend()
}
