package process

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func startSleeper(t *testing.T, home, name string, script string) Running {
	t.Helper()
	running, err := Start(home, Specification{
		Name: name, Executable: "/bin/sh", Arguments: []string{"-c", script},
		Folder: t.TempDir(), Log: filepath.Join(home, name+".log"), Environment: []string{"GREETING=hello"},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		if Alive(home, name, running.PID) {
			require.NoError(t, Kill(context.Background(), home, running))
		}
	})
	return running
}

func TestAStartedProcessIsFoundByItsMarkAndEnds(t *testing.T) {
	ctx, home := context.Background(), t.TempDir()
	started := startSleeper(t, home, "node", "echo $GREETING; exec sleep 600")
	found, err := List(home)
	require.NoError(t, err)
	require.Equal(t, started.PID, found["node"].PID)
	require.WithinDuration(t, time.Now(), found["node"].Started, 2*time.Minute)
	session, err := unix.Getsid(started.PID)
	require.NoError(t, err)
	require.Equal(t, started.PID, session, "it is detached in a session of its own")

	require.Eventually(t, func() bool {
		said, err := os.ReadFile(filepath.Join(home, "node.log"))
		return err == nil && string(said) == "hello\n"
	}, time.Minute, time.Millisecond, "it has its environment and its log")
	require.NoError(t, Stop(ctx, home, started, time.Minute))
	require.False(t, Alive(home, "node", started.PID))
	found, err = List(home)
	require.NoError(t, err)
	require.Empty(t, found)
	log, err := os.ReadFile(filepath.Join(home, "node.log"))
	require.NoError(t, err)
	require.Equal(t, "hello\n", string(log))
	require.NoError(t, Stop(ctx, home, started, time.Minute), "stopping what has ended is no error")
}

func TestAProcessThatIgnoresTheRequestIsEndedAfterTheGracePeriod(t *testing.T) {
	home := t.TempDir()
	ready := filepath.Join(home, "ready")
	started := startSleeper(t, home, "stubborn", "trap '' TERM; : >"+ready+"; while :; do sleep 1; done")
	require.Eventually(t, func() bool { _, err := os.Stat(ready); return err == nil }, time.Minute, time.Millisecond)
	require.NoError(t, Stop(context.Background(), home, started, 100*time.Millisecond))
	require.False(t, Alive(home, "stubborn", started.PID))
}

func TestOnlyWhatThisHomeStartedIsSignalled(t *testing.T) {
	ctx, home := context.Background(), t.TempDir()
	t.Run("a process that nobody marked", func(t *testing.T) {
		foreign := exec.Command("sleep", "600")
		require.NoError(t, foreign.Start())
		defer func() { _ = foreign.Wait() }()
		defer func() { _ = foreign.Process.Kill() }()
		pretended := Running{Name: "node", PID: foreign.Process.Pid}
		require.ErrorIs(t, Stop(ctx, home, pretended, time.Second), ErrNotOurs)
		require.ErrorIs(t, Kill(ctx, home, pretended), ErrNotOurs)
		require.NoError(t, unix.Kill(foreign.Process.Pid, 0), "it lives")
	})
	t.Run("a process of another home", func(t *testing.T) {
		other := t.TempDir()
		started := startSleeper(t, other, "node", "exec sleep 600")
		require.ErrorIs(t, Stop(ctx, home, started, time.Second), ErrNotOurs)
		require.True(t, Alive(other, "node", started.PID))
		found, err := List(home)
		require.NoError(t, err)
		require.Empty(t, found)
	})
	t.Run("a process of this home under another name, as after a pid was reused", func(t *testing.T) {
		started := startSleeper(t, home, "second", "exec sleep 600")
		require.ErrorIs(t, Stop(ctx, home, Running{Name: "first", PID: started.PID}, time.Second), ErrNotOurs)
		require.True(t, Alive(home, "second", started.PID))
	})
	t.Run("what a node itself starts is not taken for the node", func(t *testing.T) {
		pidFile := filepath.Join(home, "child")
		started := startSleeper(t, home, "parent", "sleep 600 & echo $! >"+pidFile+".new; mv "+pidFile+".new "+pidFile+"; wait")
		require.Eventually(t, func() bool { _, err := os.Stat(pidFile); return err == nil }, time.Minute, time.Millisecond)
		found, err := List(home)
		require.NoError(t, err)
		require.Equal(t, started.PID, found["parent"].PID)
		content, err := os.ReadFile(pidFile)
		require.NoError(t, err)
		child, err := strconv.Atoi(string(content[:len(content)-1]))
		require.NoError(t, err)
		require.NoError(t, unix.Kill(child, unix.SIGKILL)) // started by this test
	})
}

func TestSettingsOfTheCallersShellDoNotReachFabric(t *testing.T) {
	t.Setenv("CORE_PEER_LOCALMSPID", "Evil")
	home := t.TempDir()
	started := startSleeper(t, home, "node", "echo ${CORE_PEER_LOCALMSPID-unset}; exec sleep 600")
	require.Eventually(t, func() bool {
		content, err := os.ReadFile(filepath.Join(home, "node.log"))
		return err == nil && string(content) == "unset\n"
	}, time.Minute, time.Millisecond)
	require.True(t, Alive(home, "node", started.PID))
}

func TestATakenPortNamesItsHolder(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	var taken *PortTaken
	require.ErrorAs(t, CheckFree(context.Background(), address), &taken)
	require.Equal(t, os.Getpid(), taken.PID)
	require.Contains(t, taken.Command, filepath.Base(os.Args[0]))
	require.Contains(t, taken.Error(), address)
	require.NoError(t, listener.Close())
	require.NoError(t, CheckFree(context.Background(), address))
}

func TestAnAddressOfAnotherMachineIsNoTakenPort(t *testing.T) {
	err := CheckFree(context.Background(), "192.0.2.1:17000")
	require.Error(t, err)
	var taken *PortTaken
	require.False(t, errors.As(err, &taken))
}

func TestListeningInodesReadsOnlyListenersOfThePort(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4268 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1 0 100 0 0 10 0
   1: 0100007F:4268 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 22222 1 0 100 0 0 10 0
   2: 0100007F:4269 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33333 1 0 100 0 0 10 0
   3: short line
`
	require.Equal(t, []string{"11111"}, listeningInodes(table, 0x4268))
	require.Empty(t, listeningInodes(table, 80))
}
