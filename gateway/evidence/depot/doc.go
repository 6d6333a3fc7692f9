// Package depot puts an evidence store together from settings: which backend keeps
// the blobs, whether a scanner looks at files first, what an owner may store. It also
// does the upkeep: leftovers of crashes are swept away, and data keys are sealed anew
// after a master key was added.
package depot
