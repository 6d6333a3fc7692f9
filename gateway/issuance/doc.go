// Package issuance issues codes and their confirmation slips so that a crash at
// any moment loses nothing and doubles nothing (Art. 24): the query code is made
// durable, sealed, before the transaction that fixes its digest on the ledger; the
// slip is stored before its digest is anchored; what was left half done is
// finished later under the same name.
package issuance
