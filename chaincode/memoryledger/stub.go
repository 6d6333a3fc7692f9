package memoryledger

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/tidwall/btree"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

var _ shim.ChaincodeStubInterface = (*stub)(nil)

// stub is one simulation. The interface embedded stays nil: private data, rich
// queries, other chaincodes and the signed proposal are not offered, and a
// contract that reaches for them panics.
type stub struct {
	shim.ChaincodeStubInterface
	call    Call
	txID    string
	state   *btree.Map[string, entry]
	history *btree.Map[string, entry]

	reads  map[string]uint64
	ranges []rangeRead
	writes map[string]Write
	paged  bool
	event  *peer.ChaincodeEvent
}

type read struct {
	key    string
	height uint64 // 0 where there was none
}

func newStub(call Call, txID string, state, history *btree.Map[string, entry]) *stub {
	return &stub{call: call, txID: txID, state: state, history: history,
		reads: map[string]uint64{}, writes: map[string]Write{}}
}

func (s *stub) outcome(response *peer.Response) Outcome {
	o := Outcome{TxID: s.txID, at: s.call.At}
	if response.GetStatus() >= shim.ERRORTHRESHOLD {
		f, ok := fault.Parse(response.GetMessage())
		if !ok {
			f = fault.New(fault.Internal, fault.Cause(errors.New(response.GetMessage())))
		}
		o.Fault = f
		return o
	}
	o.Answer, o.ranges = response.GetPayload(), s.ranges
	for _, key := range slices.Sorted(maps.Keys(s.reads)) {
		o.reads = append(o.reads, read{key, s.reads[key]})
	}
	for _, key := range slices.Sorted(maps.Keys(s.writes)) {
		o.Writes = append(o.Writes, s.writes[key])
	}
	if s.event != nil {
		var event ledger.Event
		if err := json.Unmarshal(s.event.GetPayload(), &event); err != nil {
			o.Fault = fault.New(fault.Internal, fault.Cause(err))
			return o
		}
		o.Event = &event
	}
	return o
}

func (s *stub) GetArgs() [][]byte { return [][]byte{[]byte(s.call.Name), []byte(s.call.Request)} }

func (s *stub) GetStringArgs() []string { return []string{s.call.Name, s.call.Request} }

func (s *stub) GetFunctionAndParameters() (string, []string) {
	return s.call.Name, []string{s.call.Request}
}

func (s *stub) GetTxID() string { return s.txID }

func (s *stub) GetChannelID() string { return ledger.Channel }

func (s *stub) GetCreator() ([]byte, error) { return s.call.By.creator, nil }

func (s *stub) GetTransient() (map[string][]byte, error) { return s.call.Transient, nil }

func (s *stub) GetTxTimestamp() (*timestamppb.Timestamp, error) {
	return timestamppb.New(s.call.At), nil
}

func (s *stub) GetState(key string) ([]byte, error) {
	e, _ := s.state.Get(key)
	s.reads[key] = e.height
	return slices.Clone(e.value), nil
}

func (s *stub) GetMultipleStates(keys ...string) ([][]byte, error) {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i], _ = s.GetState(key)
	}
	return values, nil
}

func (s *stub) PutState(key string, value []byte) error {
	if len(value) == 0 {
		return errors.New("memoryledger: an empty value would be a deletion")
	}
	return s.write(key, func(w *Write) { w.Value, w.Deleted = slices.Clone(value), false })
}

func (s *stub) DelState(key string) error {
	return s.write(key, func(w *Write) { w.Value, w.Deleted = nil, true })
}

func (s *stub) SetStateValidationParameter(key string, policy []byte) error {
	return s.write(key, func(w *Write) { w.Policy = slices.Clone(policy) })
}

func (s *stub) GetStateValidationParameter(key string) ([]byte, error) {
	e, _ := s.state.Get(key)
	s.reads[key] = e.height
	return slices.Clone(e.policy), nil
}

func (s *stub) write(key string, change func(*Write)) error {
	if key == "" {
		return errors.New("memoryledger: a key is required")
	}
	if s.paged {
		return errors.New("memoryledger: a transaction that has paged may not write")
	}
	w := s.writes[key]
	w.Key = key
	change(&w)
	s.writes[key] = w
	return nil
}

// StartWriteBatch changes nothing: writes are gathered here anyway.
func (s *stub) StartWriteBatch() {}

func (s *stub) FinishWriteBatch() error { return nil }

func (s *stub) SetEvent(name string, payload []byte) error {
	if name == "" {
		return errors.New("memoryledger: an event has a name")
	}
	s.event = &peer.ChaincodeEvent{ChaincodeId: ledger.ChaincodeName, TxId: s.txID, EventName: name, Payload: payload}
	return nil
}

func (s *stub) CreateCompositeKey(objectType string, attributes []string) (string, error) {
	return shim.CreateCompositeKey(objectType, attributes)
}

func (s *stub) SplitCompositeKey(compositeKey string) (string, []string, error) {
	key, ok := ledger.ParseKey(compositeKey)
	if !ok {
		return "", nil, errors.New("memoryledger: not a composite key")
	}
	return key.Kind, key.Parts, nil
}
