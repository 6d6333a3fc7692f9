package layout_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/layout"
)

func TestWriteReplacesAFileWholeAndWithItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "key.pem")
	require.NoError(t, layout.Write(path, []byte("one"), 0o644))
	require.NoError(t, layout.Write(path, []byte("two"), 0o600))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "two", string(content))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file stays")
	folder, err := os.Stat(filepath.Dir(path))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), folder.Mode().Perm())
}

func TestAFailedWriteLeavesTheOldContent(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	require.NoError(t, os.Mkdir(path, 0o700)) // a rename over a folder fails
	require.Error(t, layout.Write(path, []byte("new"), 0o600))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestKeysAndPublicMaterialLieApart(t *testing.T) {
	home := layout.Home("/home")
	require.Equal(t, "/home/network/public/Registrar/tls-root.pem", home.TLSRoot("Registrar"))
	require.Equal(t, "/home/network/organisations/Registrar/nodes/peer", home.Node("Registrar", "peer"))
	require.Equal(t, "/home/network/organisations/Registrar/identities/admin", home.Credential("Registrar", "admin"))
}
