// Package car gives a stored file out as a CAR (content-addressable archive,
// version 1): all blocks of its graph, so that an IPFS node can take it under the
// same CID and a receiver can check it block by block.
package car
