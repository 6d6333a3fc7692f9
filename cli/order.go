package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/lanrat/extsort"

	"dengji/chaincode/ledger"
)

// inMemory is how many entries are sorted at once; more are merged from disk.
const inMemory = 20_000

// order brings entries into the order of their identifiers, on disk where they are
// many. Every peer looks each of them up in a store that is sorted by them:
// neighbours are found in one place, and strangers each in another.
type order struct {
	lines  chan string
	sorted <-chan string
	failed <-chan error
	ended  chan struct{} // closed when all lines are taken, or sorting has failed
	stop   context.CancelFunc
}

func newOrder(ctx context.Context) *order {
	within, stop := context.WithCancel(ctx)
	made := &order{lines: make(chan string, 100), ended: make(chan struct{}), stop: stop}
	config := extsort.DefaultConfig()
	config.ChunkSize = inMemory
	sorter, sorted, failed := extsort.Strings(made.lines, config)
	made.sorted, made.failed = sorted, failed
	go func() {
		sorter.Sort(within)
		close(made.ended)
	}()
	return made
}

// add takes an entry. MUST NOT be called after sequence.
func (o *order) add(content ledger.EntryContent) error {
	line, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("cli: entry %s: %w", content.Identifier, err)
	}
	select {
	case o.lines <- content.Identifier + "\x00" + string(line):
		return nil
	case <-o.ended:
		return fmt.Errorf("cli: sort: %w", <-o.failed)
	}
}

// sequence gives all entries, once.
func (o *order) sequence() iter.Seq2[ledger.EntryContent, error] {
	return func(yield func(ledger.EntryContent, error) bool) {
		close(o.lines)
		for line := range o.sorted {
			_, text, _ := strings.Cut(line, "\x00")
			var content ledger.EntryContent
			err := json.Unmarshal([]byte(text), &content)
			if !yield(content, err) || err != nil {
				return
			}
		}
		if err := <-o.failed; err != nil {
			yield(ledger.EntryContent{}, fmt.Errorf("cli: sort: %w", err))
		}
	}
}
