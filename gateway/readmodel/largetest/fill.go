package largetest

import (
	"crypto/sha256"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/fixtures/bulk"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/store"
)

const (
	transactionsPerBlock = 500
	batchesPerBlock      = 5
	entriesPerBatch      = 200
)

// The number of the block behind it is 0.
var beforeFirst = blocks.Block{Number: math.MaxUint64}

// Fill applies about size entries, applications and registrations each, and gives
// the number of transactions. Only the time of decoding and applying is spent in
// the model's code.
func Fill(t testing.TB, model *store.Store, size int) int {
	t.Helper()
	history := blocktest.NewHistory(60)
	kinds := []func() blocktest.Transaction{history.PutEntries, history.Submit, history.Issue, history.Submit, history.Issue, history.Act}
	block := beforeFirst
	count := 0
	for count < 3*size {
		transactions := make([]blocktest.Transaction, transactionsPerBlock)
		for i := range transactions {
			transactions[i] = kinds[count%len(kinds)]()
			if i == 0 {
				transactions[i] = history.Govern()
			}
			count++
		}
		block = apply(t, model, block, transactions)
	}
	return count
}

// FillEntries applies count entries of a city's departments, in batches as an
// import sends them. Their names, summaries and identifiers are fixtures/bulk's.
func FillEntries(t testing.TB, model *store.Store, count int) {
	t.Helper()
	history := blocktest.NewHistory(60)
	block := beforeFirst
	for from := 0; from < count; {
		var transactions []blocktest.Transaction
		for range batchesPerBlock {
			department := blocktest.Department(from / entriesPerBatch % 100)
			batch := make([]ledger.EntryContent, min(entriesPerBatch, count-from))
			for i := range batch {
				batch[i] = bulk.Entry(from+i, department.Name, department.Division, 1)
			}
			transactions = append(transactions, history.PutContents(department, batch))
			from += len(batch)
		}
		block = apply(t, model, block, transactions)
	}
}

// apply gives the block that it has applied behind the last one.
func apply(t testing.TB, model *store.Store, last blocks.Block, transactions []blocktest.Transaction) blocks.Block {
	t.Helper()
	decoded, err := blocks.Decode((&blocktest.Chain{}).Append(transactions...), ledger.ChaincodeName)
	require.NoError(t, err)
	decoded.Number, decoded.PreviousHash = last.Number+1, last.Hash
	hash := sha256.Sum256(fmt.Append(nil, decoded.Number))
	decoded.Hash = hash[:]
	for i := range decoded.Transactions {
		decoded.Transactions[i].Number = decoded.Number
	}
	_, err = model.Apply(t.Context(), decoded)
	require.NoError(t, err)
	return decoded
}
