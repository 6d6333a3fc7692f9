// Package lifecycle brings the chaincode onto the channel: the package that every
// organisation installs, the external builder through which a peer learns where
// its chaincode process listens, and the install, approval and commit of a
// definition. A package holds no address and no key, so that it is the same for
// all organisations.
package lifecycle
