// Package kubotest runs a stock kubo, IPFS's reference implementation, as the judge
// of integration tests. Its module is pinned in the folder kubo, apart from the
// project's own, and built by the first test that asks for it.
package kubotest
