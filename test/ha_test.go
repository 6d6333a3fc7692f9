//go:build integration

package test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWithTwoPeersForEachOrganisationAnyOnePeerMayDie runs the second shipped
// topology: whichever peer of the endorsing organisations dies, a registration
// goes all the way, code issuance included.
func TestWithTwoPeersForEachOrganisationAnyOnePeerMayDie(t *testing.T) {
	highlyAvailable, err := newPlatform("ha", 24000)
	require.NoError(t, err)
	t.Cleanup(highlyAvailable.remove)
	require.NoError(t, highlyAvailable.up())
	require.NoError(t, highlyAvailable.story(t).Catalogue(t.Context()))
	for _, at := range highlyAvailable.connection.Peers {
		t.Run(at.Name, func(t *testing.T) {
			highlyAvailable.kill(t, at.Name)
			registration := highlyAvailable.register(t)
			require.NotEmpty(t, registration.Code)
			require.NotContains(t, serving(highlyAvailable.status(t)), at.Name)
			highlyAvailable.caughtUp(t)
		})
	}
}
