package sealing

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/durable"
)

func TestAKeyFileIsFollowedWhileItIsInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master-key")
	require.NoError(t, CreateKeyFile(path))
	following, err := OpenKeyFile(path)
	require.NoError(t, err)
	before, err := following.Seal(t.Context(), []byte("before"), "c")
	require.NoError(t, err)
	require.True(t, following.IsCurrent(before))

	require.NoError(t, AddKey(path))
	require.False(t, following.IsCurrent(before), "a new key seals from now on")
	after, err := following.Seal(t.Context(), []byte("after"), "c")
	require.NoError(t, err)
	require.True(t, following.IsCurrent(after))
	secret, err := following.Open(t.Context(), before, "c")
	require.NoError(t, err)
	require.Equal(t, "before", string(secret))
}

func TestWhatAnotherProcessSealedUnderANewKeyIsOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master-key")
	require.NoError(t, CreateKeyFile(path))
	following, err := OpenKeyFile(path)
	require.NoError(t, err)
	require.NoError(t, AddKey(path))
	another, err := LoadKeyFile(path)
	require.NoError(t, err)
	sealed, err := another.Seal(t.Context(), []byte("x"), "c")
	require.NoError(t, err)
	secret, err := following.Open(t.Context(), sealed, "c")
	require.NoError(t, err)
	require.Equal(t, "x", string(secret))
}

func TestAKeyFileThatCannotBeReadLeavesTheKeysThatAreThere(t *testing.T) {
	breaks := map[string]func(path string) error{
		"a file that is gone":         os.Remove,
		"a file that is no key file":  func(path string) error { return durable.ReplaceFile(path, []byte("no key\n")) },
		"a file that others can read": func(path string) error { return os.Chmod(path, 0o644) },
	}
	for name, spoil := range breaks {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master-key")
			require.NoError(t, CreateKeyFile(path))
			following, err := OpenKeyFile(path)
			require.NoError(t, err)
			sealed, err := following.Seal(t.Context(), []byte("x"), "c")
			require.NoError(t, err)
			require.NoError(t, spoil(path))
			require.True(t, following.IsCurrent(sealed))
			_, err = following.Seal(t.Context(), []byte("y"), "c")
			require.NoError(t, err)
			_, err = following.Open(t.Context(), sealed, "c")
			require.NoError(t, err)
			_, err = OpenKeyFile(path)
			require.Error(t, err, "but nothing starts with it")
		})
	}
}
