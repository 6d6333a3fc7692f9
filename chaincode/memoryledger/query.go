package memoryledger

import (
	"errors"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/tidwall/btree"
	"google.golang.org/protobuf/types/known/timestamppb"

	"dengji/chaincode/ledger"
)

// Bounds of a range of keys, as in Fabric's shim.
const (
	lowestSimpleKey = "\x01"
	highestRune     = "\U0010FFFF"
)

// rangeRead remembers a range query, so that a phantom is found at commit.
type rangeRead struct {
	start, end string
	seen       []read
}

func (r rangeRead) unchanged(state *btree.Map[string, entry]) bool {
	return slices.Equal(r.seen, readRange(state, r.start, r.end))
}

func readRange(state *btree.Map[string, entry], start, end string) []read {
	var seen []read
	ascend(state, start, end, func(key string, e entry) bool {
		seen = append(seen, read{key, e.height})
		return true
	})
	return seen
}

// ascend visits start (included) to end (excluded; "" is no end).
func ascend(state *btree.Map[string, entry], start, end string, visit func(string, entry) bool) {
	state.Ascend(start, func(key string, e entry) bool {
		return (end == "" || key < end) && visit(key, e)
	})
}

func (s *stub) GetStateByRange(startKey, endKey string) (shim.StateQueryIteratorInterface, error) {
	if startKey == "" {
		startKey = lowestSimpleKey
	}
	return s.query(startKey, endKey), nil
}

func (s *stub) GetStateByPartialCompositeKey(objectType string, parts []string) (shim.StateQueryIteratorInterface, error) {
	start, end, err := partial(objectType, parts)
	if err != nil {
		return nil, err
	}
	return s.query(start, end), nil
}

func (s *stub) GetStateByRangeWithPagination(startKey, endKey string, pageSize int32, bookmark string) (shim.StateQueryIteratorInterface, *peer.QueryResponseMetadata, error) {
	if startKey == "" {
		startKey = lowestSimpleKey
	}
	return s.page(startKey, endKey, pageSize, bookmark)
}

func (s *stub) GetStateByPartialCompositeKeyWithPagination(objectType string, parts []string, pageSize int32, bookmark string) (shim.StateQueryIteratorInterface, *peer.QueryResponseMetadata, error) {
	start, end, err := partial(objectType, parts)
	if err != nil {
		return nil, nil, err
	}
	return s.page(start, end, pageSize, bookmark)
}

func partial(objectType string, parts []string) (start, end string, err error) {
	start, err = shim.CreateCompositeKey(objectType, parts)
	return start, start + highestRune, err
}

func (s *stub) query(start, end string) *results {
	s.ranges = append(s.ranges, rangeRead{start, end, readRange(s.state, start, end)})
	r := &results{}
	ascend(s.state, start, end, func(key string, e entry) bool {
		r.rows = append(r.rows, row(key, e))
		return true
	})
	return r
}

func (s *stub) page(start, end string, size int32, bookmark string) (*results, *peer.QueryResponseMetadata, error) {
	if len(s.writes) > 0 {
		return nil, nil, errors.New("memoryledger: a transaction that has written may not page")
	}
	if size < 1 {
		return nil, nil, errors.New("memoryledger: a page has at least one row")
	}
	s.paged = true
	if bookmark != "" {
		start = bookmark
	}
	r, metadata := &results{}, &peer.QueryResponseMetadata{}
	ascend(s.state, start, end, func(key string, e entry) bool {
		if len(r.rows) == int(size) {
			metadata.Bookmark = key
			return false
		}
		r.rows = append(r.rows, row(key, e))
		return true
	})
	metadata.FetchedRecordsCount = int32(len(r.rows))
	return r, metadata, nil
}

func row(key string, e entry) *queryresult.KV {
	return &queryresult.KV{Namespace: ledger.ChaincodeName, Key: key, Value: slices.Clone(e.value)}
}

// results iterates over rows that were read already.
type results struct{ rows []*queryresult.KV }

func (r *results) HasNext() bool { return len(r.rows) > 0 }

func (r *results) Close() error { return nil }

func (r *results) Next() (*queryresult.KV, error) {
	if len(r.rows) == 0 {
		return nil, errors.New("memoryledger: no more rows")
	}
	next := r.rows[0]
	r.rows = r.rows[1:]
	return next, nil
}

// GetHistoryForKey gives a key's versions, newest first.
func (s *stub) GetHistoryForKey(key string) (shim.HistoryQueryIteratorInterface, error) {
	h := &versions{}
	ascend(s.history, key+"\x00", key+"\x00:", func(_ string, e entry) bool { // ":" follows the digits
		h.rows = append(h.rows, &queryresult.KeyModification{TxId: e.txID, Value: slices.Clone(e.value),
			Timestamp: timestamppb.New(e.at), IsDelete: e.deleted})
		return true
	})
	slices.Reverse(h.rows)
	return h, nil
}

type versions struct {
	rows []*queryresult.KeyModification
}

func (v *versions) HasNext() bool { return len(v.rows) > 0 }

func (v *versions) Close() error { return nil }

func (v *versions) Next() (*queryresult.KeyModification, error) {
	if len(v.rows) == 0 {
		return nil, errors.New("memoryledger: no more versions")
	}
	next := v.rows[0]
	v.rows = v.rows[1:]
	return next, nil
}
