package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"dengji/backup/archive"
	"dengji/gateway/audit"
	"dengji/gateway/database"
	"dengji/gateway/evidence"
	"dengji/network/process"
)

func TestARestoredHomeHasEverythingThatCannotBeMadeAgain(t *testing.T) {
	h := newHome(t)
	objects := []evidence.Object{h.upload(t, 1), h.upload(t, 2)}
	h.write(t, "later/unknown.txt", "of a later release")
	report := h.create(t)
	require.Equal(t, []string{"later/unknown.txt"}, report.Unknown)
	require.Empty(t, report.Elsewhere)

	home := filepath.Join(t.TempDir(), "home")
	restored, err := Restoration{Reading: h.reading(t), Home: home}.Restore(t.Context())
	require.NoError(t, err)
	require.Equal(t, report.ID, restored.Snapshot.ID)
	require.Equal(t, &Tip{Channel: "registration", Height: 7, BlockHash: "ab"}, restored.Manifest.Ledger)
	for _, name := range []string{"connection.json", "officers.json", "network/topology.json", "network/chaincode/abc/dengji-chaincode", masterKeyPath,
		"gateway/slip-authority/signer-key.pem", "later/unknown.txt"} {
		expected, err := os.ReadFile(h.at(name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(home, name))
		require.NoError(t, err)
		require.Equal(t, expected, got)
	}
	for _, name := range []string{"network/logs", "gateway/readmodel.db", "gateway/rotation.lock", "network.lock", staging, homeLock} {
		require.NoFileExists(t, filepath.Join(home, name))
		require.NoDirExists(t, filepath.Join(home, name))
	}
	info, err := os.Stat(filepath.Join(home, "network/chaincode/abc/dengji-chaincode"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), "a program can be run")
	store := openEvidence(t, home)
	for n, object := range objects {
		content, err := store.Open(t.Context(), object.CID)
		require.NoError(t, err)
		got, err := io.ReadAll(content)
		require.NoError(t, err)
		require.NoError(t, content.Close())
		require.Equal(t, contentOf(n+1), got)
		holds, err := store.Holds(t.Context(), "department", object)
		require.NoError(t, err)
		require.True(t, holds)
	}
	opened, err := database.Open(t.Context(), filepath.Join(home, "gateway"))
	require.NoError(t, err)
	defer opened.Close()
	head, err := audit.Verify(t.Context(), opened)
	require.NoError(t, err)
	require.Equal(t, int64(20), head.Sequence)
	require.NoError(t, filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		info, infoErr := entry.Info()
		require.NoError(t, errors.Join(err, infoErr))
		require.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

func TestWhatWasAcknowledgedBeforeABackupBeganIsInIt(t *testing.T) {
	h := newHome(t)
	_, err := h.database.ExecContext(t.Context(), "CREATE TABLE counted (n INTEGER PRIMARY KEY, padding BLOB)")
	require.NoError(t, err)
	var acknowledged atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for range 3 {
		writers.Go(func() {
			for ctx.Err() == nil {
				if result, err := h.database.ExecContext(context.Background(), "INSERT INTO counted (padding) VALUES (randomblob(3000))"); err == nil {
					id, _ := result.LastInsertId()
					for last := acknowledged.Load(); id > last && !acknowledged.CompareAndSwap(last, id); last = acknowledged.Load() {
					}
				}
			}
		})
	}
	defer writers.Wait()
	defer stop()
	for round := range 5 {
		require.Eventually(t, func() bool { return acknowledged.Load() > int64(50*(round+1)) }, time.Minute, time.Millisecond)
		before := acknowledged.Load()
		h.create(t)
		home := filepath.Join(t.TempDir(), "home")
		_, err := Restoration{Reading: h.reading(t), Home: home}.Restore(t.Context())
		require.NoError(t, err)
		found, err := integrity(t.Context(), filepath.Join(home, databasePath))
		require.NoError(t, err)
		require.Empty(t, found)
		opened, err := database.Open(t.Context(), filepath.Join(home, "gateway"))
		require.NoError(t, err)
		var rows int64
		require.NoError(t, opened.QueryRowContext(t.Context(), "SELECT count(*) FROM counted WHERE n <= ?", before).Scan(&rows))
		require.NoError(t, opened.Close())
		require.Equal(t, before, rows, "every row up to the last one that was acknowledged")
	}
}

func TestABackupCopiesOnlyTheEvidenceThatIsNew(t *testing.T) {
	h := newHome(t)
	first, second := h.upload(t, 1), h.upload(t, 2)
	report := h.create(t)
	require.Equal(t, int64(3), report.NewContents, "two files and the chaincode")
	require.Greater(t, report.NewBytes, first.Size+second.Size)
	report = h.create(t)
	require.Zero(t, report.NewContents)
	require.Zero(t, report.NewBytes)
	require.Equal(t, int64(2), report.EvidenceFiles)
	third := h.upload(t, 3)
	report = h.create(t)
	require.Equal(t, int64(1), report.NewContents)
	require.InDelta(t, third.Size, report.NewBytes, 100)
	require.Less(t, report.Bytes, third.Size, "a snapshot holds no contents")
}

func TestPruningKeepsWhatASnapshotCountsOn(t *testing.T) {
	h := newHome(t)
	h.upload(t, 1)
	h.create(t)
	require.Len(t, h.dataFiles(t), 2)
	// Contents go only where the store lets go of them, as of damaged files replaced.
	require.NoError(t, os.RemoveAll(h.at(evidenceFolder)))
	h.store = openEvidence(t, h.path)
	h.upload(t, 2)
	newest := h.create(t)
	require.Len(t, h.dataFiles(t), 3)
	place := h.reading(t).Place

	pruned, err := place.Prune(t.Context(), 2, []age.Identity{h.identity})
	require.NoError(t, err)
	require.Equal(t, Pruned{Snapshots: []string{}, Checked: true}, pruned)
	require.Len(t, h.dataFiles(t), 3)

	pruned, err = place.Prune(t.Context(), 1, nil)
	require.NoError(t, err)
	require.Len(t, pruned.Snapshots, 1)
	require.Len(t, h.dataFiles(t), 3, "without the key no content is touched")
	require.Equal(t, []string{newest.ID}, h.snapshots(t))

	stranger, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	_, err = place.Prune(t.Context(), 1, []age.Identity{stranger})
	require.ErrorIs(t, err, archive.ErrKey)
	require.Len(t, h.dataFiles(t), 3, "a snapshot that cannot be read may count on anything")

	pruned, err = place.Prune(t.Context(), 1, []age.Identity{h.identity})
	require.NoError(t, err)
	require.Equal(t, int64(1), pruned.Contents)
	require.Len(t, h.dataFiles(t), 2)
	verified, err := h.reading(t).Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verified.Findings)
	_, err = place.Prune(t.Context(), 0, nil)
	require.Error(t, err)
	require.Len(t, h.snapshots(t), 1)
}

func TestTheNewestSnapshotWithLedgersIsNotPruned(t *testing.T) {
	h := newHome(t)
	h.write(t, "network/organisations/Registrar/nodes/peer1/data/ledgersData/x", "blocks")
	cold := h.creation(t)
	cold.LedgerData = true
	withLedger, err := cold.Create(t.Context())
	require.NoError(t, err)
	h.create(t)
	newest := h.create(t)
	pruned, err := h.reading(t).Place.Prune(t.Context(), 1, nil)
	require.NoError(t, err)
	require.Len(t, pruned.Snapshots, 1)
	require.Equal(t, []string{withLedger.ID, newest.ID}, h.snapshots(t))
}

func TestLedgersComeBackOnlyWhereTheyAreAskedFor(t *testing.T) {
	h := newHome(t)
	const block = "network/organisations/Registrar/nodes/peer1/data/ledgersData/x"
	h.write(t, block, "blocks")
	h.create(t)
	home := filepath.Join(t.TempDir(), "home")
	_, err := Restoration{Reading: h.reading(t), Home: home, LedgerData: true}.Restore(t.Context())
	require.ErrorIs(t, err, ErrNoLedgerData)
	require.NoDirExists(t, home)
	cold := h.creation(t)
	cold.LedgerData = true
	_, err = cold.Create(t.Context())
	require.NoError(t, err)
	for ledgers, check := range map[bool]func(require.TestingT, string, ...any){true: require.FileExists, false: require.NoFileExists} {
		home := filepath.Join(t.TempDir(), "home")
		_, err = Restoration{Reading: h.reading(t), Home: home, LedgerData: ledgers}.Restore(t.Context())
		require.NoError(t, err)
		check(t, filepath.Join(home, block))
	}
}

func TestLedgersInUseAreNotCopied(t *testing.T) {
	h := newHome(t)
	running, err := process.Start(h.path, process.Specification{Name: "peer", Executable: "/bin/sleep", Arguments: []string{"60"}, Folder: h.path, Log: h.at("network/logs/peer.log")})
	require.NoError(t, err)
	cold := h.creation(t)
	cold.LedgerData = true
	_, err = cold.Create(t.Context())
	require.ErrorIs(t, err, ErrRunning)
	require.NoError(t, process.Kill(t.Context(), h.path, running))
	launcher := flock.New(h.at("network.lock"))
	require.NoError(t, launcher.Lock())
	_, err = cold.Create(t.Context())
	require.ErrorIs(t, err, ErrRunning, "a launcher is at work")
	require.NoError(t, launcher.Close())
	require.Empty(t, h.snapshots(t))
	_, err = cold.Create(t.Context())
	require.NoError(t, err)
}

func TestMasterKeysAreLeftOutUnlessAskedFor(t *testing.T) {
	h := newHome(t)
	object := h.upload(t, 1)
	apart := h.creation(t)
	apart.MasterKeys = false
	report, err := apart.Create(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"master keys of the gateway"}, report.Elsewhere)
	home := filepath.Join(t.TempDir(), "home")
	_, err = Restoration{Reading: h.reading(t), Home: home}.Restore(t.Context())
	require.ErrorIs(t, err, ErrNoMasterKeys)
	require.NoDirExists(t, home)
	restored, err := Restoration{Reading: h.reading(t), Home: home, MasterKey: h.at(masterKeyPath)}.Restore(t.Context())
	require.NoError(t, err)
	require.False(t, restored.Manifest.MasterKeys)
	_, err = openEvidence(t, home).Stat(t.Context(), object.CID)
	require.NoError(t, err)
	later := filepath.Join(t.TempDir(), "home")
	_, err = Restoration{Reading: h.reading(t), Home: later, WithoutMasterKeys: true}.Restore(t.Context())
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(later, masterKeyPath))
}

