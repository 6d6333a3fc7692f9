package cli

import (
	"maps"
	"sync"

	"dengji/chaincode/ledger"
)

// frontier follows batches that end in any order and tells how far everything is
// done without a gap. It is safe for concurrent use.
type frontier struct {
	mutex   sync.Mutex
	at      state
	next    int // number of the first batch that is not done
	ended   map[int]ended
	advance func(at state, entries int) error // called in order
}

type ended struct {
	outcomes []ledger.EntryOutcome
	wrote    bool
}

func newFrontier(at state, advance func(state, int) error) *frontier {
	return &frontier{at: at, ended: map[int]ended{}, advance: advance}
}

func (f *frontier) finish(number int, outcomes []ledger.EntryOutcome, wrote bool) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.ended[number] = ended{outcomes, wrote}
	for {
		batch, done := f.ended[f.next]
		if !done {
			return nil
		}
		delete(f.ended, f.next)
		f.next++
		f.at.Counts = maps.Clone(f.at.Counts)
		for _, outcome := range batch.outcomes {
			f.at.Counts[outcome.Outcome]++
		}
		f.at.Done += len(batch.outcomes)
		if batch.wrote {
			f.at.Batches++
		}
		if err := f.advance(f.at, len(batch.outcomes)); err != nil {
			return err
		}
	}
}
