// Package blocktest makes the blocks that a peer would deliver: well-formed,
// chained by their hashes, with the verdict that a test asks for. Tests fill the
// read model with them; nothing of it runs in production.
package blocktest
