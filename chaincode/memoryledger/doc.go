// Package memoryledger runs a chaincode in this process, against a state that
// behaves as Fabric's does where a contract can tell: own writes are not visible
// to own reads, reads are validated at commit (MVCC, ranges included), a paged
// query excludes writes, key-level and chaincode endorsement policies are
// enforced, the caller is a real certificate with attributes. A Ledger can be
// copied at little cost, so that whole procedures can be explored state by state.
// It serves tests and the gateway's tests; nothing of it runs in production.
package memoryledger
