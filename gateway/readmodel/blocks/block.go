package blocks

import (
	"bytes"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"dengji/chaincode/ledger"
)

// Block is what the registry's readers need of one block.
type Block struct {
	Number       uint64
	Hash         []byte // SHA-256 of the header
	PreviousHash []byte // of the block before; empty in block 0
	Transactions []Transaction
}

// Follows reports whether a block stands directly behind another one: the next
// number, and the hash of the other's header.
func (b Block) Follows(number uint64, hash []byte) bool {
	return b.Number == number+1 && bytes.Equal(b.PreviousHash, hash)
}

// Transaction is one transaction of a block. One that is not valid has changed
// nothing: it is listed with its code, and its content is not read.
type Transaction struct {
	TxID           string
	Number         uint64 // of its block
	Index          int    // in its block
	Time           time.Time
	ValidationCode peer.TxValidationCode
	Event          *ledger.Event // nil: none of the registry's
	Writes         []Write       // to the registry's state, in key order
}

// Valid reports whether the peers applied the transaction.
func (t Transaction) Valid() bool { return t.ValidationCode == peer.TxValidationCode_VALID }

// Write is one key of a write set: the record as it is after the transaction.
type Write struct {
	Key     ledger.Key
	Value   []byte // nil when deleted
	Deleted bool
}
