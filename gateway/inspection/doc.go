// Package inspection reads all evidence that the ledger names, out of the store
// and to its end, and says what is missing or damaged, whose it is and which
// applications rest on it.
package inspection
