//go:build integration

package kubotest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binary builds kubo, once, into Go's own cache. It takes some minutes where the
// cache is cold.
var binary = sync.OnceValues(func() (string, error) {
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	command := exec.Command("go", "tool", "-n", "ipfs")
	command.Dir = filepath.Join(filepath.Dir(string(module)), "gateway", "evidence", "kubotest", "kubo")
	command.Env = append(os.Environ(), "GOWORK=off")
	command.Stderr = os.Stderr
	path, err := command.Output()
	return strings.TrimSpace(string(path)), err
})

// Repository is an empty repository of kubo, with no network.
type Repository struct {
	folder string
	binary string
}

// New makes a repository that ends with the test.
func New(t testing.TB) Repository {
	t.Helper()
	path, err := binary()
	require.NoError(t, err, "build kubo")
	repository := Repository{folder: t.TempDir(), binary: path}
	repository.Run(t, nil, "init", "--empty-repo", "--profile=test")
	repository.Run(t, nil, "config", "Addresses.API", "/ip4/127.0.0.1/tcp/0")
	repository.Run(t, nil, "config", "--json", "Addresses.Gateway", "[]")
	repository.Run(t, nil, "config", "--json", "Addresses.Swarm", "[]")
	return repository
}

// Run runs a command of kubo and gives the text that it printed.
func (r Repository) Run(t testing.TB, input []byte, arguments ...string) string {
	t.Helper()
	return strings.TrimSpace(string(r.Output(t, input, arguments...)))
}

// Output runs a command of kubo and gives the bytes that it printed.
func (r Repository) Output(t testing.TB, input []byte, arguments ...string) []byte {
	t.Helper()
	command := r.command(t.Context(), arguments...)
	command.Stdin = bytes.NewReader(input)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	output, err := command.Output()
	require.NoError(t, err, "ipfs %s: %s", strings.Join(arguments, " "), complaint.String())
	return output
}

func (r Repository) command(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, r.binary, arguments...)
	command.Env = append(os.Environ(), "IPFS_PATH="+r.folder, "IPFS_TELEMETRY=off")
	return command
}

// Serve runs a daemon until the test ends and gives the address of its RPC.
func (r Repository) Serve(t testing.TB) string {
	t.Helper()
	daemon := r.command(context.Background(), "daemon", "--offline", "--migrate=false")
	var output bytes.Buffer
	daemon.Stdout, daemon.Stderr = &output, &output
	daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Signal(os.Interrupt)
		_ = daemon.Wait()
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		address, err := os.ReadFile(filepath.Join(r.folder, "api"))
		if err == nil && len(address) > 0 {
			parts := strings.Split(strings.TrimSpace(string(address)), "/") // /ip4/127.0.0.1/tcp/5001
			return "http://" + parts[2] + ":" + parts[4]
		}
	}
	require.Fail(t, "kubo does not serve", output.String())
	return ""
}
