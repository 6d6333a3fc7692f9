// Package blob says what a place that keeps bytes under names must do for the
// evidence store. A backend knows nothing of evidence, owners or keys: what it is
// given is sealed already. Each backend is a subpackage (folder, s3, ipfs) and
// passes the conformance tests of blobtest.
package blob
