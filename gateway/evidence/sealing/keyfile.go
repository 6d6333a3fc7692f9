package sealing

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"dengji/gateway/evidence/durable"
)

// maxKeyFile bounds what is read of a key file, in bytes: over 1,000 keys.
const maxKeyFile = 64 << 10

// LoadKeyFile reads the master keys of a file: one key of 32 hex digits a line,
// oldest first. It refuses a file that others than its owner may read.
func LoadKeyFile(path string) (*KeyRing, error) {
	text, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	ring, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return ring, nil
}

// LoadKeyEnvironment reads the master keys of an environment variable, in the form
// of ParseKeys.
func LoadKeyEnvironment(variable string) (*KeyRing, error) {
	text, set := os.LookupEnv(variable)
	if !set {
		return nil, fmt.Errorf("sealing: environment variable %s is not set", variable)
	}
	ring, err := ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("environment variable %s: %w", variable, err)
	}
	return ring, nil
}

// ParseKeys reads keys of 32 hex digits, apart by white space, oldest first. Its
// errors never quote a key.
func ParseKeys(text string) (*KeyRing, error) {
	var keys [][]byte
	for i, word := range strings.Fields(text) {
		key, err := hex.DecodeString(word)
		if err != nil || len(key) != KeySize {
			return nil, fmt.Errorf("sealing: key %d is not %d hex digits", i+1, 2*KeySize)
		}
		keys = append(keys, key)
	}
	return NewKeyRing(keys...)
}

// CreateKeyFile writes a file with one fresh master key, for its owner alone. An
// existing file stays as it is: losing a master key loses everything under it.
func CreateKeyFile(path string) error {
	key, err := newKeyLine()
	if err != nil {
		return err
	}
	err = durable.CreateFile(path, []byte(key))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// AddKey appends a fresh master key to a key file. A ring loaded from then on seals
// with it, and still opens what the older ones sealed. The file is replaced as a
// whole, so that a crash leaves the old or the new.
func AddKey(path string) error {
	text, err := readKeyFile(path)
	if err != nil {
		return err
	}
	key, err := newKeyLine()
	if err != nil {
		return err
	}
	return durable.ReplaceFile(path, []byte(strings.TrimSpace(text)+"\n"+key))
}

func newKeyLine() (string, error) {
	key := make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("sealing: random key: %w", err)
	}
	return hex.EncodeToString(key) + "\n", nil
}

func readKeyFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("sealing: key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("sealing: key file %s may be read by others than its owner (mode %04o, want 0600)", path, info.Mode().Perm())
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return "", fmt.Errorf("sealing: key file %s is not a regular file of at most %d bytes", path, maxKeyFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("sealing: key file: %w", err)
	}
	return string(text), nil
}
