package largetest

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/store"
)

const transactionsPerBlock = 500

// Fill applies about size entries, applications and registrations each, and gives
// the number of transactions. Only the time of decoding and applying is spent in
// the model's code.
func Fill(t testing.TB, model *store.Store, size int) int {
	t.Helper()
	history := blocktest.NewHistory(60)
	kinds := []func() blocktest.Transaction{history.PutEntries, history.Submit, history.Issue, history.Submit, history.Issue, history.Act}
	block := blocks.Block{}
	count := 0
	for number := uint64(0); count < 3*size; number++ {
		transactions := make([]blocktest.Transaction, transactionsPerBlock)
		for i := range transactions {
			transactions[i] = kinds[count%len(kinds)]()
			if i == 0 {
				transactions[i] = history.Govern()
			}
			count++
		}
		decoded, err := blocks.Decode((&blocktest.Chain{}).Append(transactions...), ledger.ChaincodeName)
		require.NoError(t, err)
		hash := sha256.Sum256(fmt.Append(nil, number))
		decoded.Number, decoded.PreviousHash, decoded.Hash = number, block.Hash, hash[:]
		for i := range decoded.Transactions {
			decoded.Transactions[i].Number = number
		}
		block = decoded
		_, err = model.Apply(t.Context(), block)
		require.NoError(t, err)
	}
	return count
}
