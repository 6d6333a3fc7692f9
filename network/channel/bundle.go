package channel

import (
	"fmt"
	"slices"

	"dengji/network/topology"
)

// Bundle is the public material of an organisation that a genesis block needs.
type Bundle struct {
	Schema       int         `json:"schema"`
	Network      string      `json:"network"`
	Organisation string      `json:"organisation"`
	MSP          string      `json:"msp"`
	Root         string      `json:"root"`    // PEM
	TLSRoot      string      `json:"tlsRoot"` // PEM
	Consenters   []Consenter `json:"consenters,omitempty"`
}

// Consenter is the public part of an orderer.
type Consenter struct {
	Node     string `json:"node"`
	Identity string `json:"identity"` // PEM
	TLS      string `json:"tls"`      // PEM
}

// BundleSchema is the version of the bundle's form.
const BundleSchema = 1

// checkBundles holds the bundles against the topology: one for every
// organisation, with a certificate for every orderer.
func checkBundles(t *topology.Topology, bundles map[string]Bundle) error {
	for _, organisation := range t.Organisations {
		bundle, ok := bundles[organisation.Name]
		if !ok {
			return fmt.Errorf("channel: the bundle of %s is missing", organisation.Name)
		}
		if bundle.Network != t.Name || bundle.MSP != organisation.MSP || bundle.Organisation != organisation.Name {
			return fmt.Errorf("channel: the bundle of %s is for network %q, organisation %q, MSP %q", organisation.Name, bundle.Network, bundle.Organisation, bundle.MSP)
		}
		if len(bundle.Consenters) != len(organisation.Orderers) {
			return fmt.Errorf("channel: the bundle of %s has %d orderers, the topology %d", organisation.Name, len(bundle.Consenters), len(organisation.Orderers))
		}
		for _, orderer := range organisation.Orderers {
			if !slices.ContainsFunc(bundle.Consenters, func(c Consenter) bool { return c.Node == orderer.Name }) {
				return fmt.Errorf("channel: the bundle of %s lacks orderer %s", organisation.Name, orderer.Name)
			}
		}
	}
	return nil
}

func (b Bundle) consenter(node string) Consenter {
	for _, consenter := range b.Consenters {
		if consenter.Node == node {
			return consenter
		}
	}
	return Consenter{}
}
