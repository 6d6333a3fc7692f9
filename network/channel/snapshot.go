package channel

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	adminchannel "github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Tip gives the number of blocks that a peer has, and the hash of the newest.
func Tip(ctx context.Context, connection grpc.ClientConnInterface, member identity.SigningIdentity, channel string) (height uint64, hash []byte, err error) {
	info, err := adminchannel.GetBlockChainInfo(ctx, connection, member, channel)
	if err != nil {
		return 0, nil, fmt.Errorf("channel: %w", err)
	}
	return info.GetHeight(), info.GetCurrentBlockHash(), nil
}

// RequestSnapshot has a peer write the state of its ledger to a folder of its own once
// it has a block; block 0 stands for the newest that it has. It asks as the admin.
func RequestSnapshot(ctx context.Context, connection grpc.ClientConnInterface, admin identity.SigningIdentity, channel string, block uint64) error {
	header, err := signatureHeader(admin)
	if err != nil {
		return err
	}
	request, err := signed(admin, &peer.SnapshotRequest{SignatureHeader: header, ChannelId: channel, BlockNumber: block})
	if err != nil {
		return err
	}
	if _, err := peer.NewSnapshotClient(connection).Generate(ctx, request); err != nil {
		return fmt.Errorf("channel: snapshot: %w", err)
	}
	return nil
}

// PendingSnapshots gives the blocks of the snapshots that a peer has still to write, in
// order.
func PendingSnapshots(ctx context.Context, connection grpc.ClientConnInterface, admin identity.SigningIdentity, channel string) ([]uint64, error) {
	header, err := signatureHeader(admin)
	if err != nil {
		return nil, err
	}
	query, err := signed(admin, &peer.SnapshotQuery{SignatureHeader: header, ChannelId: channel})
	if err != nil {
		return nil, err
	}
	answer, err := peer.NewSnapshotClient(connection).QueryPendings(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("channel: pending snapshots: %w", err)
	}
	return slices.Sorted(slices.Values(answer.GetBlockNumbers())), nil
}

// signatureHeader says who asks, and is never the same twice.
func signatureHeader(as identity.Identity) (*common.SignatureHeader, error) {
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: as.MspID(), IdBytes: as.Credentials()})
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	nonce := make([]byte, 24)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	return &common.SignatureHeader{Creator: creator, Nonce: nonce}, nil
}

func signed(as identity.Signer, request proto.Message) (*peer.SignedSnapshotRequest, error) {
	text, err := proto.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	signature, err := as.Sign(text)
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	return &peer.SignedSnapshotRequest{Request: text, Signature: signature}, nil
}
