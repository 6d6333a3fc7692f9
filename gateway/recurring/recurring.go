// Package recurring holds what jobs beside the interface have in common: making a
// pass again and again, and waiting longer after each failure.
package recurring

import (
	"context"
	"time"
)

// Run makes a pass now and then every so often, until the context ends. What a
// failure says is the pass's own to log, by way of failed; what fails because the
// context has ended is no failure. Passes never overlap.
func Run(ctx context.Context, every time.Duration, pass func(context.Context) error, failed func(error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for ctx.Err() == nil { // a tick may be there when the context ends
		if err := pass(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Pause is how long to wait after so many failed attempts, from 1: the first pause,
// doubled with each further attempt up to the longest.
func Pause(attempts int, first, longest time.Duration) time.Duration {
	const mostDoublings = 16
	return min(first<<min(attempts-1, mostDoublings), longest)
}
