package bench

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows a bar on a terminal, and one line for each finished run
// anywhere.
type progress struct {
	to       io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	stop     chan struct{}
	stopped  chan struct{}
}

func newProgress(to *os.File) *progress {
	return &progress{to: to, terminal: term.IsTerminal(int(to.Fd()))}
}

// tick is how often the bar moves.
const tick = 200 * time.Millisecond

func (p *progress) begin(title string, duration time.Duration) {
	p.finish()
	if !p.terminal {
		return
	}
	p.bar = progressbar.NewOptions64(max(1, int64(duration/tick)),
		progressbar.OptionSetWriter(p.to), progressbar.OptionSetDescription(title),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true))
	p.stop, p.stopped = make(chan struct{}), make(chan struct{})
	go p.move(p.bar, p.stop, p.stopped)
}

// move lets the bar follow the time until it is stopped; a run may take a little
// longer than its duration, so the last step is left to finish.
func (p *progress) move(bar *progressbar.ProgressBar, stop, stopped chan struct{}) {
	defer close(stopped)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for steps := bar.GetMax64() - 1; ; steps-- {
		select {
		case <-stop:
			return
		case <-ticker.C:
			if steps > 0 {
				_ = bar.Add(1) // a bar that cannot be drawn stops nothing
			}
		}
	}
}

func (p *progress) end(f Figures) {
	p.finish()
	fmt.Fprintf(p.to, "%-46s c=%-4d %8.1f tx/s  p50 %7.1f ms  p99 %7.1f ms  errors %s\n", f.Label, f.Concurrency, f.PerSecond, f.P50, f.P99, f.errorText())
}

func (p *progress) finish() {
	if p.bar == nil {
		return
	}
	close(p.stop)
	<-p.stopped
	_ = p.bar.Finish() // as above
	p.bar = nil
}
