package evidence

import (
	"fmt"
	"os"
	"syscall"
)

// turns let processes of one host take turns at changing headers: many may commit
// at once, and while one of them seals a header anew nobody else changes any. A
// turn lasts as long as its file is open, so that a process that dies gives it up.
type turns struct{ path string } // "": this process is the only one

// commit waits until nobody seals anew, and gives what ends the turn.
func (t turns) commit() (end func(), err error) { return t.take(syscall.LOCK_SH) }

// reseal waits until nobody else changes a header.
func (t turns) reseal() (end func(), err error) { return t.take(syscall.LOCK_EX) }

func (t turns) take(how int) (func(), error) {
	if t.path == "" {
		return func() {}, nil
	}
	file, err := os.OpenFile(t.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("evidence: turn: %w", err)
	}
	for {
		err = syscall.Flock(int(file.Fd()), how) //nolint:gosec // a descriptor fits an int
		if err != syscall.EINTR {                //nolint:errorlint // as the system call gives it
			break
		}
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("evidence: turn: %w", err)
	}
	return func() { _ = file.Close() }, nil
}
