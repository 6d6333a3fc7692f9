//go:build integration

package readmodel_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/ledgerclient"
	"dengji/gateway/readmodel"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/queries"
	"dengji/network/launcher"
	"dengji/network/launcher/launchertest"
	"dengji/platform"
)

// A network's blocks chain by their hashes, its records are read, and a model of
// them is what a second one is.
func TestTheModelFollowsARunningNetwork(t *testing.T) {
	running := launchertest.Start(t, "sandbox", func(options *launcher.Options) { options.Bootstrap = platform.Found })
	connection := running.Connection
	identity, err := ledgerclient.ReadIdentity(running.Account(t, "operator1"))
	require.NoError(t, err)
	sources, disconnect, err := readmodel.Peers(connection, identity)
	require.NoError(t, err)
	defer func() { require.NoError(t, disconnect()) }()

	enginetest.Each(t, func(t *testing.T, dsn string) {
		model, err := readmodel.Open(t.Context(), dsn, readmodel.Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, model.Close()) }()
		require.NoError(t, model.Rebuild(t.Context(), sources...))
		require.Positive(t, model.Health().Applied)
		different, err := model.Compare(t.Context(), filepath.Join(t.TempDir(), "scratch.db"), 10, sources...)
		require.NoError(t, err)
		require.Empty(t, different)
		network, _, err := queries.New(model.Store()).Network(t.Context())
		require.NoError(t, err)
		require.Equal(t, connection.Mode, network.Mode)
		t.Logf("%d blocks", model.Health().Applied+1)
	})
}
