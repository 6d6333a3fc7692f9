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

// Costs are what a password hash takes of argon2id (RFC 9106).
type Costs struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// Advised are costs that a service MUST NOT go below: 19 MiB and two passes take
// some 20 ms.
var Advised = Costs{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

const (
	saltBytes = 16
	hashBytes = 32
)

// MaxPassword bounds a password in bytes, so that hashing one is never an attack.
const MaxPassword = 256

// hashing bounds the memory that concurrent logins can take.
var hashing = semaphore.NewWeighted(4)

var errHashForm = errors.New("account: stored password hash is malformed")

// hash gives the PHC string of a password.
func (c Costs) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	sum, err := c.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%s$%s", c.prefix(), encode(salt), encode(sum)), nil
}

// matches compares in constant time. A password under other costs than
// the present ones does not match: it has to be set again.
func (c Costs) matches(ctx context.Context, password, stored string) (bool, error) {
	rest, ok := strings.CutPrefix(stored, c.prefix())
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
	sum, err := c.derive(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, want) == 1, nil
}

func (c Costs) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	if err := hashing.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("account: wait to hash: %w", err)
	}
	defer hashing.Release(1)
	return argon2.IDKey([]byte(password), salt, c.Passes, c.MemoryKiB, c.Threads, hashBytes), nil
}

func (c Costs) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.MemoryKiB, c.Passes, c.Threads)
}

func encode(raw []byte) string { return base64.RawStdEncoding.EncodeToString(raw) }
