// Package audit keeps a line for every request to the interface (Art. 12): who
// asked, from where, for what, and what came of it. Each line's digest covers the
// line before, so that one that is changed, removed or slipped in shows; a head that
// somebody else has noted shows a tail that was cut off or written anew. Lines hold
// no query, header or body.
package audit
