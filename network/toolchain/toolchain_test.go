package toolchain

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/network/toolchain/packing"
)

func TestThePackedModuleEqualsTheFolderThatPinsFabric(t *testing.T) {
	archive, err := packing.Pack("../fabric")
	require.NoError(t, err)
	require.Equal(t, string(archive), string(module), "run go generate ./network/toolchain")
}

func TestPrebuiltBinaries(t *testing.T) {
	fill := func(t *testing.T, names ...string) string {
		folder := t.TempDir()
		for _, name := range names {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o755))
		}
		return folder
	}
	all := append(append([]string{}, binaries...), stockFiles...)

	t.Run("a complete folder is taken without building", func(t *testing.T) {
		folder := fill(t, all...)
		t.Setenv(PrebuiltVariable, folder)
		tools, err := Ensure(context.Background(), func(string) { t.Fatal("it builds") })
		require.NoError(t, err)
		require.Equal(t, filepath.Join(folder, "peer"), tools.Binary(Peer))
	})
	t.Run("the stock files may lie in the config folder beside it, as in Fabric's releases", func(t *testing.T) {
		root := t.TempDir()
		for _, name := range binaries {
			require.NoError(t, os.MkdirAll(filepath.Join(root, "bin"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(root, "bin", name), nil, 0o755))
		}
		for _, name := range stockFiles {
			require.NoError(t, os.MkdirAll(filepath.Join(root, "config"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(root, "config", name), []byte("a: b"), 0o644))
		}
		t.Setenv(PrebuiltVariable, filepath.Join(root, "bin"))
		tools, err := Ensure(context.Background(), func(string) {})
		require.NoError(t, err)
		content, err := tools.Stock("core.yaml")
		require.NoError(t, err)
		require.Equal(t, "a: b", string(content))
	})
	t.Run("an incomplete folder is refused, naming what it lacks", func(t *testing.T) {
		t.Setenv(PrebuiltVariable, fill(t, all[1:]...))
		_, err := Ensure(context.Background(), func(string) {})
		require.ErrorContains(t, err, "no executable")
		require.ErrorContains(t, err, "peer")
	})
}
