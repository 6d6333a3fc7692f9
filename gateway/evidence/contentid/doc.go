// Package contentid names a file by its content: the CID that every IPFS
// implementation computes for it in the IPIP-499 profile unixfs-v1-2025, and its
// SM3 digest (GB/T 32905). It streams, needs neither Fabric nor the gateway, and
// builds for WebAssembly, so that verifiers and browsers compute the same.
package contentid
