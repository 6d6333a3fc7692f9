package runtime

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Get reads a record as it was before this transaction. It reports false where
// there is none.
func Get[T any](t *Transaction, key ledger.Key) (T, bool, error) {
	var record T
	name, err := t.readable(key)
	if err != nil {
		return record, false, err
	}
	value, err := t.stub.GetState(name)
	if err != nil {
		return record, false, fmt.Errorf("get %s: %w", key.Kind, err)
	}
	return parse[T](key, value)
}

// Require reads a record that has to exist: NOT_FOUND otherwise, with the kind
// of record.
func Require[T any](t *Transaction, key ledger.Key) (T, error) {
	record, found, err := Get[T](t, key)
	if err != nil {
		return record, err
	}
	if !found {
		return record, fault.New(fault.NotFound, fault.Value("kind", key.Kind))
	}
	return record, nil
}

// GetMany reads records in one call to the peer, in the order of the keys; one
// that does not exist is nil.
func GetMany[T any](t *Transaction, keys []ledger.Key) ([]*T, error) {
	names := make([]string, len(keys))
	for i, key := range keys {
		name, err := t.readable(key)
		if err != nil {
			return nil, err
		}
		names[i] = name
	}
	records := make([]*T, len(keys))
	if len(keys) == 0 {
		return records, nil
	}
	values, err := t.stub.GetMultipleStates(names...)
	if err != nil {
		return nil, fmt.Errorf("get %d records: %w", len(keys), err)
	}
	for i, value := range values {
		record, found, err := parse[T](keys[i], value)
		if err != nil {
			return nil, err
		}
		if found {
			records[i] = &record
		}
	}
	return records, nil
}

// List reads a bounded page of the records under a key, in key order. Only a
// transaction that reads alone may page, as Fabric cannot validate a page. The
// request's Of is the contract's business.
func List[T any](t *Transaction, under ledger.Key, page ledger.PageRequest) (ledger.Page[T], error) {
	return ListFrom[T](t, under, under, page)
}

// ListFrom is List that begins at the key first, which MUST lie under the other.
func ListFrom[T any](t *Transaction, under, first ledger.Key, page ledger.PageRequest) (ledger.Page[T], error) {
	answer := ledger.Page[T]{Items: []T{}}
	if t.purpose != query {
		return answer, fmt.Errorf("page of %s in a transaction that may write", under.Kind)
	}
	size, err := pageSize(page)
	if err != nil {
		return answer, err
	}
	start, err := startOf(under, first, page.Bookmark)
	if err != nil {
		return answer, err
	}
	results, metadata, err := t.stub.GetStateByPartialCompositeKeyWithPagination(under.Kind, under.Parts, int32(size), start)
	if err != nil {
		return answer, fmt.Errorf("list %s: %w", under.Kind, err)
	}
	defer func() { _ = results.Close() }() // read-only; the peer frees it with the transaction anyway
	for results.HasNext() {
		result, err := results.Next()
		if err != nil {
			return answer, fmt.Errorf("list %s: %w", under.Kind, err)
		}
		record, _, err := parse[T](under, result.GetValue())
		if err != nil {
			return answer, err
		}
		answer.Items = append(answer.Items, record)
	}
	answer.Bookmark = base64.RawURLEncoding.EncodeToString([]byte(metadata.GetBookmark()))
	return answer, nil
}

func pageSize(page ledger.PageRequest) (int, error) {
	if page.PageSize == 0 {
		return ledger.DefaultPageSize, nil
	}
	if page.PageSize < 1 || page.PageSize > ledger.MaxPageSize {
		return 0, fault.New(fault.InvalidValue, fault.Field("pageSize"), fault.Value("max", fmt.Sprint(ledger.MaxPageSize)))
	}
	return page.PageSize, nil
}

// startOf gives the name of the key that a page begins at: Fabric takes it for a
// bookmark.
func startOf(under, first ledger.Key, bookmark string) (string, error) {
	if bookmark == "" {
		return keyName(first)
	}
	prefix, err := keyName(under)
	if err != nil {
		return "", err
	}
	return openBookmark(bookmark, prefix)
}

// openBookmark refuses a bookmark that points outside the range: Fabric would
// start reading there.
func openBookmark(text, prefix string) (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(key) > ledger.MaxKey || !strings.HasPrefix(string(key), prefix) {
		return "", fault.New(fault.InvalidValue, fault.Field("bookmark"))
	}
	return string(key), nil
}

func parse[T any](key ledger.Key, value []byte) (T, bool, error) {
	var record T
	if len(value) == 0 {
		return record, false, nil
	}
	if err := json.Unmarshal(value, &record); err != nil {
		return record, false, fmt.Errorf("record of %s: %w", key.Kind, err)
	}
	return record, true, nil
}
