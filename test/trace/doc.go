// Package trace holds the documents to the code: what docs/traceability.md names
// must exist, every decision record must be listed, and every link must lead
// somewhere.
package trace
