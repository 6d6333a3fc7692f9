// Package archive writes and reads the one file that a snapshot consists of: a tar
// archive, compressed with Zstandard, encrypted with age to the public keys of those
// who may read it. Whoever writes it needs no secret and cannot read it again. Both
// directions stream; reading takes every byte for hostile.
package archive
