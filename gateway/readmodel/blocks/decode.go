package blocks

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// ErrMalformed is in the chain of every error of Decode.
var ErrMalformed = errors.New("malformed block")

// Error says where a block cannot be read. It unwraps to ErrMalformed.
type Error struct {
	Number uint64 // of the block
	Index  int    // of the transaction; -1: the block itself
	Err    error
}

// Error gives a line for logs.
func (e *Error) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("block %d: %v", e.Number, e.Err)
	}
	return fmt.Sprintf("block %d, transaction %d: %v", e.Number, e.Index, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes every Error an ErrMalformed.
func (e *Error) Is(target error) bool { return target == ErrMalformed }

// Decode reads a block as the peer delivered it: header, transactions, and the
// peer's verdict on each. The content must match the header's data hash.
func Decode(block *common.Block, chaincode string) (Block, error) {
	header := block.GetHeader()
	if header == nil {
		return Block{}, &Error{Index: -1, Err: errors.New("no header")}
	}
	number := header.GetNumber()
	content := block.GetData().GetData()
	verdicts, err := verdicts(block, len(content))
	if err != nil {
		return Block{}, &Error{Number: number, Index: -1, Err: err}
	}
	hash, err := HeaderHash(header)
	if err != nil {
		return Block{}, &Error{Number: number, Index: -1, Err: err}
	}
	decoded := Block{Number: number, Hash: hash, PreviousHash: header.GetPreviousHash(),
		Transactions: make([]Transaction, 0, len(content))}
	for index, envelope := range content {
		transaction, err := decodeTransaction(envelope, verdicts[index], chaincode)
		if err != nil {
			return Block{}, &Error{Number: number, Index: index, Err: err}
		}
		transaction.Number, transaction.Index = number, index
		decoded.Transactions = append(decoded.Transactions, transaction)
	}
	return decoded, nil
}

// verdicts gives the peer's verdict on every transaction of a block whose content
// is that of its header.
func verdicts(block *common.Block, transactions int) ([]peer.TxValidationCode, error) {
	if subtle.ConstantTimeCompare(DataHash(block.GetData()), block.GetHeader().GetDataHash()) != 1 {
		return nil, errors.New("the content is not that of the header")
	}
	metadata := block.GetMetadata().GetMetadata()
	if len(metadata) <= int(common.BlockMetadataIndex_TRANSACTIONS_FILTER) {
		return nil, errors.New("no verdicts on the transactions")
	}
	flags := metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER]
	if len(flags) != transactions {
		return nil, fmt.Errorf("%d verdicts on %d transactions", len(flags), transactions)
	}
	codes := make([]peer.TxValidationCode, transactions)
	for i, flag := range flags {
		codes[i] = peer.TxValidationCode(flag)
	}
	return codes, nil
}

// DataHash gives the hash that a header holds of its block's content.
func DataHash(data *common.BlockData) []byte {
	sum := sha256.New()
	for _, envelope := range data.GetData() {
		sum.Write(envelope)
	}
	return sum.Sum(nil)
}

// HeaderHash gives the hash by which the next block names this one: SHA-256 of
// the header in ASN.1.
func HeaderHash(header *common.BlockHeader) ([]byte, error) {
	encoded, err := asn1.Marshal(struct {
		Number       *big.Int
		PreviousHash []byte
		DataHash     []byte
	}{new(big.Int).SetUint64(header.GetNumber()), header.GetPreviousHash(), header.GetDataHash()})
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	sum := sha256.Sum256(encoded)
	return sum[:], nil
}

// unmarshal reads a message; what names it in the error.
func unmarshal[M proto.Message](content []byte, into M, what string) (M, error) {
	if err := proto.Unmarshal(content, into); err != nil {
		return into, fmt.Errorf("%s: %w", what, err)
	}
	return into, nil
}
