package blocks

import (
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
)

// IsEmpty reports whether an endorsed transaction would change nothing: no write,
// no key's endorsement policy, no event. Ordering it would only fill a block.
func IsEmpty(envelope *common.Envelope) (bool, error) {
	payload, err := unmarshal(envelope.GetPayload(), &common.Payload{}, "payload")
	if err != nil {
		return false, err
	}
	action, err := decodeAction(payload.GetData())
	if err != nil {
		return false, err
	}
	if len(action.GetEvents()) > 0 {
		return false, nil
	}
	sets, err := unmarshal(action.GetResults(), &rwset.TxReadWriteSet{}, "read-write set")
	if err != nil {
		return false, err
	}
	for _, set := range sets.GetNsRwset() {
		pairs, err := unmarshal(set.GetRwset(), &kvrwset.KVRWSet{}, "write set")
		if err != nil {
			return false, err
		}
		if len(pairs.GetWrites())+len(pairs.GetMetadataWrites())+len(set.GetCollectionHashedRwset()) > 0 {
			return false, nil
		}
	}
	return true, nil
}
