package cli

import (
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows how far something has come, where a person looks on.
type bar struct{ shown *progressbar.ProgressBar }

// progress begins a bar; a total of -1 is not known.
func (t *tool) progress(total int64, title string) bar {
	file, ok := t.log.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return bar{}
	}
	return bar{progressbar.NewOptions64(total, progressbar.OptionSetWriter(file), progressbar.OptionSetDescription(title),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"), progressbar.OptionThrottle(100_000_000))}
}

func (b bar) add(n int) {
	if b.shown != nil {
		_ = b.shown.Add(n) // a bar that cannot be drawn stops nothing
	}
}

func (b bar) end() {
	if b.shown != nil {
		_ = b.shown.Exit()
	}
}
