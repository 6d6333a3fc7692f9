//go:build integration

package test

import (
	"testing"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// validationCode asks one peer how it marked a transaction.
func validationCode(t *testing.T, network *client.Network, txID string) peer.TxValidationCode {
	t.Helper()
	content, err := network.GetContract("qscc").EvaluateTransaction("GetTransactionByID", network.Name(), txID)
	require.NoError(t, err)
	var processed peer.ProcessedTransaction
	require.NoError(t, proto.Unmarshal(content, &processed))
	return peer.TxValidationCode(processed.GetValidationCode())
}

// height asks one peer how many blocks it has, and the hash of the last one.
func height(t *testing.T, network *client.Network) (uint64, []byte) {
	t.Helper()
	content, err := network.GetContract("qscc").EvaluateTransaction("GetChainInfo", network.Name())
	require.NoError(t, err)
	var info common.BlockchainInfo
	require.NoError(t, proto.Unmarshal(content, &info))
	return info.GetHeight(), info.GetCurrentBlockHash()
}
