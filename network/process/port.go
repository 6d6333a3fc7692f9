package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// PortTaken says that an address cannot be listened on, and who holds it where
// the kernel lets us know.
type PortTaken struct {
	Address string
	PID     int    // 0: unknown, such as another user's process
	Command string // command line of the holder
}

func (e *PortTaken) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("address %s is taken by a process that this user may not see", e.Address)
	}
	return fmt.Sprintf("address %s is taken by process %d (%s)", e.Address, e.PID, e.Command)
}

// CheckFree tries to listen on an address. The error is a *PortTaken where
// another process listens there.
func CheckFree(ctx context.Context, address string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return listener.Close()
	}
	if !isInUse(err) {
		return fmt.Errorf("process: cannot listen on %s: %w", address, err)
	}
	taken := &PortTaken{Address: address}
	if _, port, splitErr := net.SplitHostPort(address); splitErr == nil {
		taken.PID, taken.Command = holder(port)
	}
	return taken
}

// holder finds the process that listens on a TCP port: its socket's inode from
// /proc/net/tcp, then the process that has that socket open.
func holder(port string) (int, string) {
	number, err := strconv.Atoi(port)
	if err != nil {
		return 0, ""
	}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for _, inode := range listeningInodes(string(content), number) {
			if pid := socketOwner(inode); pid != 0 {
				return pid, commandLine(pid)
			}
		}
	}
	return 0, ""
}

// listeningInodes reads a table of /proc/net/tcp's form.
func listeningInodes(table string, port int) []string {
	const listening = "0A"
	suffix := fmt.Sprintf(":%04X", port)
	var inodes []string
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) > 9 && fields[3] == listening && strings.HasSuffix(fields[1], suffix) {
			inodes = append(inodes, fields[9])
		}
	}
	return inodes
}

func socketOwner(inode string) int {
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil { // the pattern is constant and valid
		return 0
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+inode+"]" {
			pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
			return pid
		}
	}
	return 0
}

func commandLine(pid int) string {
	const limit = 200
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return "?"
	}
	text := strings.TrimSpace(strings.ReplaceAll(string(content), "\x00", " "))
	if len(text) > limit {
		text = text[:limit] + "..."
	}
	return text
}

func isInUse(err error) bool {
	return errors.Is(err, unix.EADDRINUSE)
}
