// Package certification has the organisations' certificate authorities (Fabric CA)
// certify and revoke the accounts of this gateway, in the name of an officer that may
// do nothing else there.
package certification