func TestNothingIsRestoredOverAHome(t *testing.T) {
	h := newHome(t)
	h.create(t)
	_, err := Restoration{Reading: h.reading(t), Home: h.path}.Restore(t.Context())
	require.ErrorIs(t, err, ErrOccupied)
	empty := t.TempDir()
	_, err = Restoration{Reading: h.reading(t), Home: empty}.Restore(t.Context())
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(empty, "connection.json"))
}

func TestARestoreThatFailsLeavesNoHome(t *testing.T) {
	damage := map[string]func(t *testing.T, h *homeFixture) error{
		"a snapshot that is cut off": func(t *testing.T, h *homeFixture) error {
			path := h.reading(t).Place.path(h.snapshots(t)[0])
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, info.Size()-10))
			return archive.ErrDamaged
		},
		"a snapshot with a bit changed": func(t *testing.T, h *homeFixture) error {
			flip(t, h.reading(t).Place.path(h.snapshots(t)[0]))
			return archive.ErrDamaged
		},
		"a content with a bit changed": func(t *testing.T, h *homeFixture) error {
			flip(t, h.dataFiles(t)[0])
			return ErrContent
		},
		"a content that is gone": func(t *testing.T, h *homeFixture) error {
			require.NoError(t, os.Remove(h.dataFiles(t)[1]))
			return ErrContent
		},
		"another key": func(t *testing.T, h *homeFixture) error {
			var err error
			h.identity, err = age.GenerateX25519Identity()
			require.NoError(t, err)
			return archive.ErrKey
		},
	}
	for sentence, spoil := range damage {
		t.Run(sentence, func(t *testing.T) {
			h := newHome(t)
			h.upload(t, 1)
			h.create(t)
			expected := spoil(t, h)
			root := t.TempDir()
			_, err := Restoration{Reading: h.reading(t), Home: filepath.Join(root, "home")}.Restore(t.Context())
			require.ErrorIs(t, err, expected)
			left, err := os.ReadDir(root)
			require.NoError(t, err)
			require.Empty(t, left)
			verified, err := h.reading(t).Verify(t.Context())
			require.True(t, errors.Is(err, expected) || len(verified.Findings) == 1, "verify finds it, too: %v", err)
		})
	}
}

