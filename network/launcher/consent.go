package launcher

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dengji/network/channel"
	"dengji/network/layout"
	"dengji/network/toolchain"
)

// CreateGenesis makes a genesis block from the imported material of all
// organisations. Any organisation may do it; all others check it.
func (n *Network) CreateGenesis(ctx context.Context) ([]byte, error) {
	bundles, err := n.bundles()
	if err != nil {
		return nil, err
	}
	if n.tools, err = toolchain.Ensure(ctx, func(message string) { n.progress.line("%s", message) }); err != nil {
		return nil, err
	}
	return channel.CreateGenesis(ctx, n.tools, n.topology, bundles)
}

// VerifyGenesis makes the block again from what this home has imported and
// compares.
func (n *Network) VerifyGenesis(ctx context.Context, block []byte) error {
	own, err := n.CreateGenesis(ctx)
	if err != nil {
		return err
	}
	return channel.SameConfiguration(own, block)
}

// SignGenesis gives this organisation's consent to a block that it has verified.
func (n *Network) SignGenesis(ctx context.Context, block []byte) (channel.Signed, error) {
	if err := n.checkKeeper(); err != nil {
		return channel.Signed{}, err
	}
	if err := n.VerifyGenesis(ctx, block); err != nil {
		return channel.Signed{}, err
	}
	return n.sign(channel.Consent{
		Keeper: n.options.Organisation, Network: n.topology.Name, Channel: n.topology.Channel, Block: channel.BlockDigest(block),
	})
}

// AcceptGenesis takes a block as the channel's first, once every organisation
// that keeps keys has consented to it.
func (n *Network) AcceptGenesis(ctx context.Context, block []byte, consents []channel.Signed) error {
	if err := n.VerifyGenesis(ctx, block); err != nil {
		return err
	}
	bundles, err := n.bundles()
	if err != nil {
		return err
	}
	missing := map[string]bool{}
	for _, o := range n.topology.Organisations {
		missing[o.Keeper()] = true
	}
	for _, signed := range consents {
		keeper, err := n.checkConsent(signed, bundles, block)
		if err != nil {
			return err
		}
		delete(missing, keeper)
	}
	if len(missing) > 0 {
		return fmt.Errorf("the consent of %s is missing", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return layout.Write(n.home.Genesis(), block, 0o600)
}

func (n *Network) checkConsent(signed channel.Signed, bundles map[string]channel.Bundle, block []byte) (string, error) {
	var consent channel.Consent
	if err := json.Unmarshal(signed.Payload, &consent); err != nil {
		return "", fmt.Errorf("launcher: consent: %w", err)
	}
	if consent.Network != n.topology.Name || consent.Channel != n.topology.Channel || consent.Block != channel.BlockDigest(block) {
		return "", fmt.Errorf("the consent of %s is to another block", consent.Keeper)
	}
	if err := signed.Verify(bundles[consent.Keeper].Root); err != nil {
		return "", fmt.Errorf("consent of %s: %w", consent.Keeper, err)
	}
	return consent.Keeper, nil
}
