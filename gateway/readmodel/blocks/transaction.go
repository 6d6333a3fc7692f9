package blocks

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"dengji/chaincode/ledger"
)

func decodeTransaction(content []byte, verdict peer.TxValidationCode, chaincode string) (Transaction, error) {
	transaction := Transaction{ValidationCode: verdict}
	payload, channelHeader, err := decodeEnvelope(content)
	if err != nil {
		if verdict != peer.TxValidationCode_VALID {
			return transaction, nil // anybody may have garbage ordered; the peers have refused it
		}
		return transaction, err
	}
	transaction.TxID = channelHeader.GetTxId()
	transaction.Time = channelHeader.GetTimestamp().AsTime()
	if verdict != peer.TxValidationCode_VALID || channelHeader.GetType() != int32(common.HeaderType_ENDORSER_TRANSACTION) {
		return transaction, nil
	}
	action, err := decodeAction(payload.GetData())
	if err != nil {
		return transaction, err
	}
	if transaction.Writes, err = decodeWrites(action.GetResults(), chaincode); err != nil {
		return transaction, err
	}
	transaction.Event, err = decodeEvent(action.GetEvents(), transaction.TxID, chaincode)
	return transaction, err
}

func decodeEnvelope(content []byte) (*common.Payload, *common.ChannelHeader, error) {
	envelope, err := unmarshal(content, &common.Envelope{}, "envelope")
	if err != nil {
		return nil, nil, err
	}
	payload, err := unmarshal(envelope.GetPayload(), &common.Payload{}, "payload")
	if err != nil {
		return nil, nil, err
	}
	channelHeader, err := unmarshal(payload.GetHeader().GetChannelHeader(), &common.ChannelHeader{}, "channel header")
	return payload, channelHeader, err
}

// decodeAction gives what the endorsers signed: the results of the simulation and
// the event.
func decodeAction(content []byte) (*peer.ChaincodeAction, error) {
	transaction, err := unmarshal(content, &peer.Transaction{}, "transaction")
	if err != nil {
		return nil, err
	}
	if n := len(transaction.GetActions()); n != 1 {
		return nil, fmt.Errorf("%d actions in a transaction", n)
	}
	payload, err := unmarshal(transaction.GetActions()[0].GetPayload(), &peer.ChaincodeActionPayload{}, "action")
	if err != nil {
		return nil, err
	}
	response, err := unmarshal(payload.GetAction().GetProposalResponsePayload(), &peer.ProposalResponsePayload{}, "proposal response")
	if err != nil {
		return nil, err
	}
	return unmarshal(response.GetExtension(), &peer.ChaincodeAction{}, "chaincode action")
}

// decodeWrites takes the writes to the registry's own state. A key that is none of
// the registry's form holds no record and is left out.
func decodeWrites(results []byte, chaincode string) ([]Write, error) {
	sets, err := unmarshal(results, &rwset.TxReadWriteSet{}, "read-write set")
	if err != nil {
		return nil, err
	}
	var writes []Write
	for _, set := range sets.GetNsRwset() {
		if set.GetNamespace() != chaincode {
			continue
		}
		pairs, err := unmarshal(set.GetRwset(), &kvrwset.KVRWSet{}, "write set")
		if err != nil {
			return nil, err
		}
		for _, pair := range pairs.GetWrites() {
			if key, ok := ledger.ParseKey(pair.GetKey()); ok {
				writes = append(writes, write(key, pair))
			}
		}
	}
	return writes, nil
}

// write follows the peers, to whom a record without content is a deleted one.
func write(key ledger.Key, pair *kvrwset.KVWrite) Write {
	if pair.GetIsDelete() || len(pair.GetValue()) == 0 {
		return Write{Key: key, Deleted: true}
	}
	return Write{Key: key, Value: pair.GetValue()}
}

// decodeEvent reads the registry's event. Its transaction id must be that of the
// transaction that carries it.
func decodeEvent(content []byte, txID, chaincode string) (*ledger.Event, error) {
	emitted, err := unmarshal(content, &peer.ChaincodeEvent{}, "chaincode event")
	if err != nil || emitted.GetChaincodeId() != chaincode {
		return nil, err
	}
	var event ledger.Event
	if err := json.Unmarshal(emitted.GetPayload(), &event); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	switch {
	case event.Schema != ledger.EventSchema:
		return nil, fmt.Errorf("event: schema %d is not %d", event.Schema, ledger.EventSchema)
	case event.TxID != txID:
		return nil, errors.New("event: of another transaction")
	}
	return &event, nil
}
