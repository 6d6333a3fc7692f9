// Package blocks reads the blocks of a Fabric channel: which transactions of the
// registry's chaincode are valid, what each of them wrote and the event that it
// emitted. It is pure: no network, no database, no clock. A block is hostile until
// it is read: whatever its bytes, the answer is a Block or an error.
package blocks