// forge writes a snapshot as somebody can who has the public key and may write into
// the folder.
func (h *homeFixture) forge(t *testing.T, manifest string, files map[string]string) {
	t.Helper()
	place := h.reading(t).Place
	_, _, err := place.publish("20270101T000000Z", func(to io.Writer) error {
		writer, err := archive.NewWriter(to, h.clock, h.identity.Recipient())
		require.NoError(t, err)
		for name, content := range files {
			_, err = writer.Add(name, 0o600, int64(len(content)), strings.NewReader(content))
			require.NoError(t, err)
		}
		if manifest != "" {
			_, err = writer.Add(manifestName, 0o600, int64(len(manifest)), strings.NewReader(manifest))
			require.NoError(t, err)
		}
		return writer.Close()
	})
	require.NoError(t, err)
}

func TestASnapshotThatIsNotWhatItsManifestSaysIsRefused(t *testing.T) {
	const empty = `{"format":1,"taken":"2026-11-01T03:00:00Z","masterKeys":true,"ledgerData":false,"evidenceFiles":0,"evidenceBytes":0,"files":[]}`
	cases := map[string]struct {
		manifest string
		files    map[string]string
	}{
		"no manifest":                    {"", map[string]string{"home/x": "x"}},
		"a file more":                    {empty, map[string]string{"home/x": "x"}},
		"a file that is none of a home":  {empty, map[string]string{"elsewhere/x": "x"}},
		"another format":                 {strings.Replace(empty, `"format":1`, `"format":2`, 1), nil},
		"a field that nobody knows":      {strings.Replace(empty, `"format":1`, `"format":1,"x":1`, 1), nil},
		"no JSON":                        {"{", nil},
		"evidence without its header":    {empty, map[string]string{evidenceList: `{"cid":"x","header":"{}","blob":"y","size":1,"sha256":""}` + "\n"}},
		"a line that is too long":        {empty, map[string]string{evidenceList: strings.Repeat("x", 2*maxLine)}},
		"a shared file in another place": {strings.Replace(empty, `"files":[]`, `"files":[],"shared":[{"name":"connection.json","size":1,"mode":384,"sha256":"","content":"x"}]`, 1), nil},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			h := newHome(t)
			h.forge(t, c.manifest, c.files)
			home := filepath.Join(t.TempDir(), "home")
			_, err := Restoration{Reading: h.reading(t), Home: home}.Restore(t.Context())
			require.ErrorIs(t, err, ErrManifest)
			require.NoDirExists(t, home)
		})
	}
}

