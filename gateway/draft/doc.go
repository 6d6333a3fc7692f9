// Package draft keeps applications that are still being written. A draft belongs to
// one account, is sealed, and is worth nothing on the ledger. It also remembers under
// which id it was ordered, so that filing it again finds the application that the
// first filing made.
package draft
