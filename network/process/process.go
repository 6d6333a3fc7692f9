package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// markVariable is the environment variable that marks a process as ours: home
// folder and node name. The kernel keeps it as it was when the process started.
const markVariable = "DENGJI_NODE"

// maxEnvironment bounds what is read of a foreign process's environment.
const maxEnvironment = 1 << 20

// Specification says how to start a node.
type Specification struct {
	Name        string // unique within the home
	Executable  string
	Arguments   []string // never secrets: every user of the machine can read them
	Environment []string // added to a minimal environment
	Folder      string   // working folder
	Log         string   // file to which standard output and error are appended
}

// Running is a process found in the process table.
type Running struct {
	Name    string
	PID     int
	Started time.Time
}

func mark(home, name string) string { return markVariable + "=" + home + "\t" + name }

// Start starts a node detached from the caller. The node outlives it, and so no
// context ends it.
func Start(home string, s Specification) (Running, error) {
	if err := os.MkdirAll(filepath.Dir(s.Log), 0o700); err != nil {
		return Running{}, fmt.Errorf("process: %w", err)
	}
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Running{}, fmt.Errorf("process: %w", err)
	}
	defer func() { _ = log.Close() }() // the child has its own descriptor
	command := exec.CommandContext(context.Background(), s.Executable, s.Arguments...)
	command.Dir = s.Folder
	command.Env = append(minimalEnvironment(), s.Environment...)
	command.Env = append(command.Env, mark(home, s.Name))
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return Running{}, fmt.Errorf("process: start %s: %w", s.Name, err)
	}
	// Reaps the child if it ends before the caller does; its exit is seen in the
	// process table and explained by its log.
	go func() { _ = command.Wait() }()
	awaitMark(home, s.Name, command.Process.Pid)
	return Running{Name: s.Name, PID: command.Process.Pid, Started: time.Now()}, nil
}

// awaitMark waits until the process table shows the mark of a process that was
// just started: for a moment the kernel has the new program but not yet its
// environment. A process that has ended at once is the caller's to find.
func awaitMark(home, name string, pid int) {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if Alive(home, name, pid) || isZombie(pid) {
			return
		}
	}
}

// minimalEnvironment keeps what a program needs to run and nothing that could
// reconfigure Fabric by accident (CORE_..., ORDERER_..., FABRIC_...).
func minimalEnvironment() []string {
	var kept []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG", "TZ", "SSL_CERT_FILE"} {
		if value, ok := os.LookupEnv(name); ok {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}

// List finds all processes of a home, by node name.
func List(home string) (map[string]Running, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	found := map[string]Running{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if name, ok := markOf(home, pid); ok {
			found[name] = Running{Name: name, PID: pid, Started: startTime(pid)}
		}
	}
	return found, nil
}

// markOf reads the node name of a living process of this home. Only session
// leaders count: what a node itself starts inherits the mark but not the session.
func markOf(home string, pid int) (string, bool) {
	session, err := unix.Getsid(pid)
	if err != nil || session != pid || isZombie(pid) {
		return "", false
	}
	environment, ok := environmentOf(pid)
	if !ok {
		return "", false
	}
	prefix := []byte(mark(home, ""))
	for variable := range bytes.SplitSeq(environment, []byte{0}) {
		if name, ok := bytes.CutPrefix(variable, prefix); ok {
			return string(name), true
		}
	}
	return "", false
}

// environmentOf reads the environment that a process was started with. For a
// moment a process has none: while another program replaces it, and between its
// end and its entry as a zombie.
func environmentOf(pid int) ([]byte, bool) {
	for range 50 {
		environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if errors.Is(err, fs.ErrPermission) || len(environment) > maxEnvironment || isZombie(pid) { // another user's process, or it has ended
			return nil, false
		}
		if err == nil && len(environment) > 0 {
			return environment, true
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, false
}

func isZombie(pid int) bool {
	state, _ := statFields(pid)
	return state == "" || state == "Z" || state == "X"
}

// statFields gives the state and the start time in clock ticks of a process.
func statFields(pid int) (state string, startTicks int64) {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	// The second field is the command in parentheses and may hold spaces.
	_, rest, ok := strings.Cut(string(content[bytes.LastIndexByte(content, ')')+1:]), " ")
	fields := strings.Fields(rest)
	const startField = 22 - 3 // field 22 of proc(5), counted from the state
	if !ok || len(fields) <= startField {
		return "", 0
	}
	ticks, err := strconv.ParseInt(fields[startField], 10, 64)
	if err != nil {
		return "", 0
	}
	return fields[0], ticks
}

// startTime turns clock ticks since boot into a time. Linux has had 100 ticks a
// second in this interface on every platform since 2.6.
func startTime(pid int) time.Time {
	_, ticks := statFields(pid)
	info := unix.Sysinfo_t{}
	if ticks == 0 || unix.Sysinfo(&info) != nil {
		return time.Time{}
	}
	boot := time.Now().Add(-time.Duration(info.Uptime) * time.Second)
	return boot.Add(time.Duration(ticks) * 10 * time.Millisecond).Truncate(time.Second)
}

// ErrNotOurs says that a process is not, or no longer, the one that was found.
var ErrNotOurs = errors.New("process: not a process of this home")

// Stop asks a process to end, and ends it after the grace period. It signals
// through a pid descriptor whose process it has verified, so that a reused pid
// is never hit. A process that is gone is no error.
func Stop(ctx context.Context, home string, running Running, grace time.Duration) error {
	return end(ctx, home, running, []unix.Signal{unix.SIGTERM, unix.SIGKILL}, grace)
}

// Kill ends a process at once, as a crash would.
func Kill(ctx context.Context, home string, running Running) error {
	return end(ctx, home, running, []unix.Signal{unix.SIGKILL}, time.Minute)
}

// end sends signals one after another until the process has ended.
func end(ctx context.Context, home string, running Running, signals []unix.Signal, each time.Duration) error {
	descriptor, err := openVerified(home, running)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(descriptor) }() // a descriptor of ours, nothing to lose
	for _, signal := range signals {
		if err := unix.PidfdSendSignal(descriptor, signal, nil, 0); errors.Is(err, unix.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("process: signal %s: %w", running.Name, err)
		}
		if ended, err := waitEnd(ctx, descriptor, each); ended || err != nil {
			return err
		}
	}
	return fmt.Errorf("process: %s, pid %d, does not end", running.Name, running.PID)
}

// openVerified gives a pid descriptor of a process that is the one that was found.
// unix.ESRCH says that it has ended.
func openVerified(home string, running Running) (int, error) {
	descriptor, err := unix.PidfdOpen(running.PID, 0)
	if err != nil {
		return 0, fmt.Errorf("process: %s: %w", running.Name, err)
	}
	if Alive(home, running.Name, running.PID) {
		return descriptor, nil
	}
	err = fmt.Errorf("%w: %s, pid %d", ErrNotOurs, running.Name, running.PID)
	if isZombie(running.PID) {
		err = unix.ESRCH
	}
	return 0, errors.Join(err, unix.Close(descriptor))
}

// waitEnd waits until the process ends or the time is over. A pid descriptor
// becomes readable when its process ends.
func waitEnd(ctx context.Context, descriptor int, limit time.Duration) (bool, error) {
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		poll := []unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}
		count, err := unix.Poll(poll, 100)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return false, fmt.Errorf("process: %w", err)
		}
		if count > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Alive says whether the process with this pid is still the node of that name.
func Alive(home, name string, pid int) bool {
	found, ok := markOf(home, pid)
	return ok && found == name
}
