package readmodel

import (
	"context"
	"fmt"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

// Source is a peer, or a channel to several, from which blocks come.
type Source interface {
	// Blocks streams the blocks from a number on, in order and without end. The
	// stream is closed when the context ends or the peer is lost.
	Blocks(ctx context.Context, from uint64) (<-chan *common.Block, error)
	// Height gives the number of blocks that the peer has.
	Height(ctx context.Context) (uint64, error)
}

// FromNetwork makes a source of a Fabric client's channel. Its identity needs no
// more than to read the channel.
func FromNetwork(network *client.Network) Source { return peer{network} }

type peer struct{ network *client.Network }

func (p peer) Blocks(ctx context.Context, from uint64) (<-chan *common.Block, error) {
	stream, err := p.network.BlockEvents(ctx, client.WithStartBlock(from))
	if err != nil {
		return nil, fmt.Errorf("read model: block events: %w", err)
	}
	return stream, nil
}

// Height asks the peer's own chaincode about its chain.
func (p peer) Height(ctx context.Context) (uint64, error) {
	answer, err := p.network.GetContract("qscc").EvaluateWithContext(ctx, "GetChainInfo", client.WithArguments(p.network.Name()))
	if err != nil {
		return 0, fmt.Errorf("read model: height: %w", err)
	}
	var info common.BlockchainInfo
	if err := proto.Unmarshal(answer, &info); err != nil {
		return 0, fmt.Errorf("read model: height: %w", err)
	}
	return info.GetHeight(), nil
}
