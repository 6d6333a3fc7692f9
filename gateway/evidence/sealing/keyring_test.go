package sealing

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	keyA = "0123456789abcdeffedcba9876543210"
	keyB = "000102030405060708090a0b0c0d0e0f"
)

func ring(t testing.TB, text string) *KeyRing {
	t.Helper()
	keys, err := ParseKeys(text)
	require.NoError(t, err)
	return keys
}

func TestASecretOpensUnderItsKeyAndContextAlone(t *testing.T) {
	sealer := ring(t, keyA)
	sealed, err := sealer.Seal(t.Context(), []byte("0123456789ABCDEF"), "query code of A-1")
	require.NoError(t, err)
	require.NotContains(t, sealed, "0123456789ABCDEF")

	secret, err := ring(t, keyA+" "+keyB).Open(t.Context(), sealed, "query code of A-1")
	require.NoError(t, err)
	require.Equal(t, "0123456789ABCDEF", string(secret))

	_, err = sealer.Open(t.Context(), sealed, "query code of A-2")
	require.ErrorIs(t, err, ErrDamaged)
	_, err = ring(t, keyB).Open(t.Context(), sealed, "query code of A-1")
	require.ErrorIs(t, err, ErrUnknownKey)
}

func TestSealingTwiceGivesDifferentForms(t *testing.T) {
	sealer := ring(t, keyA)
	first, err := sealer.Seal(t.Context(), []byte("x"), "c")
	require.NoError(t, err)
	second, err := sealer.Seal(t.Context(), []byte("x"), "c")
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestASecretWithAnyCharacterChangedDoesNotOpen(t *testing.T) {
	sealer := ring(t, keyA)
	sealed, err := sealer.Seal(t.Context(), []byte("secret"), "context")
	require.NoError(t, err)
	for i := range sealed {
		changed := []byte(sealed)
		changed[i] = map[bool]byte{true: 'b', false: 'a'}[changed[i] == 'a']
		_, err := sealer.Open(t.Context(), string(changed), "context")
		require.Error(t, err, "character %d", i)
	}
	for length := range sealed {
		_, err := sealer.Open(t.Context(), sealed[:length], "context")
		require.Error(t, err, "cut to %d", length)
	}
}

func TestTheLastKeyOfARingSeals(t *testing.T) {
	sealed, err := ring(t, keyA).Seal(t.Context(), []byte("x"), "c")
	require.NoError(t, err)
	require.True(t, ring(t, keyA).IsCurrent(sealed))
	require.True(t, ring(t, keyB+" "+keyA).IsCurrent(sealed))
	require.False(t, ring(t, keyA+" "+keyB).IsCurrent(sealed))
	require.False(t, ring(t, keyA).IsCurrent("nonsense"))
}

func TestASecretOverTheLimitIsRefused(t *testing.T) {
	sealer := ring(t, keyA)
	sealed, err := sealer.Seal(t.Context(), make([]byte, MaxSecret), "c")
	require.NoError(t, err)
	_, err = sealer.Open(t.Context(), sealed, "c")
	require.NoError(t, err)
	_, err = sealer.Seal(t.Context(), make([]byte, MaxSecret+1), "c")
	require.Error(t, err)
}

func TestEverySecretComesBack(t *testing.T) {
	sealer := ring(t, keyA)
	rapid.Check(t, func(r *rapid.T) {
		secret := rapid.SliceOf(rapid.Byte()).Draw(r, "secret")
		context := rapid.String().Draw(r, "context")
		sealed, err := sealer.Seal(t.Context(), secret, context)
		require.NoError(r, err)
		opened, err := sealer.Open(t.Context(), sealed, context)
		require.NoError(r, err)
		require.True(r, bytes.Equal(secret, opened))
	})
}

func FuzzOpeningWhatAnybodyWrote(f *testing.F) {
	sealer := ring(f, keyA)
	sealed, err := sealer.Seal(f.Context(), []byte("secret"), "context")
	require.NoError(f, err)
	f.Add(sealed)
	f.Add(secretForm + "." + sealer.current.id + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 28)))
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		secret, err := sealer.Open(t.Context(), text, "context")
		if err == nil && (text != sealed || string(secret) != "secret") {
			t.Fatalf("%q opened", text)
		}
	})
}

func TestKeysOfABadFormAreRefusedWithoutQuotingThem(t *testing.T) {
	cases := map[string]string{
		"nothing":            " \n",
		"a digit too few":    keyA[1:],
		"a digit too many":   keyA + "0",
		"no hex":             strings.Repeat("g", 32),
		"a bad one of two":   keyA + "\n" + keyB[2:],
		"a key of SM4 twice": keyA + keyA,
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParseKeys(text)
			require.Error(t, err)
			for _, word := range strings.Fields(text) {
				require.NotContains(t, err.Error(), word)
			}
		})
	}
}

func TestAKeyFileIsCreatedOnceForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	require.NoError(t, CreateKeyFile(path))
	first, err := os.ReadFile(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, CreateKeyFile(path))
	second, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, first, second)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}

func TestAnAddedKeySealsAndTheOldOneStillOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	require.NoError(t, CreateKeyFile(path))
	before, err := LoadKeyFile(path)
	require.NoError(t, err)
	sealed, err := before.Seal(t.Context(), []byte("x"), "c")
	require.NoError(t, err)

	require.NoError(t, AddKey(path))
	after, err := LoadKeyFile(path)
	require.NoError(t, err)
	require.False(t, after.IsCurrent(sealed))
	secret, err := after.Open(t.Context(), sealed, "c")
	require.NoError(t, err)
	require.Equal(t, "x", string(secret))
}

func TestAKeyFileThatOthersMayReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	require.NoError(t, CreateKeyFile(path))
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o644} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := LoadKeyFile(path)
		require.ErrorContains(t, err, "may be read by others")
		require.Error(t, AddKey(path))
	}
	_, err := LoadKeyFile(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestKeysComeFromTheEnvironmentToo(t *testing.T) {
	t.Setenv("DENGJI_TEST_MASTER_KEYS", keyA+","+keyB)
	_, err := LoadKeyEnvironment("DENGJI_TEST_MASTER_KEYS")
	require.Error(t, err, "keys stand apart by white space")
	t.Setenv("DENGJI_TEST_MASTER_KEYS", keyA+" "+keyB)
	keys, err := LoadKeyEnvironment("DENGJI_TEST_MASTER_KEYS")
	require.NoError(t, err)
	require.Len(t, keys.byID, 2)
	_, err = LoadKeyEnvironment("DENGJI_TEST_NOT_SET")
	require.Error(t, err)
}
