// Package backup keeps copies of everything of a home folder that is not on the
// ledger, and, where asked to, of the ledger: it makes snapshots into a folder that
// is mounted from elsewhere, lists and verifies them, restores a home from one, drills
// that, and prunes. Snapshots are encrypted to public keys, so that the machine that
// makes them cannot read them; sealed evidence is copied once and lies beside them.
package backup
