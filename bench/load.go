package bench

import (
	"context"
	"math"
	"sync"
	"time"

	"dengji/chaincode/fault"
)

// operation is one transaction to measure. run gives the number of units (entries,
// steps) that it carried. check reads back what a successful run wrote, or, after
// a failed one, that it wrote nothing; it may be nil.
type operation struct {
	run   func(ctx context.Context) error
	units int
	check func(ctx context.Context, ran error) error
}

// supply gives the next operation, or false when none is left. It is called by
// one goroutine at a time.
type supply func() (operation, bool)

// sample is one operation that was run.
type sample struct {
	operation operation
	latency   time.Duration
	err       error
}

// run is what a closed loop did.
type run struct {
	samples []sample
	elapsed time.Duration // from the first start to the last end
}

// unlimited is no bound on the number of operations.
const unlimited = math.MaxInt

// closedLoop keeps concurrency operations under way, each begun when another has
// ended, until the duration is over, most operations have begun, the supply is
// empty or ctx ends. Operations under way at the end are waited for and counted.
func closedLoop(ctx context.Context, next supply, concurrency int, duration time.Duration, most int) run {
	var (
		mutex  sync.Mutex
		result run
		group  sync.WaitGroup
	)
	start, begun := time.Now(), 0
	take := func() (operation, bool) {
		mutex.Lock()
		defer mutex.Unlock()
		if ctx.Err() != nil || time.Since(start) >= duration || begun == most {
			return operation{}, false
		}
		begun++
		return next()
	}
	for range concurrency {
		group.Go(func() {
			for {
				taken, ok := take()
				if !ok {
					return
				}
				from := time.Now()
				err := taken.run(ctx)
				done := sample{operation: taken, latency: time.Since(from), err: err}
				mutex.Lock()
				result.samples = append(result.samples, done)
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	result.elapsed = time.Since(start)
	return result
}

// checkConcurrency is how many read-backs are under way at once.
const checkConcurrency = 8

// verify reads back every operation of a run and gives the number of checks and
// what was found wrong. A transaction whose commit is unknown proves nothing
// either way and is not checked.
func (r run) verify(ctx context.Context) (checked int, wrong []error) {
	var (
		mutex sync.Mutex
		group sync.WaitGroup
		gate  = make(chan struct{}, checkConcurrency)
	)
	for _, s := range r.samples {
		if s.operation.check == nil || fault.CodeOf(s.err) == fault.CommitUnknown {
			continue
		}
		checked++
		gate <- struct{}{}
		group.Go(func() {
			defer func() { <-gate }()
			if err := s.operation.check(ctx, s.err); err != nil {
				mutex.Lock()
				wrong = append(wrong, err)
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	return checked, wrong
}
