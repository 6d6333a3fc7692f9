package code

import (
	"crypto/subtle"

	"dengji/chaincode/canonical"
)

// QueryDigest gives what the ledger keeps of a query code: the digest of the
// salt's hex digits followed by the query code in its stored form.
func QueryDigest(salt, query string) string { return canonical.DigestOf([]byte(salt + query)) }

// MatchesQuery compares a query code in its stored form with its digest, in
// constant time.
func MatchesQuery(digest, salt, query string) bool {
	return subtle.ConstantTimeCompare([]byte(digest), []byte(QueryDigest(salt, query))) == 1
}
