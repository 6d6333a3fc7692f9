package evidence

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/durable/durabletest"
	"dengji/gateway/evidence/sealing"
)

// crashContent is what is stored while things go wrong: three segments.
var crashContent = damagedContent()

// scenario is an act on a store that has been made ready for it.
type scenario struct {
	keys    string                            // of the store in which the act happens
	held    bool                              // the content is stored before the act, and must stay readable whatever happens
	prepare func(t testing.TB, store fixture) // under keyA
	act     func(store *Store) error
	// done reports whether the act, once acknowledged, has its effect.
	done func(t testing.TB, root string) bool
}

func storesContent(t testing.TB, root string) bool {
	got, err := read(t, openStore(t, root, keyA), cidOf(t, crashContent))
	return err == nil && bytes.Equal(crashContent, got)
}

func cidOf(t testing.TB, whole []byte) string {
	t.Helper()
	id, err := contentid.Compute(t.Context(), bytes.NewReader(whole))
	require.NoError(t, err)
	return id.CID
}

func putContent(store *Store) error {
	_, err := store.Put(context.Background(), Upload{Owner: owner, Content: bytes.NewReader(crashContent)})
	return err
}

var scenarios = map[string]scenario{
	"storing the first file": {keyA, false, func(testing.TB, fixture) {}, putContent, storesContent},
	"storing a file that another owner holds": {keyA, true, func(t testing.TB, store fixture) {
		put(t, store.Store, other, crashContent)
	}, putContent, storesContent},
	"storing a damaged file anew": {keyA, false, func(t testing.TB, store fixture) {
		put(t, store.Store, owner, crashContent)
		flipByte(t, store.files(t, "data")[0], 0)
	}, putContent, storesContent},
	"rotating the master key": {keyA + " " + keyB, true, func(t testing.TB, store fixture) {
		put(t, store.Store, owner, crashContent)
	}, func(store *Store) error {
		_, err := store.Rotate(context.Background())
		return err
	}, func(t testing.TB, root string) bool {
		_, err := openStore(t, root, keyB).Stat(t.Context(), cidOf(t, crashContent))
		return err == nil
	}},
}

// requireSound looks at a store after a crash: what can be seen of it is whole,
// nothing of a broken act is in the way of doing it again, and no leftover stays.
func requireSound(t testing.TB, root string, s scenario) {
	t.Helper()
	store := fixture{openStore(t, root, s.keys), root}
	cid := cidOf(t, crashContent)
	got, err := read(t, store.Store, cid)
	switch code := fault.CodeOf(err); {
	case code == "":
		require.True(t, bytes.Equal(crashContent, got))
	case !s.held && (code == fault.NotFound || code == fault.EvidenceDamaged): // not stored yet, or damaged as prepared
	default:
		require.NoError(t, err)
	}

	require.NoError(t, s.act(store.Store))
	require.True(t, s.done(t, root))
	summary, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, summary.Damaged)
	require.Len(t, store.files(t, "data"), 1)
	require.Len(t, store.files(t, "heads"), 1)
	require.Empty(t, store.files(t, "unfinished"))
	used, _, err := openStore(t, root, s.keys).Usage(t.Context(), owner)
	require.NoError(t, err)
	require.Equal(t, int64(len(crashContent)), used)
}

func openOn(system durable.FileSystem, root, keys string) (*Store, error) {
	blobs, err := folder.NewOn(system, root)
	if err != nil {
		return nil, err
	}
	sealer, err := sealing.ParseKeys(keys)
	if err != nil {
		return nil, err
	}
	return New(Options{Blobs: blobs, Sealer: sealer})
}

func TestAFileCallThatFailsLeavesTheStoreSound(t *testing.T) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			for at := 1; ; at++ {
				root := filepath.Join(t.TempDir(), "evidence")
				s.prepare(t, fixture{openStore(t, root, keyA), root})
				system := durabletest.FailAt(at)
				store, err := openOn(system, root, s.keys)
				if err == nil {
					err = s.act(store)
				}
				if !system.Reached() {
					require.NoError(t, err)
					require.Greater(t, at, 5, "the act made calls that could fail")
					return
				}
				if err == nil { // a failure that takes nothing from the act, as of removing leftovers
					require.True(t, s.done(t, root), "acknowledged at call %d", at)
				} else {
					require.ErrorIs(t, err, syscall.EIO, "call %d", at)
				}
				requireSound(t, root, s)
			}
		})
	}
}

