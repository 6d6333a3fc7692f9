// Package evidence keeps the files that registrants anchor (Art. 9, 14):
// content-addressed, stored once, encrypted at rest, and authenticated
// piece by piece before a byte is served. A Store does the work over any blob
// store (a folder, S3, an IPFS node); the ledger holds only CID, SM3 digest, size
// and media type.
package evidence
