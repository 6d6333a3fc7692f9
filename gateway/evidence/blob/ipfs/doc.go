// Package ipfs keeps blobs on an IPFS node, as files of its mutable file system
// (MFS), over kubo's RPC. MFS protects them from the node's garbage collection. What
// the node holds, and may hand to its peers, is sealed. A blob replaced by one
// process can for an instant not be found by another.
package ipfs
