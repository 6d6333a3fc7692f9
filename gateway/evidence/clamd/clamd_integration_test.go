//go:build integration

package clamd

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the form of clamd's signatures
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/test/judge"
)

// realDaemon runs ClamAV's own daemon with one signature and a limit of 1 MiB.
func realDaemon(t *testing.T, malware []byte) *Scanner {
	t.Helper()
	binary := judge.Program(t, "clamd")
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o755))                                        //nolint:gosec // clamd reads its signatures as whom it likes
	signature := fmt.Sprintf("%x:%d:Test.Signature\n", md5.Sum(malware), len(malware)) //nolint:gosec // as above
	require.NoError(t, os.WriteFile(filepath.Join(folder, "test.hdb"), []byte(signature), 0o600))
	socket := filepath.Join(folder, "clamd.sock")
	settings := fmt.Sprintf("LocalSocket %s\nDatabaseDirectory %s\nForeground yes\nStreamMaxLength 1M\n", socket, folder)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "clamd.conf"), []byte(settings), 0o600))

	daemon := exec.CommandContext(context.Background(), binary, "--config-file="+filepath.Join(folder, "clamd.conf"))
	var output bytes.Buffer
	daemon.Stdout, daemon.Stderr = &output, &output
	daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	scanner := New(Options{Network: "unix", Address: socket})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := scanner.Check(t.Context())
		if err == nil {
			return scanner
		}
		require.True(t, time.Now().Before(deadline), "clamd does not answer: %v\n%s", err, output.String())
	}
}

func TestARealClamdIsUnderstood(t *testing.T) {
	malware := bytes.Repeat([]byte("this file is called malware by the test's signature\n"), 3000)
	scanner := realDaemon(t, malware)
	cases := map[string]struct {
		content []byte
		code    fault.Code
	}{
		"an empty file":          {nil, ""},
		"a clean file":           {[]byte("clean"), ""},
		"a file of many pieces":  {bytes.Repeat([]byte("clean "), 100_000), ""},
		"malware":                {malware, fault.MalwareFound},
		"a file over its limit":  {make([]byte, 2<<20), fault.FileTooLarge},
		"a file far over it":     {make([]byte, 64<<20), fault.FileTooLarge},
		"malware but for a byte": {malware[1:], ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := scanner.Scan(t.Context(), bytes.NewReader(c.content))
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			if c.code == fault.MalwareFound {
				require.Contains(t, fault.Of(err).Values["signature"], "Test.Signature")
			}
		})
	}
}
