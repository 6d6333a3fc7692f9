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

// Bounds of the costs that a stored hash may name.
const (
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
)

// stored is a password hash as the database keeps it.
type stored struct {
	costs     Costs
	salt, sum []byte
}

// parseHash reads a PHC string of argon2id.
func parseHash(text string) (stored, error) {
	var read stored
	var version int
	fields := strings.Split(text, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" {
		return read, errHashForm
	}
	_, versionErr := fmt.Sscanf(fields[2], "v=%d", &version)
	_, costsErr := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &read.costs.MemoryKiB, &read.costs.Passes, &read.costs.Threads)
	var saltErr, sumErr error
	read.salt, saltErr = base64.RawStdEncoding.DecodeString(fields[4])
	read.sum, sumErr = base64.RawStdEncoding.DecodeString(fields[5])
	if errors.Join(versionErr, costsErr, saltErr, sumErr) != nil || version != argon2.Version || !read.costs.bounded() || len(read.sum) != hashBytes {
		return read, errHashForm
	}
	return read, nil
}

func (c Costs) bounded() bool {
	return c.Passes >= 1 && c.Passes <= maxPasses && c.Threads >= 1 && c.MemoryKiB <= maxMemoryKiB
}

// matches compares in constant time, under the costs that the hash was made with.
func (s stored) matches(ctx context.Context, password string) (bool, error) {
	sum, err := s.costs.derive(ctx, password, s.salt)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, s.sum) == 1, nil
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
