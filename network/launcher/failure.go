package launcher

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"dengji/network/process"
)

// NodeError says which node could not be brought up, why, how its log ends and
// what to do.
type NodeError struct {
	Node   string
	Log    string // path
	Tail   string // the log's end
	Advice string
	Cause  error
}

func (e *NodeError) Error() string {
	text := fmt.Sprintf("node %s: %v", e.Node, e.Cause)
	if e.Tail != "" {
		text += "\n  its log " + e.Log + " ends:\n    " + strings.ReplaceAll(strings.TrimSpace(e.Tail), "\n", "\n    ")
	}
	if e.Advice != "" {
		text += "\n  what to do: " + e.Advice
	}
	return text
}

// Unwrap gives the cause.
func (e *NodeError) Unwrap() error { return e.Cause }

const tailBytes = 1500

func (n *Network) nodeError(node string, cause error) *NodeError {
	path := n.home.Log(node)
	tail := lastWords(readTail(path, 64<<10))
	return &NodeError{Node: node, Log: path, Tail: tail, Advice: advise(cause, tail), Cause: cause}
}

// lastWords gives the end of a log, without the stack trace of a panic.
func lastWords(log string) string {
	if at := strings.LastIndex(log, "\npanic: "); at >= 0 {
		message, _, _ := strings.Cut(log[at+1:], "\n")
		log = log[:at+1] + message
	}
	if len(log) > tailBytes {
		_, log, _ = strings.Cut(log[len(log)-tailBytes:], "\n")
	}
	return log
}

// readTail gives the last bytes of a file, from the beginning of a line.
func readTail(path string, limit int64) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }() // read only
	if info, err := file.Stat(); err == nil && info.Size() > limit {
		if _, err := file.Seek(-limit, io.SeekEnd); err != nil {
			return ""
		}
	}
	content, err := io.ReadAll(io.LimitReader(file, limit))
	if err != nil {
		return ""
	}
	if int64(len(content)) == limit {
		if _, rest, ok := bytes.Cut(content, []byte("\n")); ok {
			content = rest
		}
	}
	return string(content)
}

// advise knows the failures that a user can mend.
func advise(cause error, log string) string {
	var taken *process.PortTaken
	if errors.As(cause, &taken) {
		return "end that process, or create the network on other ports in a new home (" + PortBaseVariable + ", DENGJI_HOME)"
	}
	text := log + cause.Error()
	for _, known := range []struct{ sign, advice string }{
		{"no space left on device", "free some disk space, then run: dengji network up"},
		{"address already in use", "see which process holds the port, then run: dengji network up"},
		{"permission denied", "the home folder must belong to the user who runs the network"},
		{"certificate has expired", "the certificates have run out; docs/operations.md tells how they are renewed"},
		{"panic:", "the data may be stale or damaged; a sandbox can be made anew with: dengji network reset"},
	} {
		if strings.Contains(text, known.sign) {
			return known.advice
		}
	}
	return "see the whole log with: dengji network logs NODE; a sandbox can be made anew with: dengji network reset"
}

// Free space below which a network is not started, and below which it is with a
// warning.
const (
	minimumFree = 300 << 20
	warnFree    = 2 << 30
)

// checkDisk refuses to start on a full disk, where Fabric would stop half-way.
func (n *Network) checkDisk() error {
	if err := os.MkdirAll(n.home.Network(), 0o700); err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(n.home.Network(), &disk); err != nil {
		return fmt.Errorf("launcher: %w", err)
	}
	free := int64(disk.Bavail) * disk.Bsize
	if free < minimumFree {
		return fmt.Errorf("the disk of %s has %d MB left, at least %d MB are needed: free some space", n.home, free>>20, minimumFree>>20)
	}
	if free < warnFree {
		n.progress.line("warning: the disk of %s has only %d MB left", n.home, free>>20)
	}
	return nil
}
