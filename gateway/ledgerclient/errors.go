package ledgerclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"dengji/chaincode/fault"
)

// Phase is a step in the life of a transaction.
type Phase string

// The phases, in order.
const (
	PhaseConnect      Phase = "connect"
	PhaseEvaluate     Phase = "evaluate"
	PhaseEndorse      Phase = "endorse"
	PhaseSubmit       Phase = "submit"
	PhaseCommitStatus Phase = "commit-status"
	PhaseCommit       Phase = "commit"
)

// PeerMessage is what one node said about a failed transaction.
type PeerMessage struct {
	MSP     string
	Address string
	Message string
}

// PhaseError says in which phase a transaction failed. Unwrap leads to the
// *fault.Error where the ledger or this package gave one, and to the gRPC status.
type PhaseError struct {
	Phase       Phase
	Transaction string // name
	TxID        string
	Code        codes.Code            // of the gRPC call; OK in the phase commit
	Validation  peer.TxValidationCode // in the phase commit
	Peers       []PeerMessage
	Err         error
}

// Error gives a line for logs.
func (e *PhaseError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s of %s (transaction %s): %v", e.Phase, e.Transaction, e.TxID, e.Err)
	for _, said := range e.Peers {
		fmt.Fprintf(&text, "; %s at %s: %s", said.MSP, said.Address, said.Message)
	}
	return text.String()
}

// Unwrap gives the cause.
func (e *PhaseError) Unwrap() error { return e.Err }

// phaseError describes a failed gRPC call.
func phaseError(phase Phase, transaction, txID string, err error) *PhaseError {
	failed := &PhaseError{Phase: phase, Transaction: transaction, TxID: txID, Code: grpcCode(err), Err: err}
	for _, detail := range status.Convert(err).Details() {
		if said, ok := detail.(*gateway.ErrorDetail); ok {
			failed.Peers = append(failed.Peers, PeerMessage{MSP: said.GetMspId(), Address: said.GetAddress(), Message: said.GetMessage()})
		}
	}
	if found := ledgerFault(failed); found != nil {
		failed.Err = withCause(found, err)
	}
	return failed
}

func grpcCode(err error) codes.Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	}
	return status.Code(err)
}

// ledgerFault finds the fault that the chaincode answered with.
func ledgerFault(failed *PhaseError) *fault.Error {
	for _, said := range failed.Peers {
		if found, ok := fault.Parse(said.Message); ok {
			return found
		}
	}
	if found, ok := fault.Parse(failed.Err.Error()); ok {
		return found
	}
	return nil
}

// withCause joins a fault with the error behind it.
func withCause(found *fault.Error, cause error) *fault.Error {
	joined := *found
	fault.Cause(cause)(&joined)
	return &joined
}

// mentions reports whether the gateway peer, or one that it asked, said a sentence.
func (e *PhaseError) mentions(sentence string) bool {
	return strings.Contains(status.Convert(e.source()).Message(), sentence) ||
		slices.ContainsFunc(e.Peers, func(said PeerMessage) bool { return strings.Contains(said.Message, sentence) })
}

// source gives the error of the gRPC call, from below the fault that it carries.
func (e *PhaseError) source() error {
	if found, refused := e.chaincodeFault(); refused && found.Unwrap() != nil {
		return found.Unwrap()
	}
	return e.Err
}

// chaincodeFault reports whether the chaincode itself refused, and which peer
// said so; false for every failure of the network.
func (e *PhaseError) chaincodeFault() (*fault.Error, bool) {
	var found *fault.Error
	if errors.As(e.Err, &found) {
		return found, true
	}
	return nil, false
}
