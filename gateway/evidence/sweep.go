package evidence

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dengji/gateway/evidence/blob"
)

// SweepAge is how old leftovers should be before they are swept: longer than any
// upload takes between its last byte and its commit.
const SweepAge = 24 * time.Hour

// SweepSummary counts what a sweep removed.
type SweepSummary struct {
	Unfinished int // uploads that a crash broke off
	Unnamed    int // sealed contents that no header names
	// Damaged counts headers that cannot be read. While there is one, unnamed
	// contents are kept, for one of them may be that header's.
	Damaged int
}

// Sweep removes what crashes left behind, if it is older than a time (see
// SweepAge). It keeps the name of every sealed content in memory, about 100 bytes
// a file.
func (s *Store) Sweep(ctx context.Context, before time.Time) (SweepSummary, error) {
	var summary SweepSummary
	var err error
	if summary.Unfinished, err = s.options.Blobs.Sweep(ctx, before); err != nil {
		return summary, fmt.Errorf("evidence: sweep: %w", unavailable(err))
	}
	unnamed, err := s.contentsBefore(ctx, before) // before the headers: what is committed meanwhile is not in it
	if err == nil {
		summary.Damaged, err = s.dropNamed(ctx, unnamed)
	}
	if err != nil {
		return summary, fmt.Errorf("evidence: sweep: %w", unavailable(err))
	}
	if summary.Damaged > 0 {
		return summary, nil
	}
	for name := range unnamed {
		if err := s.options.Blobs.Remove(ctx, name); err != nil {
			return summary, fmt.Errorf("evidence: sweep: %w", unavailable(err))
		}
		summary.Unnamed++
	}
	return summary, nil
}

func (s *Store) contentsBefore(ctx context.Context, before time.Time) (map[string]struct{}, error) {
	names := map[string]struct{}{}
	err := s.options.Blobs.List(ctx, dataPrefix, func(info blob.Info) error {
		if info.Modified.Before(before) {
			names[info.Name] = struct{}{}
		}
		return ctx.Err()
	})
	return names, err
}

// dropNamed takes the contents that a header names out of a set.
func (s *Store) dropNamed(ctx context.Context, names map[string]struct{}) (damaged int, err error) {
	err = s.options.Blobs.List(ctx, headPrefix, func(info blob.Info) error {
		content, err := blob.ReadAll(ctx, s.options.Blobs, info.Name, maxHeader)
		if err != nil {
			return err
		}
		h, err := parseHeader(content)
		if err != nil || h.Object.CID != strings.TrimPrefix(info.Name, headPrefix) {
			damaged++
			return ctx.Err()
		}
		delete(names, dataPrefix+h.Blob)
		return ctx.Err()
	})
	return damaged, err
}
