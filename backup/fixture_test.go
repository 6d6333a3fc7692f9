package backup

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"dengji/cryptosuite"
	"dengji/gateway/audit"
	"dengji/gateway/database/databasetest"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/sealing"
)

// homeFixture is a home with the parts that a gateway keeps in it, and a place for its
// backups.
type homeFixture struct {
	path     string
	place    string
	store    *evidence.Store
	database *sql.DB
	identity *age.X25519Identity
	clock    time.Time
}

func newHome(t testing.TB) *homeFixture {
	t.Helper()
	root := t.TempDir()
	h := &homeFixture{path: filepath.Join(root, "home"), place: filepath.Join(root, "place"), clock: time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)}
	require.NoError(t, os.Mkdir(h.place, 0o700))
	_, err := InitPlace(h.place)
	require.NoError(t, err)
	h.identity, err = age.GenerateX25519Identity()
	require.NoError(t, err)
	for name, content := range map[string]string{"connection.json": "{}", "officers.json": "[]", "network/topology.json": "{}", "network/logs/peer.log": "log",
		"network/chaincode/abc/dengji-chaincode": "program", "gateway/readmodel.db": "cache", "gateway/rotation.lock": "", "network.lock": ""} {
		h.write(t, name, content)
	}
	require.NoError(t, os.Chmod(h.at("network/chaincode/abc/dengji-chaincode"), 0o700))
	_, _, _, err = cryptosuite.CreateSlipAuthority(h.at("gateway/slip-authority"), cryptosuite.Names{Organisation: "o", Root: "r", Signer: "s"})
	require.NoError(t, err)
	h.database = databasetest.Open(t, h.at("gateway"))
	h.audit(t, 20)
	require.NoError(t, sealing.CreateKeyFile(h.at(masterKeyPath)))
	h.store = openEvidence(t, h.path)
	return h
}

func openEvidence(t testing.TB, home string) *evidence.Store {
	t.Helper()
	blobs, err := folder.New(filepath.Join(home, evidenceFolder))
	require.NoError(t, err)
	keys, err := sealing.LoadKeyFile(filepath.Join(home, masterKeyPath))
	require.NoError(t, err)
	store, err := evidence.New(evidence.Options{Blobs: blobs, Sealer: keys})
	require.NoError(t, err)
	return store
}

func (h *homeFixture) at(name string) string { return filepath.Join(h.path, filepath.FromSlash(name)) }

func (h *homeFixture) write(t testing.TB, name, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(h.at(name)), 0o700))
	require.NoError(t, os.WriteFile(h.at(name), []byte(content), 0o600))
}

func (h *homeFixture) audit(t testing.TB, entries int) {
	t.Helper()
	journal := audit.Open(h.database, slog.New(slog.DiscardHandler))
	for n := range entries {
		journal.Write(audit.Entry{At: "2026-11-01T00:00:00Z", RequestID: fmt.Sprint(n)})
	}
	journal.Close()
}

// contentOf gives content number n: three segments of noise.
func contentOf(n int) []byte {
	content := make([]byte, 150_000)
	_, _ = rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)}).Read(content)
	return content
}

// upload stores content number n.
func (h *homeFixture) upload(t testing.TB, n int) evidence.Object {
	t.Helper()
	object, err := h.store.Put(t.Context(), evidence.Upload{Owner: "department", Content: bytes.NewReader(contentOf(n))})
	require.NoError(t, err)
	return object
}

// creation is a snapshot of the home, each a minute after the one before.
func (h *homeFixture) creation(t testing.TB) Creation {
	t.Helper()
	place, err := OpenPlace(h.place)
	require.NoError(t, err)
	h.clock = h.clock.Add(time.Minute)
	return Creation{Home: h.path, Place: place, Recipients: []age.Recipient{h.identity.Recipient()}, MasterKeys: true,
		Tip: func(context.Context) (*Tip, error) {
			return &Tip{Channel: "registration", Height: 7, BlockHash: "ab"}, nil
		},
		Clock: func() time.Time { return h.clock }, Note: func(string, ...any) {}, Copied: func(int64) {}}
}

func (h *homeFixture) create(t testing.TB) Report {
	t.Helper()
	report, err := h.creation(t).Create(t.Context())
	require.NoError(t, err)
	return report
}

func (h *homeFixture) reading(t testing.TB) Reading {
	t.Helper()
	place, err := OpenPlace(h.place)
	require.NoError(t, err)
	return Reading{Place: place, Identities: []age.Identity{h.identity}, Checked: func(int64) {}}
}

func (h *homeFixture) drill(t testing.TB, masterKey string) (Drilled, error) {
	t.Helper()
	temporary := t.TempDir()
	report, err := Drill{Reading: h.reading(t), Folder: temporary, MasterKey: masterKey, Clock: func() time.Time { return h.clock },
		Note: func(string, ...any) {}}.Run(t.Context())
	left, readErr := os.ReadDir(temporary)
	require.NoError(t, readErr)
	require.Empty(t, left, "a drill leaves nothing")
	return report, err
}

// snapshots lists the ids of the place.
func (h *homeFixture) snapshots(t testing.TB) []string {
	t.Helper()
	all, err := h.reading(t).Place.List()
	require.NoError(t, err)
	ids := []string{}
	for _, snapshot := range all {
		ids = append(ids, snapshot.ID)
	}
	return ids
}

// dataFiles lists the contents of the place.
func (h *homeFixture) dataFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.place, contentFolder, "data", "*", "*"))
	require.NoError(t, err)
	return files
}

// failing opens the place on a file system that fails.
func (h *homeFixture) failing(system durable.FileSystem) (*Place, error) {
	return openPlace(system, h.place)
}

func flip(t testing.TB, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

// contentsOfHome lists the contents of the home's own evidence store.
func contentsOfHome(t testing.TB, h *homeFixture) (files []string) {
	t.Helper()
	files, err := filepath.Glob(h.at(evidenceFolder + "/data/*/*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}
