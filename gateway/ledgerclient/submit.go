package ledgerclient

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"dengji/gateway/readmodel/blocks"
)

// ambiguousWait is how long the status of a transaction is asked for before the
// same, already signed transaction is sent again.
const ambiguousWait = 3 * time.Second

// Submit proposes, collects endorsements, submits and waits for the commit.
func (c *Client) Submit(ctx context.Context, as Identity, call Call) (Receipt, error) {
	return retry(ctx, c, call, func() (Receipt, error) { return c.submitOnce(ctx, as, call) })
}

func (c *Client) submitOnce(ctx context.Context, as Identity, call Call) (Receipt, error) {
	opened, transaction, err := c.endorsed(ctx, as, call)
	if err != nil {
		return Receipt{}, err
	}
	if empty, err := changesNothing(transaction); err != nil || empty {
		return Receipt{Answer: transaction.Result()}, err
	}
	if call.Announce != nil {
		if err := call.Announce(ctx, transaction.TransactionID()); err != nil {
			return Receipt{}, err
		}
	}
	// Once the order is out, a caller who goes away must not leave it unresolved.
	ctx = context.WithoutCancel(ctx)
	sent := submission{client: c, gateway: opened, as: as, call: call, transaction: transaction}
	status, err := sent.commit(ctx)
	if err != nil {
		return Receipt{TxID: transaction.TransactionID()}, err
	}
	receipt := Receipt{TxID: status.TransactionID, Block: status.BlockNumber, Answer: transaction.Result()}
	if !status.Successful {
		return receipt, &PhaseError{Phase: PhaseCommit, Transaction: call.Transaction, TxID: status.TransactionID,
			Validation: status.Code, Err: fmt.Errorf("marked %s in block %d", status.Code, status.BlockNumber)}
	}
	return receipt, nil
}

// changesNothing reports whether the endorsers found nothing to write, as when an
// unchanged catalogue is imported again: then nothing is ordered.
func changesNothing(transaction *client.Transaction) (bool, error) {
	content, err := transaction.Bytes()
	if err != nil {
		return false, fmt.Errorf("ledgerclient: endorsed transaction: %w", err)
	}
	var prepared gateway.PreparedTransaction
	if err := proto.Unmarshal(content, &prepared); err != nil {
		return false, fmt.Errorf("ledgerclient: endorsed transaction: %w", err)
	}
	empty, err := blocks.IsEmpty(prepared.GetEnvelope())
	if err != nil {
		return false, fmt.Errorf("ledgerclient: endorsed transaction: %w", err)
	}
	return empty, nil
}

func (c *Client) endorse(ctx context.Context, call Call, proposal *client.Proposal) (*client.Transaction, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeouts.Endorse)
	defer cancel()
	done := c.metrics.start(PhaseEndorse)
	transaction, err := proposal.EndorseWithContext(ctx)
	done(err)
	if err != nil {
		return nil, phaseError(PhaseEndorse, call.Transaction, proposal.TransactionID(), err)
	}
	return transaction, nil
}

// submission follows one endorsed transaction to its commit.
type submission struct {
	client      *Client
	gateway     *client.Gateway
	as          Identity
	call        Call
	transaction *client.Transaction
}

// commit submits and waits. When it is not known whether the order arrived, the
// status is asked for first, on whichever peer answers by then; only then is the
// same transaction sent again, which is safe because an id commits only once. It
// goes on for as long as a commit may take: orderers that have lost their leader
// need some ten seconds to agree on another.
func (s submission) commit(ctx context.Context) (*client.Status, error) {
	var failure *PhaseError
	for until := time.Now().Add(s.client.timeouts.CommitStatus); failure == nil || time.Now().Before(until); {
		failure = s.submit(ctx)
		if failure == nil {
			return s.status(ctx, s.client.timeouts.CommitStatus)
		}
		if !ambiguous(failure) {
			return nil, failure
		}
		if status, err := s.status(ctx, ambiguousWait); err == nil {
			return status, nil
		}
	}
	if !orderersRefused(failure) {
		failure.Phase = PhaseCommitStatus
	}
	return nil, failure
}

func (s submission) submit(ctx context.Context) *PhaseError {
	ctx, cancel := context.WithTimeout(ctx, s.client.timeouts.Submit)
	defer cancel()
	done := s.client.metrics.start(PhaseSubmit)
	_, err := s.transaction.SubmitWithContext(ctx)
	done(err)
	if err != nil {
		return phaseError(PhaseSubmit, s.call.Transaction, s.transaction.TransactionID(), err)
	}
	return nil
}

// ambiguous reports whether a failed submission may have been ordered. The
// gateway peer refuses malformed envelopes before it sends anything.
func ambiguous(failed *PhaseError) bool {
	switch failed.Code {
	case codes.InvalidArgument, codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented:
		return false
	default:
		return true
	}
}

// orderersRefused reports whether the peer told what the orderers answered, as it
// does when too few of them took the transaction. Those that did may still carry
// it out when the others are back.
func orderersRefused(failed *PhaseError) bool {
	return failed.Code == codes.Unavailable && len(failed.Peers) > 0
}

// status asks until the commit status is known or the time is over, moving to
// another peer when the one that was asked is lost.
func (s submission) status(ctx context.Context, within time.Duration) (*client.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	done := s.client.metrics.start(PhaseCommitStatus)
	status, err := s.askStatus(ctx)
	done(err)
	if err != nil {
		return nil, phaseError(PhaseCommitStatus, s.call.Transaction, s.transaction.TransactionID(), err)
	}
	return status, nil
}

func (s submission) askStatus(ctx context.Context) (*client.Status, error) {
	commit, err := s.statusRequest()
	if err != nil {
		return nil, err
	}
	for {
		status, err := commit.StatusWithContext(ctx)
		if err == nil && status.Code == peer.TxValidationCode_DUPLICATE_TXID {
			err = errors.New("ledgerclient: told of the repetition instead of the first") // the index answers with the first
		}
		if err == nil {
			return status, nil
		}
		if !wait(ctx, 4*firstBackoff) {
			return nil, err
		}
		s.client.metrics.retries.WithLabelValues("commit-status").Inc()
	}
}

func (s submission) statusRequest() (*client.Commit, error) {
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: s.as.MSP, IdBytes: s.gateway.Identity().Credentials()})
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: creator: %w", err)
	}
	request, err := proto.Marshal(&gateway.CommitStatusRequest{ChannelId: s.client.profile.Channel,
		TransactionId: s.transaction.TransactionID(), Identity: creator})
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: status request: %w", err)
	}
	signed, err := proto.Marshal(&gateway.SignedCommitStatusRequest{Request: request})
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: status request: %w", err)
	}
	commit, err := s.gateway.NewCommit(signed)
	if err != nil {
		return nil, fmt.Errorf("ledgerclient: status request: %w", err)
	}
	return commit, nil
}

// wait sleeps, and reports false when the context ended first.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
