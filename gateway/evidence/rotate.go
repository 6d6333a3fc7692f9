package evidence

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
)

// RotationSummary counts what a rotation did.
type RotationSummary struct {
	Sealed  int // headers sealed anew
	Current int // headers that were under the current master key already
	Damaged int // headers that cannot be opened; Scrub says whose
}

// Rotate seals the data key of every file under the current master key. Contents
// stay as they are. Each header is replaced as a whole, so that a rotation that is
// broken off leaves every file readable with the old and new master keys together,
// and goes on where it was when run again. Once it seals nothing anew and reports no
// damage, older master keys may be retired. It may run beside everything else in
// this process, and beside other processes with the same Options.Turns.
func (s *Store) Rotate(ctx context.Context) (RotationSummary, error) {
	var summary RotationSummary
	err := s.options.Blobs.List(ctx, headPrefix, func(info blob.Info) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.rotateOne(ctx, strings.TrimPrefix(info.Name, headPrefix), &summary)
		switch fault.CodeOf(err) {
		case fault.EvidenceDamaged:
			summary.Damaged++
			return nil
		case fault.NotFound: // listed, then gone
			return nil
		default:
			return err
		}
	})
	if err != nil {
		return summary, fmt.Errorf("evidence: rotate: %w", unavailable(err))
	}
	return summary, nil
}

func (s *Store) rotateOne(ctx context.Context, cid string, summary *RotationSummary) error {
	h, _, err := s.loadHeader(ctx, cid)
	if err != nil {
		return err
	}
	if s.options.Sealer.IsCurrent(h.Key) { // as most are: nobody has to wait for these
		summary.Current++
		return nil
	}
	if err := s.sealAnew(ctx, cid); err != nil {
		return err
	}
	summary.Sealed++
	return nil
}

// sealAnew replaces a header while nobody else changes it.
func (s *Store) sealAnew(ctx context.Context, cid string) error {
	unlock := s.changes.lock(cid)
	defer unlock()
	end, err := turns{s.options.Turns}.reseal()
	if err != nil {
		return err
	}
	defer end()
	h, key, err := s.loadHeader(ctx, cid)
	if err != nil {
		return err
	}
	head, err := s.sealHeader(ctx, h, key)
	if err != nil {
		return err
	}
	return blob.WriteAll(ctx, s.options.Blobs, headPrefix+cid, head)
}

// unavailable makes a backend's error a fault, and leaves faults and ended contexts
// as they are.
func unavailable(err error) error {
	if fault.CodeOf(err) != fault.Internal || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.New(fault.StoreUnavailable, fault.Cause(err))
}