func TestAnOwnersMarkThatLeadsElsewhereIsRefused(t *testing.T) {
	h := newHome(t)
	h.forge(t, `{"format":1}`, map[string]string{evidenceList: `{"owner":"../../../x"}` + "\n"})
	home := filepath.Join(t.TempDir(), "home")
	_, err := Restoration{Reading: h.reading(t), Home: home}.Restore(t.Context())
	require.ErrorContains(t, err, "is no blob name")
	require.NoDirExists(t, home)
}

func TestASnapshotThatWasSlippedInIsToldByItsDigest(t *testing.T) {
	h := newHome(t)
	report := h.create(t)
	reading := h.reading(t)
	reading.SHA256 = strings.ToUpper(report.SHA256)
	_, err := reading.Verify(t.Context())
	require.NoError(t, err)
	h.forge(t, `{"format":1}`, nil)
	_, err = reading.Verify(t.Context())
	require.ErrorIs(t, err, ErrAnother)
	reading.ID = report.ID
	_, err = reading.Verify(t.Context())
	require.NoError(t, err)
	reading.ID = "20000101T000000Z"
	_, err = reading.Verify(t.Context())
	require.ErrorIs(t, err, ErrNoSnapshot)
}

func TestEvidenceThatTheStoreHasLostIsReportedAndTheRestIsKept(t *testing.T) {
	h := newHome(t)
	lost, kept := h.upload(t, 1), h.upload(t, 2)
	require.NoError(t, filepath.WalkDir(h.at(evidenceFolder+"/data"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			return os.Remove(path)
		}
		return err
	}))
	again := h.upload(t, 2)
	require.Equal(t, kept, again)
	report, err := h.creation(t).Create(t.Context())
	require.ErrorIs(t, err, ErrMissing)
	require.Equal(t, []string{lost.CID}, report.Missing)
	require.Equal(t, int64(1), report.EvidenceFiles)
	verified, err := h.reading(t).Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verified.Findings)
}

