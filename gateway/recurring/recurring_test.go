package recurring_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/recurring"
)

func TestAPassIsMadeAtOnceAndAgainUntilTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	passes, failures := 0, 0
	recurring.Run(ctx, time.Microsecond, func(context.Context) error {
		if passes++; passes == 3 {
			cancel()
		}
		return errors.New("away")
	}, func(error) { failures++ })
	require.Equal(t, 3, passes)
	require.Equal(t, 2, failures, "what fails with the end of the context is no failure")
}

func TestAPauseDoublesUpToTheLongest(t *testing.T) {
	for attempts, expected := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 5: 16 * time.Minute, 9: 4 * time.Hour, 1_000: 4 * time.Hour} {
		require.Equal(t, expected, recurring.Pause(attempts, time.Minute, 4*time.Hour), attempts)
	}
}