// The process that dies is this test's own program, started anew with these.
const (
	dieAtVariable     = "DENGJI_TEST_DIE_AT"
	dieInVariable     = "DENGJI_TEST_DIE_IN"
	dieFolderVariable = "DENGJI_TEST_DIE_FOLDER"
)

func TestMain(m *testing.M) {
	at, err := strconv.Atoi(os.Getenv(dieAtVariable))
	if err != nil {
		os.Exit(m.Run())
	}
	s := scenarios[os.Getenv(dieInVariable)]
	store, err := openOn(durabletest.DieAt(at), os.Getenv(dieFolderVariable), s.keys)
	if err == nil {
		err = s.act(store)
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func TestAProcessKilledAtAnyFileCallLeavesTheStoreSound(t *testing.T) {
	for name, s := range scenarios {
		t.Run(name, func(t *testing.T) {
			for at := 1; ; at++ {
				root := filepath.Join(t.TempDir(), "evidence")
				s.prepare(t, fixture{openStore(t, root, keyA), root})
				process := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test's own program
				process.Env = append(os.Environ(), dieAtVariable+"="+strconv.Itoa(at), dieInVariable+"="+name, dieFolderVariable+"="+root)
				err := process.Run()
				if err == nil {
					require.True(t, s.done(t, root))
					require.Greater(t, at, 5, "the act made calls to die at")
					return
				}
				status, ok := process.ProcessState.Sys().(syscall.WaitStatus)
				require.True(t, ok && status.Signaled() && status.Signal() == syscall.SIGKILL, "call %d: %v", at, err)
				requireSound(t, root, s)
			}
		})
	}
}

func TestWhatWasAcknowledgedOutlivesAPowerCut(t *testing.T) {
	for name, eager := range map[string]bool{"with only what was synced": false, "with names written before contents": true} {
		t.Run(name, func(t *testing.T) {
			system := durabletest.NewPowerCut()
			root, after := filepath.Join(t.TempDir(), "evidence"), filepath.Join(t.TempDir(), "evidence")
			store, err := openOn(system, root, keyA)
			require.NoError(t, err)
			for size := range 5 {
				put(t, store, owner, content(size*50_000))
			}
			require.NoError(t, putContent(store))
			require.NoError(t, system.Restore(root, after, eager))
			restored := openStore(t, after, keyA)
			require.True(t, storesContent(t, after))
			for size := range 5 {
				whole := content(size * 50_000)
				got, err := read(t, restored, cidOf(t, whole))
				require.NoError(t, err)
				require.True(t, bytes.Equal(whole, got))
			}
			used, _, err := restored.Usage(t.Context(), owner)
			require.NoError(t, err)
			require.Equal(t, int64(500_000+len(crashContent)), used)
		})
	}
}

func TestAPowerCutInTheMiddleLeavesTheStoreSound(t *testing.T) {
	for name, s := range scenarios {
		for _, eager := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				for at := 1; cutAt(t, s, at, eager); at++ {
					require.Less(t, at, 100)
				}
			})
		}
	}
}

// cutAt acts with a power cut before a chosen change of names, and looks at what
// is left. It reports whether the act came so far.
func cutAt(t *testing.T, s scenario, at int, eager bool) bool {
	t.Helper()
	system := durabletest.NewPowerCut()
	root, after := filepath.Join(t.TempDir(), "evidence"), filepath.Join(t.TempDir(), "evidence")
	prepared, err := openOn(system, root, keyA)
	require.NoError(t, err)
	s.prepare(t, fixture{prepared, root})
	counted := &cutting{PowerCut: system, left: at, cut: func() { require.NoError(t, system.Restore(root, after, eager)) }}
	store, err := openOn(counted, root, s.keys)
	require.NoError(t, err)
	require.NoError(t, s.act(store))
	if counted.left > 0 {
		return false
	}
	requireSound(t, after, s)
	return true
}

// cutting takes its picture of what is durable before a chosen change of names.
type cutting struct {
	*durabletest.PowerCut
	left int
	cut  func()
}

func (c *cutting) count() {
	if c.left--; c.left == 0 {
		c.cut()
	}
}

func (c *cutting) Create(path string) (durable.File, error) {
	c.count()
	return c.PowerCut.Create(path)
}
func (c *cutting) Mkdir(path string) error      { c.count(); return c.PowerCut.Mkdir(path) }
func (c *cutting) Rename(from, to string) error { c.count(); return c.PowerCut.Rename(from, to) }
func (c *cutting) Remove(path string) error     { c.count(); return c.PowerCut.Remove(path) }
func (c *cutting) SyncFolder(path string) error { c.count(); return c.PowerCut.SyncFolder(path) }
