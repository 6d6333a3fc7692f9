package ledgerclient

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"dengji/chaincode/fault"
)

// Ledger runs transactions as an identity. Implementations are safe for use by
// many goroutines at once.
type Ledger interface {
	// Submit runs a transaction that writes. It returns only when the commit
	// status is known to be valid, or with an error: a *fault.Error in the chain
	// says what a user may read, a *PhaseError where it happened. After an error
	// of code COMMIT_UNKNOWN the transaction may still commit; after any other
	// error nothing was written.
	Submit(ctx context.Context, as Identity, call Call) (Receipt, error)
	// Evaluate runs a transaction that only reads, on one peer.
	Evaluate(ctx context.Context, as Identity, call Call) ([]byte, error)
}

// Identity signs for one account.
type Identity struct {
	MSP         string
	Certificate *x509.Certificate
	Key         crypto.PrivateKey
}

// fingerprint names the identity in caches.
func (i Identity) fingerprint() string {
	sum := sha256.Sum256(i.Certificate.Raw)
	return i.MSP + "/" + hex.EncodeToString(sum[:])
}

// Call is one transaction to run.
type Call struct {
	Transaction string            // name, as package ledger has it
	Request     any               // marshalled to the transaction's one argument
	Transient   map[string][]byte // never recorded on the ledger
	Needs       []string          // MSPs that must all endorse, for an error's wording; empty: the chaincode's default policy
	Chaincode   string            // empty: the chaincode of the connection profile
	// Announce, where it is set, hears the transaction's id before it is ordered, once
	// for each attempt; of earlier attempts nothing came. Its error ends the call.
	Announce  func(ctx context.Context, txID string) error
	Arguments []string // raw arguments instead of Request, for a chaincode that is not the registry's
}

func (c Call) arguments() ([]string, error) {
	if c.Arguments != nil {
		return c.Arguments, nil
	}
	request, err := json.Marshal(c.Request)
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: request of %s: %w", c.Transaction, err)
	}
	return []string{string(request)}, nil
}

// Receipt is what is known of a committed transaction. TxID is empty where the
// endorsers found nothing to write and nothing was ordered.
type Receipt struct {
	TxID   string
	Block  uint64
	Answer []byte // JSON
}

// SubmitFor submits and decodes the answer.
func SubmitFor[T any](ctx context.Context, on Ledger, as Identity, call Call) (T, Receipt, error) {
	var answer T
	receipt, err := on.Submit(ctx, as, call)
	if err != nil {
		return answer, receipt, err
	}
	return answer, receipt, decodeAnswer(call, receipt.Answer, &answer)
}

// EvaluateFor evaluates and decodes the answer.
func EvaluateFor[T any](ctx context.Context, on Ledger, as Identity, call Call) (T, error) {
	var answer T
	raw, err := on.Evaluate(ctx, as, call)
	if err != nil {
		return answer, err
	}
	return answer, decodeAnswer(call, raw, &answer)
}

func decodeAnswer(call Call, raw []byte, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fault.New(fault.Internal, fault.Cause(fmt.Errorf("ledgerclient: answer of %s: %w", call.Transaction, err)))
	}
	return nil
}
