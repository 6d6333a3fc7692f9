// Package verify checks what the registry hands out, without asking the registry:
// a confirmation slip (slip.json or slip.pdf), a status attestation and a compact
// proof, against pinned trust anchors. It does no I/O, so that the same code runs
// in the command dengji-verify, in the gateway and, as WebAssembly, in a visitor's
// browser. The answer is a list of named checks, never a single yes.
package verify
