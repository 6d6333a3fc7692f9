package channel

import (
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

// ErrDifferentGenesis says that a genesis block is not the one that the bundles
// and the topology give.
var ErrDifferentGenesis = errors.New("channel: the genesis block differs from what the topology and the bundles give")

// SameConfiguration says whether two genesis blocks make the same channel. Nonce
// and time of the blocks do not count.
func SameConfiguration(a, b []byte) error {
	left, err := configuration(a)
	if err != nil {
		return err
	}
	right, err := configuration(b)
	if err != nil {
		return err
	}
	if left.channel != right.channel || !proto.Equal(left.config.GetChannelGroup(), right.config.GetChannelGroup()) {
		return ErrDifferentGenesis
	}
	return nil
}

type channelConfiguration struct {
	channel string
	config  *common.Config
}

func configuration(block []byte) (channelConfiguration, error) {
	var b common.Block
	if err := proto.Unmarshal(block, &b); err != nil {
		return channelConfiguration{}, fmt.Errorf("channel: genesis block: %w", err)
	}
	return configurationOf(&b)
}

// configurationOf reads a block that holds nothing but the channel's configuration.
func configurationOf(b *common.Block) (channelConfiguration, error) {
	var (
		envelope common.Envelope
		payload  common.Payload
		header   common.ChannelHeader
		config   common.ConfigEnvelope
	)
	if len(b.GetData().GetData()) != 1 {
		return channelConfiguration{}, errors.New("channel: configuration block: it holds not exactly one transaction")
	}
	for _, part := range []struct {
		from func() []byte
		into proto.Message
	}{
		{func() []byte { return b.GetData().GetData()[0] }, &envelope},
		{envelope.GetPayload, &payload},
		{func() []byte { return payload.GetHeader().GetChannelHeader() }, &header},
		{payload.GetData, &config},
	} {
		if err := proto.Unmarshal(part.from(), part.into); err != nil {
			return channelConfiguration{}, fmt.Errorf("channel: configuration block: %w", err)
		}
	}
	return channelConfiguration{header.GetChannelId(), config.GetConfig()}, nil
}