func TestAFolderThatIsNotMountedIsNotWrittenTo(t *testing.T) {
	_, err := OpenPlace(t.TempDir())
	require.ErrorIs(t, err, ErrNoPlace)
	_, err = InitPlace(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestTwoBackupsDoNotMeet(t *testing.T) {
	h := newHome(t)
	end, err := h.reading(t).Place.alone(t.Context())
	require.NoError(t, err)
	_, err = h.creation(t).Create(t.Context())
	require.ErrorIs(t, err, ErrBusy)
	require.NoError(t, end())
	h.create(t)
}

func TestTheNewestSnapshotIsTheOneMadeLastWhateverTheClockSays(t *testing.T) {
	h := newHome(t)
	at := h.clock
	creation := h.creation(t)
	creation.Clock = func() time.Time { return at }
	first, err := creation.Create(t.Context())
	require.NoError(t, err)
	second, err := creation.Create(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Taken.Add(time.Second), second.Taken)
	creation.Clock = func() time.Time { return at.Add(-time.Hour) }
	third, err := creation.Create(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Taken.Add(2*time.Second), third.Taken, "a clock that was set back")
	newest, err := h.reading(t).Place.Find("")
	require.NoError(t, err)
	require.Equal(t, third.ID, newest.ID)
	all, err := h.reading(t).Place.List()
	require.NoError(t, err)
	require.Len(t, all, 3)
	verified, err := h.reading(t).Verify(t.Context())
	require.NoError(t, err)
	require.Empty(t, verified.Findings)
}

func TestAKeyIsMadeOnceAndReadOnlyFromItsOwnersFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	recipient, err := NewKey(path, time.Now())
	require.NoError(t, err)
	_, err = NewKey(path, time.Now())
	require.ErrorIs(t, err, fs.ErrExist)
	identities, err := ReadIdentities([]string{path})
	require.NoError(t, err)
	require.Equal(t, recipient, identities[0].(*age.X25519Identity).Recipient().String())
	recipients, err := ReadRecipients([]string{recipient}, nil)
	require.NoError(t, err)
	require.Len(t, recipients, 1)
	_, err = ReadRecipients(nil, nil)
	require.ErrorContains(t, err, "nobody could read the snapshot")
	_, err = ReadRecipients([]string{"age1x"}, nil)
	require.Error(t, err)
	require.NoError(t, os.Chmod(path, 0o640))
	_, err = ReadIdentities([]string{path})
	require.ErrorContains(t, err, "can be read by others")
	require.NoError(t, os.WriteFile(path, []byte("AGE-SECRET-KEY-1SPOILT"), 0o600))
	require.NoError(t, os.Chmod(path, 0o600))
	_, err = ReadIdentities([]string{path})
	require.Error(t, err)
	require.NotContains(t, fmt.Sprint(err), "SPOILT")
}
