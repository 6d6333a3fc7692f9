package channel

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"dengji/network/authority"
	"dengji/network/layout"
	"dengji/network/toolchain"
	"dengji/network/topology"
)

// CreateGenesis makes the channel's first block (protobuf) from the bundles of
// all organisations, which it first holds against the topology.
func CreateGenesis(ctx context.Context, tools toolchain.Tools, t *topology.Topology, bundles map[string]Bundle) ([]byte, error) {
	if err := checkBundles(t, bundles); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "dengji-genesis-")
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // public material only
	if err := writeMaterial(t, bundles, folder); err != nil {
		return nil, err
	}
	content, err := yaml.Marshal(configtx(t, folder))
	if err != nil {
		return nil, fmt.Errorf("channel: %w", err)
	}
	if err := layout.Write(filepath.Join(folder, "configtx.yaml"), content, 0o600); err != nil {
		return nil, err
	}
	block := filepath.Join(folder, "genesis.block")
	command := exec.CommandContext(ctx, tools.Binary(toolchain.Configtxgen),
		"-profile", profileName, "-channelID", t.Channel, "-outputBlock", block)
	command.Env = append(os.Environ(), "FABRIC_CFG_PATH="+folder)
	if output, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("channel: configtxgen: %w\n%s", err, output)
	}
	return os.ReadFile(block)
}

// writeMaterial lays the certificates out the way configtxgen reads them.
func writeMaterial(t *topology.Topology, bundles map[string]Bundle, folder string) error {
	for _, organisation := range t.Organisations {
		bundle := bundles[organisation.Name]
		if err := authority.WritePublicMSP(filepath.Join(folder, organisation.MSP), []byte(bundle.Root), []byte(bundle.TLSRoot)); err != nil {
			return err
		}
		for _, orderer := range organisation.Orderers {
			consenter := bundle.consenter(orderer.Name)
			if err := layout.Write(filepath.Join(folder, orderer.Name, "identity.pem"), []byte(consenter.Identity), 0o600); err != nil {
				return err
			}
			if err := layout.Write(filepath.Join(folder, orderer.Name, "tls.pem"), []byte(consenter.TLS), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}
