package sealing

import (
	"context"
	"errors"
)

// Errors that callers tell apart. They are wrapped with what was opened.
var (
	// ErrDamaged: the sealed bytes are not what was sealed, or not in this context.
	ErrDamaged = errors.New("sealing: authentication failed")
	// ErrUnknownKey: the master key that sealed it is not at hand.
	ErrUnknownKey = errors.New("sealing: the master key is not in the key ring")
)

// MaxSecret is the largest secret that a Sealer takes, in bytes.
const MaxSecret = 128 << 10

// Sealer seals small secrets, such as data keys and query codes, under a master
// key that never leaves it. A KeyRing is one; a key service or HSM can stand
// behind another. Implementations MUST be safe for concurrent use.
type Sealer interface {
	// Seal encrypts a secret of at most MaxSecret bytes under the current master
	// key. The context is authenticated, not stored: Open needs the same one.
	Seal(ctx context.Context, secret []byte, context string) (string, error)
	// Open gives the secret back. It fails with ErrDamaged or ErrUnknownKey, or
	// with the key service's own error.
	Open(ctx context.Context, sealed, context string) ([]byte, error)
	// IsCurrent reports whether the current master key sealed it, so that a
	// rotation knows what is left to seal anew.
	IsCurrent(sealed string) bool
}
