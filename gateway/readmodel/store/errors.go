package store

import (
	"errors"
	"fmt"
)

// What can be wrong between a block and what has been applied.
var (
	// ErrFork: the block does not name the block applied before it, or differs
	// from the one applied under its number. One of two peers lies, or the model
	// is that of another channel.
	ErrFork = errors.New("the block belongs to another chain")
	// ErrGap: blocks are missing between the checkpoint and the block.
	ErrGap = errors.New("blocks are missing before this one")
	// ErrMapping: the rows were made by another version of the mapping, as when a
	// newer gateway has taken the database over.
	ErrMapping = errors.New("the tables belong to another version of the mapping")
)

// ChainError says why a block was not applied, with the evidence. It unwraps to
// one of the errors above.
type ChainError struct {
	Number     uint64 // of the block
	Previous   string // hash that it names, hexadecimal
	Checkpoint Checkpoint
	Err        error
}

// Error gives a line for logs.
func (e *ChainError) Error() string {
	return fmt.Sprintf("read model: block %d after %s: %v, checkpoint is block %d with hash %s",
		e.Number, e.Previous, e.Err, e.Checkpoint.Number, e.Checkpoint.Hash)
}

// Unwrap gives the kind of error.
func (e *ChainError) Unwrap() error { return e.Err }
