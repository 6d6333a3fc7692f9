package catalogfile

import (
	"strconv"
	"strings"

	"dengji/chaincode/ledger"
)

// Bounds of the transactions that a catalogue is cut into. The ledger takes more in
// one transaction; smaller ones keep blocks small and conflicts rare.
const (
	BatchEntries = 500
	BatchBytes   = 1 << 20
)

// NextBatch gives the first of some items that go into one transaction, at least
// one where there are any.
func NextBatch[T any](items []T, content func(T) ledger.EntryContent) []T {
	size := 0
	for n, item := range items {
		size += RoughSize(content(item))
		if n == BatchEntries || n > 0 && size > BatchBytes {
			return items[:n]
		}
	}
	return items
}

// RefusedEntry reads out of a refusal's field, entries[3].name, which entry of a
// transaction was at fault.
func RefusedEntry(path string) (index int, named bool) {
	rest, named := strings.CutPrefix(path, "entries[")
	number, _, closed := strings.Cut(rest, "]")
	index, err := strconv.Atoi(number)
	return index, named && closed && err == nil && index >= 0
}
