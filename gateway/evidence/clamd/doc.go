// Package clamd has files looked at by ClamAV's daemon before they are stored. It
// speaks clamd's INSTREAM over TCP or a Unix socket and fails closed: what the
// daemon did not call clean is not stored.
package clamd
