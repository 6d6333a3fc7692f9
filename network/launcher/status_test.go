package launcher

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANodeThatServesOldBlocksAloneIsBehind(t *testing.T) {
	all := []NodeStatus{
		{Node: "authority", Height: 659, Health: HealthServing},
		{Node: "catches up", Height: 659 - MaxBehind, Health: HealthServing},
		{Node: "stands still", Height: 328, Health: HealthServing},
		{Node: "stopped", Health: HealthStopped},
		{Node: "certificates", Health: HealthServing},
		{Node: "wrong", Height: 1, Health: "no answer"},
	}
	markBehind(all)
	var healths []string
	for _, status := range all {
		healths = append(healths, status.Health)
	}
	require.Equal(t, []string{HealthServing, HealthServing, HealthBehind, HealthStopped, HealthServing, "no answer"}, healths)
	require.False(t, Healthy(all))
}
