package backup

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/durable/durabletest"
)

// requireRepeated makes the backup anew after a failure: what had been copied is not
// copied again, nothing of the failure is left, and it can be restored.
func (h *homeFixture) requireRepeated(t *testing.T) {
	t.Helper()
	before := len(h.dataFiles(t))
	report := h.create(t)
	require.LessOrEqual(t, report.NewContents, int64(3-max(before-1, 0)), "all but the content that was under way is kept")
	verified, err := h.reading(t).Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verified.Findings)
	require.Equal(t, int64(2), verified.Manifest.EvidenceFiles)
	for _, pattern := range []string{filepath.Join(h.place, snapshotFolder, unfinishedMark+"*"), filepath.Join(h.place, contentFolder, "unfinished", "*"), h.at(staging)} {
		left, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

func TestAFileCallThatFailsLeavesNoSnapshotOrAWholeOne(t *testing.T) {
	h := newHome(t)
	h.upload(t, 1)
	h.upload(t, 2)
	for at := 1; ; at++ {
		require.NoError(t, os.RemoveAll(h.place))
		require.NoError(t, os.Mkdir(h.place, 0o700))
		_, err := InitPlace(h.place)
		require.NoError(t, err)
		system := durabletest.FailAt(at)
		creation := h.creation(t)
		if creation.Place, err = h.failing(system); err == nil {
			_, err = creation.Create(t.Context())
		}
		if !system.Reached() {
			require.NoError(t, err)
			require.Greater(t, at, 20, "the backup made calls that could fail")
			return
		}
		require.ErrorContains(t, err, syscall.EIO.Error(), "call %d", at) // age does not wrap it
		if len(h.snapshots(t)) > 0 {                                      // only the folder's sync failed
			_, err := h.reading(t).Verify(t.Context())
			require.NoError(t, err, "call %d", at)
		}
		h.requireRepeated(t)
	}
}

// Environment of a process that dies while it backs up.
const (
	dieHome  = "DENGJI_TEST_DIE_HOME"
	diePlace = "DENGJI_TEST_DIE_PLACE"
	dieAt    = "DENGJI_TEST_DIE_AT"
)

// TestDying is the process that TestABackupThatIsKilledIsGoneOnWith kills.
func TestDying(t *testing.T) {
	at, err := strconv.Atoi(os.Getenv(dieAt))
	if err != nil {
		t.Skip("runs in a process of its own")
	}
	h := newHome(t)
	creation := h.creation(t)
	creation.Home = os.Getenv(dieHome)
	creation.Place, err = openPlace(durabletest.DieAt(at), os.Getenv(diePlace))
	require.NoError(t, err)
	_, err = creation.Create(t.Context())
	require.NoError(t, err)
}

func TestABackupThatIsKilledIsGoneOnWith(t *testing.T) {
	h := newHome(t)
	h.upload(t, 1)
	h.upload(t, 2)
	ended := false
	for at := 2; !ended; at += 5 {
		require.NoError(t, os.RemoveAll(h.place))
		require.NoError(t, os.Mkdir(h.place, 0o700))
		_, err := InitPlace(h.place)
		require.NoError(t, err)
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDying$")
		child.Env = append(os.Environ(), "TMPDIR="+t.TempDir(), dieHome+"="+h.path, diePlace+"="+h.place, dieAt+"="+strconv.Itoa(at))
		output, err := child.CombinedOutput()
		if ended = err == nil; ended {
			require.Greater(t, at, 20, "%s", output)
			require.Len(t, h.snapshots(t), 1)
			return
		}
		require.Equal(t, "signal: killed", child.ProcessState.String(), "%s", output)
		if len(h.snapshots(t)) > 0 {
			_, err := (Restoration{Reading: h.reading(t), Home: filepath.Join(t.TempDir(), "home")}).Restore(t.Context())
			require.Error(t, err, "it is encrypted to the other process's key")
			require.NoError(t, os.Remove(h.reading(t).Place.path(h.snapshots(t)[0])))
		}
		h.requireRepeated(t)
	}
}
