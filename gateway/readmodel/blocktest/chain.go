package blocktest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/ledger"
	"dengji/chaincode/memoryledger"
	"dengji/gateway/readmodel/blocks"
)

// Transaction is what goes into one envelope.
type Transaction struct {
	TxID      string
	Time      time.Time
	Code      peer.TxValidationCode // zero: valid
	Chaincode string                // empty: the registry's
	Writes    []memoryledger.Write
	Event     *ledger.Event
}

// OfOutcome gives the transaction by which an outcome would stand on the ledger.
func OfOutcome(outcome memoryledger.Outcome) Transaction {
	return Transaction{TxID: outcome.TxID, Writes: outcome.Writes, Event: outcome.Event}
}

// Chain makes consecutive blocks. The zero value begins with block 0.
type Chain struct {
	Blocks []*common.Block
}

// Append makes the next block.
func (c *Chain) Append(transactions ...Transaction) *common.Block {
	envelopes := make([][]byte, len(transactions))
	verdicts := make([]byte, len(transactions))
	for i, transaction := range transactions {
		envelopes[i] = transaction.envelope()
		verdicts[i] = byte(transaction.Code)
	}
	return c.AppendRaw(envelopes, verdicts)
}

// AppendRaw makes the next block of any envelopes and verdicts.
func (c *Chain) AppendRaw(envelopes [][]byte, verdicts []byte) *common.Block {
	header := &common.BlockHeader{Number: uint64(len(c.Blocks))}
	if n := len(c.Blocks); n > 0 {
		header.PreviousHash = must(blocks.HeaderHash(c.Blocks[n-1].GetHeader()))
	}
	block := &common.Block{
		Header:   header,
		Data:     &common.BlockData{Data: envelopes},
		Metadata: &common.BlockMetadata{Metadata: make([][]byte, len(common.BlockMetadataIndex_name))},
	}
	header.DataHash = blocks.DataHash(block.Data)
	block.Metadata.Metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER] = verdicts
	c.Blocks = append(c.Blocks, block)
	return block
}

func (t Transaction) envelope() []byte {
	chaincode := t.Chaincode
	if chaincode == "" {
		chaincode = ledger.ChaincodeName
	}
	action := &peer.ChaincodeAction{Results: t.results(chaincode), ChaincodeId: &peer.ChaincodeID{Name: chaincode}}
	if t.Event != nil {
		action.Events = marshal(&peer.ChaincodeEvent{ChaincodeId: chaincode, TxId: t.TxID,
			EventName: t.Event.Type, Payload: must(json.Marshal(t.Event))})
	}
	payload := &peer.ChaincodeActionPayload{Action: &peer.ChaincodeEndorsedAction{
		ProposalResponsePayload: marshal(&peer.ProposalResponsePayload{Extension: marshal(action)})}}
	transaction := &peer.Transaction{Actions: []*peer.TransactionAction{{Payload: marshal(payload)}}}
	return Envelope(common.HeaderType_ENDORSER_TRANSACTION, t.TxID, t.Time, marshal(transaction))
}

func (t Transaction) results(chaincode string) []byte {
	set := &kvrwset.KVRWSet{}
	for _, w := range t.Writes {
		if w.Value == nil && !w.Deleted {
			continue // the policy alone
		}
		set.Writes = append(set.Writes, &kvrwset.KVWrite{Key: w.Key, Value: w.Value, IsDelete: w.Deleted})
	}
	return marshal(&rwset.TxReadWriteSet{NsRwset: []*rwset.NsReadWriteSet{
		{Namespace: "_lifecycle", Rwset: marshal(&kvrwset.KVRWSet{})},
		{Namespace: chaincode, Rwset: marshal(set)},
	}})
}

// Envelope wraps any transaction data.
func Envelope(headerType common.HeaderType, txID string, at time.Time, data []byte) []byte {
	header := &common.ChannelHeader{Type: int32(headerType), TxId: txID, ChannelId: ledger.Channel, Timestamp: timestamppb.New(at)}
	return marshal(&common.Envelope{Payload: marshal(&common.Payload{
		Header: &common.Header{ChannelHeader: marshal(header)}, Data: data})})
}

// Clone gives an independent copy of a block, to be damaged.
func Clone(block *common.Block) *common.Block { return proto.CloneOf(block) }

func marshal(message proto.Message) []byte { return must(proto.Marshal(message)) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("blocktest: %v", err)) // what a test hands over can be marshalled
	}
	return value
}
