//go:build integration

package test

import (
	"fmt"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// ask has one peer answer a question about its chain. It fails where a peer that has
// just started does not answer yet, or has not the block yet.
func ask(network *client.Network, about proto.Message, question string, arguments ...string) error {
	content, err := network.GetContract("qscc").EvaluateTransaction(question, append([]string{network.Name()}, arguments...)...)
	if err != nil {
		return err
	}
	return proto.Unmarshal(content, about)
}

// marked reports whether one peer has marked a transaction with a code.
func marked(network *client.Network, txID string, code peer.TxValidationCode) bool {
	var processed peer.ProcessedTransaction
	err := ask(network, &processed, "GetTransactionByID", txID)
	return err == nil && peer.TxValidationCode(processed.GetValidationCode()) == code
}

// top names the height of one peer and its last block; "" where it does not say.
func top(network *client.Network) string {
	var info common.BlockchainInfo
	if err := ask(network, &info, "GetChainInfo"); err != nil {
		return ""
	}
	return fmt.Sprintf("%d %x", info.GetHeight(), info.GetCurrentBlockHash())
}
