// Package attestation collects what the peers of several organisations say about a
// code, signed by each and ordered by none, and verifies slips against it. The
// trust anchors come out of the channel's own configuration, which the
// organisations have agreed on; the gateway verifies what it hands out as anybody
// would.
package attestation
