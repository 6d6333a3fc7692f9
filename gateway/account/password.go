package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

// Costs of a password hash: 19 MiB and two passes take some 20 ms.
const (
	argonMemoryKiB = 19 * 1024
	argonPasses    = 2
	argonThreads   = 1
	saltBytes      = 16
	hashBytes      = 32
)

// MaxPassword bounds a password in bytes, so that hashing one is never an attack.
const MaxPassword = 256

// hashing bounds the memory that concurrent logins can take.
var hashing = semaphore.NewWeighted(4)

var errHashForm = errors.New("account: stored password hash is malformed")

// hashPassword gives the PHC string of a password.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	sum, err := derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s$%s", hashPrefix(), encode(salt), encode(sum)), nil
}

// passwordMatches compares in constant time. A password under other costs than
// the present ones does not match: it has to be set again.
func passwordMatches(ctx context.Context, password, stored string) (bool, error) {
	rest, ok := strings.CutPrefix(stored, hashPrefix())
	if !ok {
		return false, errHashForm
	}
	saltText, sumText, ok := strings.Cut(rest, "$")
	if !ok {
		return false, errHashForm
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(saltText)
	want, sumErr := base64.RawStdEncoding.DecodeString(sumText)
	if saltErr != nil || sumErr != nil {
		return false, errHashForm
	}
	sum, err := derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, want) == 1, nil
}

func derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	if err := hashing.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("account: wait to hash: %w", err)
	}
	defer hashing.Release(1)
	return argon2.IDKey([]byte(password), salt, argonPasses, argonMemoryKiB, argonThreads, hashBytes), nil
}

func hashPrefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, argonMemoryKiB, argonPasses, argonThreads)
}

func encode(raw []byte) string { return base64.RawStdEncoding.EncodeToString(raw) }
