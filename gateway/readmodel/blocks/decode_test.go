package blocks_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
)

var moment = time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC)

func event(txID string) *ledger.Event {
	return &ledger.Event{Schema: ledger.EventSchema, Type: "application.submit", Subject: "A1",
		At: ledger.Stamp(moment), Actor: ledger.Actor{MSP: ledger.RegistrantsMSP, ID: "one"}, TxID: txID, Post: json.RawMessage(`{}`)}
}

func sample() blocktest.Transaction {
	return blocktest.Transaction{TxID: "t1", Time: moment, Event: event("t1"), Writes: []memoryledger.Write{
		{Key: ledger.ApplicationKey("A1").String(), Value: []byte(`{"id":"A1"}`)},
		{Key: ledger.ClaimKey("H", "T", ledger.KindResource).String(), Deleted: true},
		{Key: ledger.RegistrationKey("R").String(), Policy: []byte("policy")},
		{Key: "no composite key", Value: []byte(`{}`)},
	}}
}

func decodeOne(t *testing.T, transaction blocktest.Transaction) (blocks.Transaction, error) {
	t.Helper()
	chain := &blocktest.Chain{}
	chain.Append()
	decoded, err := blocks.Decode(chain.Append(transaction), ledger.ChaincodeName)
	if err != nil {
		return blocks.Transaction{}, err
	}
	require.Len(t, decoded.Transactions, 1)
	return decoded.Transactions[0], nil
}

func TestAValidTransactionGivesItsWritesAndItsEvent(t *testing.T) {
	read, err := decodeOne(t, sample())
	require.NoError(t, err)
	require.Equal(t, blocks.Transaction{
		TxID: "t1", Number: 1, Index: 0, Time: moment, ValidationCode: peer.TxValidationCode_VALID, Event: event("t1"),
		Writes: []blocks.Write{
			{Key: ledger.ApplicationKey("A1"), Value: []byte(`{"id":"A1"}`)},
			{Key: ledger.ClaimKey("H", "T", ledger.KindResource), Deleted: true},
		},
	}, read)
}

func TestAnInvalidTransactionIsListedButNotRead(t *testing.T) {
	refused := sample()
	refused.Code = peer.TxValidationCode_MVCC_READ_CONFLICT
	read, err := decodeOne(t, refused)
	require.NoError(t, err)
	require.Equal(t, blocks.Transaction{TxID: "t1", Number: 1, Time: moment, ValidationCode: refused.Code}, read)
	require.False(t, read.Valid())
}

func TestAnotherChaincodesWritesAndEventsAreNotTheRegistrys(t *testing.T) {
	foreign := sample()
	foreign.Chaincode = "noop"
	read, err := decodeOne(t, foreign)
	require.NoError(t, err)
	require.Empty(t, read.Writes)
	require.Nil(t, read.Event)
}

func TestGarbageThatThePeersRefusedStopsNobody(t *testing.T) {
	chain := &blocktest.Chain{}
	block := chain.AppendRaw([][]byte{{0xff, 0xff}, nil}, []byte{byte(peer.TxValidationCode_BAD_PAYLOAD), byte(peer.TxValidationCode_NIL_ENVELOPE)})
	decoded, err := blocks.Decode(block, ledger.ChaincodeName)
	require.NoError(t, err)
	require.Len(t, decoded.Transactions, 2)
}

func TestAConfigurationTransactionHasNoWrites(t *testing.T) {
	chain := &blocktest.Chain{}
	block := chain.AppendRaw([][]byte{blocktest.Envelope(common.HeaderType_CONFIG, "", moment, []byte("configuration"))}, []byte{0})
	decoded, err := blocks.Decode(block, ledger.ChaincodeName)
	require.NoError(t, err)
	require.Empty(t, decoded.Transactions[0].Writes)
}

