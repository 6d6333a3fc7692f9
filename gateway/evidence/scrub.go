package evidence

import (
	"context"
	"fmt"
	"iter"

	"dengji/chaincode/fault"
)

// Expected is a file that the ledger says an owner anchored.
type Expected struct {
	Owner string
	CID   string
	SM3   string // not compared when empty
}

// Finding is a file that is not as the ledger says, and whose it is.
type Finding struct {
	Expected
	// Code is fault.NotFound, fault.EvidenceDamaged, or fault.StoreUnavailable when
	// this one file could not be read.
	Code  fault.Code
	Cause error // for the log
}

// ScrubSummary counts what a scrub looked at.
type ScrubSummary struct {
	Objects  int64
	Bytes    int64
	Findings int64
}

// Scrub reads every expected file to its end, computes its CID and SM3 digest anew,
// and reports those that are missing or damaged. It changes nothing and may run
// beside everything else. It ends early when expected or report fails, when the
// context ends, and with fault.StoreUnavailable when the whole store cannot be
// reached.
func (s *Store) Scrub(ctx context.Context, expected iter.Seq2[Expected, error], report func(Finding) error) (ScrubSummary, error) {
	var summary ScrubSummary
	for want, err := range expected {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return summary, fmt.Errorf("evidence: scrub: %w", err)
		}
		object, cause := s.scrubOne(ctx, want)
		summary.Objects++
		summary.Bytes += object.Size
		if cause == nil {
			continue
		}
		summary.Findings++
		if err := s.reportFinding(ctx, want, cause, report); err != nil {
			return summary, fmt.Errorf("evidence: scrub: %w", err)
		}
	}
	return summary, nil
}

func (s *Store) reportFinding(ctx context.Context, want Expected, cause error, report func(Finding) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.Check(ctx); err != nil { // a folder that is not mounted must not look like a million missing files
		return err
	}
	return report(Finding{Expected: want, Code: fault.CodeOf(cause), Cause: cause})
}

func (s *Store) scrubOne(ctx context.Context, want Expected) (Object, error) {
	object, err := s.Stat(ctx, want.CID)
	if err != nil {
		return Object{}, err
	}
	if want.SM3 != "" && want.SM3 != object.SM3 {
		return object, damaged(want.CID, fmt.Errorf("stored as %s, anchored as %s", object.SM3, want.SM3))
	}
	return object, s.verify(ctx, want.CID)
}
