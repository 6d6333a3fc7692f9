package command

import (
	"fmt"
	"io"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress says what is being done, and on a terminal shows how many bytes have come
// through.
type progress struct {
	to  io.Writer
	bar *progressbar.ProgressBar // nil: nobody looks on
}

func newProgress(to io.Writer, title string) *progress {
	file, ok := to.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) { //nolint:gosec // a descriptor fits an int
		return &progress{to: to}
	}
	return &progress{to: to, bar: progressbar.NewOptions64(-1, progressbar.OptionSetWriter(to), progressbar.OptionSetDescription(title),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100_000_000), progressbar.OptionClearOnFinish())}
}

func (p *progress) note(format string, arguments ...any) {
	if p.bar != nil {
		_ = p.bar.Clear() // a bar that cannot be drawn stops nothing
	}
	fmt.Fprintf(p.to, format+"\n", arguments...)
}

func (p *progress) add(bytes int64) {
	if p.bar != nil {
		_ = p.bar.Add64(bytes) // a bar that cannot be drawn stops nothing
	}
}

// end takes the bar away. It may be called again.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}

func bytesOf(size int64) string { return humanize.IBytes(uint64(max(size, 0))) } //nolint:gosec // never negative
