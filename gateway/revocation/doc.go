// Package revocation ends accounts for good: here at once, and at the certificate
// authority as soon as it answers. From there revoked certificates come into the
// channel's configuration, where the peers heed them.
package revocation
