package launcher

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// progress prints a line for each step with the time since the beginning and the
// time that the step took. It is safe for concurrent use.
type progress struct {
	mutex sync.Mutex
	out   io.Writer
	begin time.Time
}

func newProgress(out io.Writer) *progress { return &progress{out: out, begin: time.Now()} }

func (p *progress) line(format string, args ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintf(p.out, "[%6.1fs] %s\n", time.Since(p.begin).Seconds(), fmt.Sprintf(format, args...))
}

// step is one thing that Up does.
type step struct {
	title string
	run   func(context.Context) error
}

// do runs steps one after another.
func (p *progress) do(ctx context.Context, steps []step) error {
	for _, s := range steps {
		begin := time.Now()
		if err := s.run(ctx); err != nil {
			p.line("%s: failed", s.title)
			return fmt.Errorf("%s: %w", s.title, err)
		}
		p.line("%s (%.1fs)", s.title, time.Since(begin).Seconds())
	}
	return nil
}
