package backup

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/test/judge"
)

// run runs a program that has to succeed.
func run(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), judge.Program(t, program), arguments...).CombinedOutput()
	require.NoError(t, err, "%s: %s", program, output)
	return string(output)
}

func TestStockToolsOpenASnapshot(t *testing.T) {
	h := newHome(t)
	h.upload(t, 1)
	report := h.create(t)
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	require.NoError(t, os.WriteFile(at("key"), []byte(h.identity.String()+"\n"), 0o600))
	snapshot := h.reading(t).Place.path(report.ID)
	require.Contains(t, run(t, "sha256sum", snapshot), report.SHA256)
	run(t, "age", "--decrypt", "--identity", at("key"), "--output", at("snapshot.tar.zst"), snapshot)
	run(t, "zstd", "--decompress", "--quiet", at("snapshot.tar.zst"), "-o", at("snapshot.tar"))
	run(t, "tar", "--extract", "--file", at("snapshot.tar"), "--directory", folder)
	require.Equal(t, "20\n", run(t, "sqlite3", at("home/gateway/gateway.db"), "SELECT count(*) FROM audit_entries"))
	require.Equal(t, "ok\n", run(t, "sqlite3", at("home/gateway/gateway.db"), "PRAGMA integrity_check"))
	expected, err := os.ReadFile(h.at("gateway/slip-authority/signer-key.pem"))
	require.NoError(t, err)
	got, err := os.ReadFile(at("home/gateway/slip-authority/signer-key.pem"))
	require.NoError(t, err)
	require.Equal(t, expected, got)
	for _, path := range h.dataFiles(t) {
		digest, err := os.ReadFile(filepath.Join(h.place, contentFolder, "digests", filepath.Base(filepath.Dir(path)), filepath.Base(path)))
		require.NoError(t, err)
		require.Contains(t, run(t, "sha256sum", path), string(digest))
	}
}
