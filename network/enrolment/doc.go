// Package enrolment speaks the REST interface of Fabric CA: registering, enrolling
// and revoking identities, and revocation lists. It holds no files: the launcher
// uses it for nodes and offices, the gateway for the accounts that it makes.
package enrolment
