package ledgerclient

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"

	"dengji/chaincode/fault"
)

// Bounds of trying again.
const (
	MaxAttempts  = 6
	firstBackoff = 50 * time.Millisecond
	maxBackoff   = 2 * time.Second
	maxElapsed   = 30 * time.Second
)

// Reasons for trying again, as metrics name them.
const (
	reasonConflict = "read-conflict" // another transaction of the same block changed what was read
	reasonMismatch = "endorsements-differ"
	reasonPeerLost = "peer-lost"
	reasonAbsent   = "peer-not-yet-known" // or not yet dialled again by the gateway peer, though it answers
)

// introduction is how long peers take, about, to hear of one that has come back,
// and to dial it again.
const introduction = 2 // seconds

// retry runs an operation until it succeeds, fails for good, or the bounds are
// reached; what is left of the last error is translated for users.
func retry[T any](ctx context.Context, c *Client, call Call, operation func() (T, error)) (T, error) {
	pace := backoff.NewExponentialBackOff()
	pace.InitialInterval, pace.MaxInterval = firstBackoff, maxBackoff
	answer, err := backoff.Retry(ctx, func() (T, error) {
		result, err := operation()
		if err == nil {
			return result, nil
		}
		reason := retryReason(err)
		if reason == "" {
			return result, backoff.Permanent(err)
		}
		if reason == reasonAbsent {
			if hopeless(call, c.SilentOrganisations(ctx)) {
				return result, backoff.Permanent(err)
			}
			err = errors.Join(err, backoff.RetryAfter(introduction))
		}
		c.metrics.retries.WithLabelValues(reason).Inc()
		return result, err
	}, backoff.WithBackOff(pace), backoff.WithMaxTries(MaxAttempts), backoff.WithMaxElapsedTime(maxElapsed))
	if err == nil {
		return answer, nil
	}
	return answer, c.translate(ctx, call, err)
}

// hopeless reports that an organisation that has to endorse has no living peer, so
// that waiting for it to become known is in vain. A plain transaction goes around one.
func hopeless(call Call, silent []string) bool {
	missing := missingOrganisations(call, nil, silent)
	if slices.Contains(plain, call.Transaction) && len(call.Needs) == 0 {
		return len(endorsingMSPs)-len(missing) < endorsersNeeded
	}
	return len(missing) > 0
}

// retryReason gives the reason for which an attempt may be repeated with a new
// proposal, "" where it may not: nothing may have been written by the attempt.
func retryReason(err error) string {
	var failed *PhaseError
	if !errors.As(err, &failed) {
		return ""
	}
	if _, refused := failed.chaincodeFault(); refused {
		return lagReason(failed)
	}
	switch failed.Phase {
	case PhaseCommit:
		return validationReason(failed.Validation)
	case PhaseEvaluate, PhaseEndorse:
		return networkReason(failed)
	default:
		return ""
	}
}

// What a gateway peer says of peers that are not at the same height.
const (
	tooFewEndorsed = "failed to collect enough transaction endorsements" // its own succeeded, another organisation's peer refused
	answersDiffer  = "ProposalResponsePayloads do not match"
	noCombination  = "no combination of peers can be derived which satisfy the endorsement policy"
	noneAvailable  = "failed to select a set of endorsers that satisfy the endorsement policy"
	noneOfThose    = "failed to find any endorsing peers for org(s)" // where the caller names the organisations
	notReached     = "rpc error: code = Unavailable"                 // begins what it says of a peer that it could not dial
)

// notYetKnown reports that the gateway peer knows of no peer of an organisation
// that has to endorse. Peers hear of each other some seconds after a start.
func (e *PhaseError) notYetKnown() bool {
	return e.Phase == PhaseEndorse && slices.ContainsFunc([]string{noCombination, noneAvailable, noneOfThose}, e.mentions)
}

// notReached reports that the gateway peer could not reach a peer that has to
// endorse. It waits between its tries to dial, also when the peer is back by then.
func (e *PhaseError) notReached() bool {
	return e.Phase == PhaseEndorse && slices.ContainsFunc(e.Peers, func(said PeerMessage) bool {
		return strings.HasPrefix(said.Message, notReached)
	})
}

// lagReason tells a refusal by all from one by a peer that has not yet committed
// the block on which the caller builds: the first peer to be asked agreed.
func lagReason(failed *PhaseError) string {
	if failed.Phase == PhaseEndorse && failed.mentions(tooFewEndorsed) {
		return reasonMismatch
	}
	return ""
}

func validationReason(code peer.TxValidationCode) string {
	if code == peer.TxValidationCode_MVCC_READ_CONFLICT || code == peer.TxValidationCode_PHANTOM_READ_CONFLICT {
		return reasonConflict
	}
	return ""
}

func networkReason(failed *PhaseError) string {
	switch {
	case failed.notYetKnown(), failed.notReached():
		return reasonAbsent
	case failed.Code == codes.Unavailable && len(failed.Peers) == 0:
		return reasonPeerLost
	case failed.Code == codes.Aborted && (len(failed.Peers) == 0 || failed.mentions(answersDiffer)):
		return reasonMismatch
	default:
		return ""
	}
}

// translate gives every error a fault that a user may read.
func (c *Client) translate(ctx context.Context, call Call, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var failed *PhaseError
	if !errors.As(err, &failed) {
		return fault.New(fault.Internal, fault.Cause(err))
	}
	return c.networkFault(ctx, call, failed)
}

func (c *Client) networkFault(ctx context.Context, call Call, failed *PhaseError) error {
	facts := []fault.Option{fault.Cause(failed), fault.Value("phase", string(failed.Phase))}
	if failed.TxID != "" {
		facts = append(facts, fault.Value("txId", failed.TxID))
	}
	switch failed.Phase {
	case PhaseCommit:
		if validationReason(failed.Validation) != "" {
			return fault.New(fault.ConcurrentChange, facts...)
		}
		return fault.New(fault.TransactionInvalid, append(facts, fault.Value("validation", failed.Validation.String()))...)
	case PhaseCommitStatus:
		return fault.New(fault.CommitUnknown, facts...)
	case PhaseSubmit:
		return fault.New(fault.OrderingUnavailable, facts...)
	default:
		return c.endorsementFault(ctx, call, failed, facts)
	}
}
