package platform

import (
	"context"
	"encoding/hex"

	"dengji/backup"
	"dengji/network/launcher"
)

// LedgerTip says how high the ledger of a home is, as one of its peers answers.
func LedgerTip(ctx context.Context, home string) (*backup.Tip, error) {
	network, err := launcher.OpenExisting(launcher.Options{Home: home})
	if err != nil {
		return nil, err
	}
	channel, height, hash, err := network.Tip(ctx)
	if err != nil {
		return nil, err
	}
	return &backup.Tip{Channel: channel, Height: height, BlockHash: hex.EncodeToString(hash)}, nil
}