func TestEveryBlockNamesTheOneBefore(t *testing.T) {
	chain := &blocktest.Chain{}
	first, err := blocks.Decode(chain.Append(), ledger.ChaincodeName)
	require.NoError(t, err)
	second, err := blocks.Decode(chain.Append(sample()), ledger.ChaincodeName)
	require.NoError(t, err)
	require.True(t, second.Follows(first.Number, first.Hash))
	require.False(t, second.Follows(first.Number, second.Hash))
	require.False(t, first.Follows(first.Number, first.Hash))
}

func TestABlockThatIsNotWholeIsRefused(t *testing.T) {
	otherEvent := sample()
	otherEvent.Event = event("t2")
	newSchema := sample()
	newSchema.Event.Schema++
	filter := common.BlockMetadataIndex_TRANSACTIONS_FILTER
	cases := map[string]struct {
		of     blocktest.Transaction
		damage func(*common.Block)
		index  int
	}{
		"without a header":                       {sample(), func(b *common.Block) { b.Header = nil }, -1},
		"without content":                        {sample(), func(b *common.Block) { b.Data = nil }, -1},
		"with a changed transaction":             {sample(), func(b *common.Block) { b.Data.Data[0][9] ^= 1 }, -1},
		"with one transaction too many":          {sample(), func(b *common.Block) { b.Data.Data = append(b.Data.Data, b.Data.Data[0]) }, -1},
		"without verdicts":                       {sample(), func(b *common.Block) { b.Metadata = nil }, -1},
		"with a verdict missing":                 {sample(), func(b *common.Block) { b.Metadata.Metadata[filter] = nil }, -1},
		"with a verdict too many":                {sample(), func(b *common.Block) { b.Metadata.Metadata[filter] = []byte{0, 0} }, -1},
		"with an event of another transaction":   {otherEvent, func(*common.Block) {}, 0},
		"with an event of an unknown schema":     {newSchema, func(*common.Block) {}, 0},
		"with a valid transaction of no content": {sample(), func(b *common.Block) { replaceContent(b, nil) }, 0},
		"with a valid transaction of garbage":    {sample(), func(b *common.Block) { replaceContent(b, []byte{0xff}) }, 0},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			chain := &blocktest.Chain{}
			block := chain.Append(test.of)
			test.damage(block)
			_, err := blocks.Decode(block, ledger.ChaincodeName)
			require.ErrorIs(t, err, blocks.ErrMalformed)
			var where *blocks.Error
			require.ErrorAs(t, err, &where)
			require.Equal(t, test.index, where.Index)
		})
	}
}

func replaceContent(block *common.Block, data []byte) {
	block.Data.Data[0] = blocktest.Envelope(common.HeaderType_ENDORSER_TRANSACTION, "t1", moment, data)
	block.Header.DataHash = blocks.DataHash(block.Data)
}

func FuzzDecode(f *testing.F) {
	chain := &blocktest.Chain{}
	for _, transaction := range []blocktest.Transaction{{}, sample()} {
		content, err := proto.Marshal(chain.Append(transaction))
		require.NoError(f, err)
		f.Add(content, byte(0))
	}
	f.Fuzz(func(t *testing.T, content []byte, verdict byte) {
		var block common.Block
		if proto.Unmarshal(content, &block) != nil || block.Header == nil {
			return
		}
		// Mend the outer shell, so that the fuzzer reaches the envelopes.
		block.Header.DataHash = blocks.DataHash(block.Data)
		flags := make([]byte, len(block.GetData().GetData()))
		for i := range flags {
			flags[i] = verdict
		}
		block.Metadata = &common.BlockMetadata{Metadata: [][]byte{nil, nil, flags}}
		decoded, err := blocks.Decode(&block, ledger.ChaincodeName)
		if err != nil {
			require.ErrorIs(t, err, blocks.ErrMalformed)
			return
		}
		require.Len(t, decoded.Transactions, len(flags))
		for _, transaction := range decoded.Transactions {
			require.True(t, transaction.Valid() || len(transaction.Writes) == 0 && transaction.Event == nil)
		}
	})
}
