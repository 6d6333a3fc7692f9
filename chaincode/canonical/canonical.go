// Package canonical gives every document one byte form (RFC 8785) and one digest
// (SM3, GB/T 32905), so that ledger, gateway and outsiders compute the same.
package canonical

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/gowebpki/jcs"
)

// DigestPrefix names the digest's algorithm in every digest string.
const DigestPrefix = "sm3:"

// JSON gives the RFC 8785 form of a value. Equal values give equal bytes.
func JSON(value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("canonical: marshal: %w", err)
	}
	canonical, err := jcs.Transform(plain)
	if err != nil {
		return nil, fmt.Errorf("canonical: transform: %w", err)
	}
	return canonical, nil
}

// Digest gives the digest string of a value's canonical form.
func Digest(value any) (string, error) {
	canonical, err := JSON(value)
	if err != nil {
		return "", err
	}
	return DigestOf(canonical), nil
}

// DigestOf gives the digest string of bytes: "sm3:" and 64 lower-case hex digits.
func DigestOf(content []byte) string {
	sum := sm3.Sum(content)
	return DigestPrefix + hex.EncodeToString(sum[:])
}

// IsDigest reports whether text has the form of a digest string.
func IsDigest(text string) bool {
	digits, named := strings.CutPrefix(text, DigestPrefix)
	return named && len(digits) == 64 && strings.Trim(digits, "0123456789abcdef") == ""
}
