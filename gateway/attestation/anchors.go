package attestation

import (
	"context"
	"encoding/pem"
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"dengji/chaincode/ledger"
	"dengji/gateway/ledgerclient"
)

// applicationGroup and mspValue are names inside a channel configuration.
const (
	applicationGroup = "Application"
	mspValue         = "MSP"
)

// organisationRoots reads, for every organisation of the channel, the roots of its
// CA (DER) out of the channel's configuration.
func organisationRoots(ctx context.Context, on ledgerclient.Ledger, as ledgerclient.Identity, channel string) (map[string][][]byte, error) {
	raw, err := on.Evaluate(ctx, as, ledgerclient.Call{Chaincode: "cscc", Transaction: "GetConfigBlock", Arguments: []string{channel}})
	if err != nil {
		return nil, err
	}
	group, err := channelGroup(raw)
	if err != nil {
		return nil, fmt.Errorf("attestation: channel configuration: %w", err)
	}
	roots := map[string][][]byte{}
	for _, organisation := range group.GetGroups()[applicationGroup].GetGroups() {
		id, certificates, err := organisationRoot(organisation)
		if err != nil {
			return nil, fmt.Errorf("attestation: channel configuration: %w", err)
		}
		roots[id] = certificates
	}
	return roots, nil
}

func channelGroup(raw []byte) (*common.ConfigGroup, error) {
	var block common.Block
	var envelope common.Envelope
	var payload common.Payload
	var config common.ConfigEnvelope
	if err := proto.Unmarshal(raw, &block); err != nil {
		return nil, err
	}
	if len(block.GetData().GetData()) != 1 {
		return nil, fmt.Errorf("%d transactions in a configuration block", len(block.GetData().GetData()))
	}
	if err := proto.Unmarshal(block.GetData().GetData()[0], &envelope); err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(envelope.GetPayload(), &payload); err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(payload.GetData(), &config); err != nil {
		return nil, err
	}
	return config.GetConfig().GetChannelGroup(), nil
}

func organisationRoot(group *common.ConfigGroup) (string, [][]byte, error) {
	var wrapped msp.MSPConfig
	var config msp.FabricMSPConfig
	if err := proto.Unmarshal(group.GetValues()[mspValue].GetValue(), &wrapped); err != nil {
		return "", nil, err
	}
	if err := proto.Unmarshal(wrapped.GetConfig(), &config); err != nil {
		return "", nil, err
	}
	var certificates [][]byte
	for _, text := range config.GetRootCerts() {
		block, _ := pem.Decode(text)
		if block == nil {
			return "", nil, fmt.Errorf("root of %s is not PEM", config.GetName())
		}
		certificates = append(certificates, block.Bytes)
	}
	return config.GetName(), certificates, nil
}

// names of the organisations that attest.
var names = map[string]ledger.Text{
	ledger.AuthorityMSP: {ZH: "市数据管理部门", EN: "Authority"},
	ledger.RegistrarMSP: {ZH: "登记机构", EN: "Registrar"},
	ledger.DistrictsMSP: {ZH: "区数据管理部门", EN: "Districts"},
}

// attesting are the organisations whose peers must all have signed.
var attesting = []string{ledger.AuthorityMSP, ledger.RegistrarMSP, ledger.DistrictsMSP}

func sortedKeys[V any](of map[string]V) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
