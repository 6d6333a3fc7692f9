package sealing

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// KeySize is the size of an SM4 key in bytes.
const KeySize = 16

// secretForm names the algorithm and version of a sealed secret. Its form is
// secretForm "." key id "." base64url(nonce, ciphertext, tag).
const secretForm = "sm4-gcm-v1"

// KeyRing holds master keys in memory and seals with the last one. It is
// read-only once made, and so safe for concurrent use.
type KeyRing struct {
	current masterKey
	byID    map[string]masterKey
}

type masterKey struct {
	id   string
	aead cipher.AEAD
}

var _ Sealer = (*KeyRing)(nil)

// NewKeyRing makes a ring of keys, oldest first. The last one seals; all open.
func NewKeyRing(keys ...[]byte) (*KeyRing, error) {
	if len(keys) == 0 {
		return nil, errors.New("sealing: a key ring needs a key")
	}
	ring := &KeyRing{byID: make(map[string]masterKey, len(keys))}
	for _, key := range keys {
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		ring.current = masterKey{id: keyID(key), aead: aead}
		ring.byID[ring.current.id] = ring.current
	}
	return ring, nil
}

// Seal implements Sealer.
func (r *KeyRing) Seal(_ context.Context, secret []byte, context string) (string, error) {
	if len(secret) > MaxSecret {
		return "", fmt.Errorf("sealing: a secret of %d bytes is over %d", len(secret), MaxSecret)
	}
	nonce := make([]byte, r.current.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("sealing: random nonce: %w", err)
	}
	sealed := r.current.aead.Seal(nonce, nonce, secret, secretContext(r.current.id, context))
	return secretForm + "." + r.current.id + "." + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open implements Sealer.
func (r *KeyRing) Open(_ context.Context, sealed, context string) ([]byte, error) {
	id, content, err := parseSecret(sealed)
	if err != nil {
		return nil, err
	}
	key, known := r.byID[id]
	if !known {
		return nil, fmt.Errorf("%w: key %s", ErrUnknownKey, id)
	}
	nonceSize := key.aead.NonceSize()
	if len(content) < nonceSize+key.aead.Overhead() {
		return nil, fmt.Errorf("%w: sealed secret is too short", ErrDamaged)
	}
	secret, err := key.aead.Open(nil, content[:nonceSize], content[nonceSize:], secretContext(id, context))
	if err != nil {
		return nil, fmt.Errorf("%w: sealed secret under key %s", ErrDamaged, id)
	}
	return secret, nil
}

// IsCurrent implements Sealer.
func (r *KeyRing) IsCurrent(sealed string) bool {
	id, _, err := parseSecret(sealed)
	return err == nil && id == r.current.id
}

func parseSecret(sealed string) (id string, content []byte, err error) {
	parts := strings.Split(sealed, ".")
	if len(sealed) > 2*MaxSecret || len(parts) != 3 || parts[0] != secretForm {
		return "", nil, fmt.Errorf("%w: not a secret of the form %s", ErrDamaged, secretForm)
	}
	content, err = base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return "", nil, fmt.Errorf("%w: sealed secret is no base64", ErrDamaged)
	}
	return parts[1], content, nil
}

// secretContext authenticates everything that the sealed form says beside the
// ciphertext.
func secretContext(id, context string) []byte {
	return []byte(secretForm + "." + id + "." + context)
}

// keyID names a master key without telling anything about it.
func keyID(key []byte) string {
	sum := sm3.Sum(append([]byte("dengji master key id\x00"), key...))
	return hex.EncodeToString(sum[:8])
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("sealing: a key has %d bytes, not %d", KeySize, len(key))
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("sealing: SM4: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sealing: GCM: %w", err)
	}
	return aead, nil
}
