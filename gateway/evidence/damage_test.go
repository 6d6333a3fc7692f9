package evidence

import (
	"bytes"
	"errors"
	"iter"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/gateway/evidence/sealing"
)

// flipByte damages a file on disk.
func flipByte(t testing.TB, path string, at int) {
	t.Helper()
	stored, err := os.ReadFile(path)
	require.NoError(t, err)
	stored[(at+len(stored))%len(stored)] ^= 1
	require.NoError(t, os.WriteFile(path, stored, 0o600))
}

func cut(t testing.TB, path string, bytes int64) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, info.Size()-bytes))
}

// damages are ways in which a stored file of three segments goes bad, and how many
// of its bytes may still be served.
var damages = map[string]struct {
	do     func(t testing.TB, f fixture)
	served int
}{
	"a flipped bit in the first segment": {func(t testing.TB, f fixture) { flipByte(t, f.files(t, "data")[0], 3) }, 0},
	"a flipped bit in the last segment":  {func(t testing.TB, f fixture) { flipByte(t, f.files(t, "data")[0], -1) }, 2 * sealing.SegmentSize},
	"a content that is cut short":        {func(t testing.TB, f fixture) { cut(t, f.files(t, "data")[0], 1) }, 0},
	"a content that has grown": {func(t testing.TB, f fixture) {
		file, err := os.OpenFile(f.files(t, "data")[0], os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = file.WriteString("x")
		require.NoError(t, errors.Join(err, file.Close()))
	}, 0},
	"a content that is gone":                        {func(t testing.TB, f fixture) { require.NoError(t, os.Remove(f.files(t, "data")[0])) }, 0},
	"a header that is empty":                        {func(t testing.TB, f fixture) { require.NoError(t, os.Truncate(f.files(t, "heads")[0], 0)) }, 0},
	"a header with a flipped bit in its media type": {func(t testing.TB, f fixture) { editHeader(t, f, "octet", "octeu") }, 0},
	"a header with a flipped bit in its digest":     {func(t testing.TB, f fixture) { editHeader(t, f, `"sm3":"sm3:`, `"sm3":"sm4:`) }, 0},
	"a header with another size":                    {func(t testing.TB, f fixture) { editHeader(t, f, `"size":131172`, `"size":131171`) }, 0},
}

func editHeader(t testing.TB, f fixture, from, to string) {
	t.Helper()
	path := f.files(t, "heads")[0]
	head, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(head), from)
	require.NoError(t, os.WriteFile(path, bytes.Replace(head, []byte(from), []byte(to), 1), 0o600))
}

func damagedContent() []byte { return content(2*sealing.SegmentSize + 100) }

func TestDamageIsReportedAndNeverServed(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			store := newFixture(t)
			whole := damagedContent()
			object := put(t, store.Store, owner, whole)
			damage.do(t, store)
			got, err := read(t, store.Store, object.CID)
			requireFault(t, fault.EvidenceDamaged, err)
			require.Equal(t, object.CID, fault.Of(err).Values["cid"])
			require.True(t, bytes.Equal(whole[:damage.served], got))
		})
	}
}

func TestEveryFlippedByteOfAHeaderIsDamage(t *testing.T) {
	store := newFixture(t)
	object := put(t, store.Store, owner, []byte("small"))
	path := store.files(t, "heads")[0]
	sound, err := os.ReadFile(path)
	require.NoError(t, err)
	for at := range sound {
		damaged := bytes.Clone(sound)
		damaged[at] ^= 0x20
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		_, err := store.Stat(t.Context(), object.CID)
		// a changed key id is an unknown key: the store cannot tell damage from a missing master key
		require.Contains(t, []fault.Code{fault.EvidenceDamaged, fault.StoreUnavailable}, fault.CodeOf(err), "byte %d", at)
	}
}

func TestUploadingADamagedFileAgainHealsIt(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			store := newFixture(t)
			whole := damagedContent()
			object := put(t, store.Store, owner, whole)
			damage.do(t, store)
			require.Equal(t, object, put(t, store.Store, other, whole))
			got, err := read(t, store.Store, object.CID)
			require.NoError(t, err)
			require.True(t, bytes.Equal(whole, got))

			_, err = store.Sweep(t.Context(), time.Now().Add(time.Hour))
			require.NoError(t, err)
			require.Len(t, store.files(t, "data"), 1, "the damaged content is gone")
		})
	}
}

func TestAHeaderInAnothersPlaceIsDamage(t *testing.T) {
	store := newFixture(t)
	first := put(t, store.Store, owner, []byte("first"))
	head, err := os.ReadFile(store.files(t, "heads")[0])
	require.NoError(t, err)
	second := put(t, store.Store, owner, []byte("second"))
	for _, path := range store.files(t, "heads") {
		require.NoError(t, os.WriteFile(path, head, 0o600))
	}
	_, err = read(t, store.Store, first.CID)
	require.NoError(t, err)
	_, err = read(t, store.Store, second.CID)
	requireFault(t, fault.EvidenceDamaged, err)
}

func TestAMissingMasterKeyIsNoDamage(t *testing.T) {
	store := newFixture(t)
	object := put(t, store.Store, owner, []byte("content"))
	_, err := read(t, openStore(t, store.root, keyB), object.CID)
	requireFault(t, fault.StoreUnavailable, err)
	require.ErrorIs(t, err, sealing.ErrUnknownKey)
}

func expect(all ...Expected) iter.Seq2[Expected, error] {
	return func(yield func(Expected, error) bool) {
		for _, one := range all {
			if !yield(one, nil) {
				return
			}
		}
	}
}

func TestScrubSaysWhatIsMissingOrDamagedAndWhose(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			store := newFixture(t)
			bad := put(t, store.Store, owner, damagedContent())
			damage.do(t, store)
			good := put(t, store.Store, other, content(1000))
			missing := Expected{Owner: other, CID: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"}
			misanchored := Expected{Owner: "third", CID: good.CID, SM3: canonical.DigestOf(nil)}

			found := map[string]fault.Code{}
			summary, err := store.Scrub(t.Context(), expect(
				Expected{Owner: owner, CID: bad.CID, SM3: bad.SM3}, Expected{Owner: other, CID: good.CID, SM3: good.SM3}, missing, misanchored,
			), func(f Finding) error {
				require.Error(t, f.Cause)
				found[f.Owner+" "+f.CID] = f.Code
				return nil
			})
			require.NoError(t, err)
			require.Equal(t, map[string]fault.Code{
				owner + " " + bad.CID:     fault.EvidenceDamaged,
				other + " " + missing.CID: fault.NotFound,
				"third " + good.CID:       fault.EvidenceDamaged,
			}, found)
			require.Equal(t, int64(4), summary.Objects)
			require.Equal(t, int64(3), summary.Findings)
		})
	}
}

func TestScrubEndsWhenItsListOrItsReportFails(t *testing.T) {
	store := newFixture(t)
	broken := errors.New("ledger gone")
	_, err := store.Scrub(t.Context(), func(yield func(Expected, error) bool) { yield(Expected{}, broken) }, nil)
	require.ErrorIs(t, err, broken)
	_, err = store.Scrub(t.Context(), expect(Expected{CID: "none"}), func(Finding) error { return broken })
	require.ErrorIs(t, err, broken)
}

func TestScrubEndsWhenTheStoreIsGone(t *testing.T) {
	store := newFixture(t)
	object := put(t, store.Store, owner, []byte("content"))
	again := openStore(t, store.root, keyB)
	reports := 0
	count := func(Finding) error { reports++; return nil }
	_, err := again.Scrub(t.Context(), expect(Expected{CID: object.CID}), count)
	require.NoError(t, err)
	require.Equal(t, 1, reports, "one unreadable file of a store that is there")

	require.NoError(t, os.RemoveAll(store.root))
	_, err = again.Scrub(t.Context(), expect(Expected{CID: "none"}), count)
	requireFault(t, fault.StoreUnavailable, err)
	require.Equal(t, 1, reports)
}

func TestRotationSealsHeadersAnewAndLeavesContents(t *testing.T) {
	store := newFixture(t)
	whole := damagedContent()
	object := put(t, store.Store, owner, whole)
	put(t, store.Store, owner, []byte("second"))
	contents := map[string][]byte{}
	for _, path := range store.files(t, "data") {
		stored, err := os.ReadFile(path)
		require.NoError(t, err)
		contents[path] = stored
	}

	both := openStore(t, store.root, keyA+" "+keyB)
	third := put(t, both, owner, []byte("third, under the new key already"))
	summary, err := both.Rotate(t.Context())
	require.NoError(t, err)
	require.Equal(t, RotationSummary{Sealed: 2, Current: 1}, summary)
	summary, err = both.Rotate(t.Context())
	require.NoError(t, err)
	require.Equal(t, RotationSummary{Current: 3}, summary)

	onlyNew := openStore(t, store.root, keyB)
	got, err := read(t, onlyNew, object.CID)
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, got))
	_, err = read(t, onlyNew, third.CID)
	require.NoError(t, err)
	_, err = read(t, store.Store, object.CID)
	requireFault(t, fault.StoreUnavailable, err)
	for path, before := range contents {
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, bytes.Equal(before, after))
	}
}

func TestRotationGoesOnPastADamagedHeader(t *testing.T) {
	store := newFixture(t)
	put(t, store.Store, owner, []byte("first"))
	require.NoError(t, os.Truncate(store.files(t, "heads")[0], 5))
	put(t, store.Store, owner, []byte("second"))
	summary, err := openStore(t, store.root, keyA+" "+keyB).Rotate(t.Context())
	require.NoError(t, err)
	require.Equal(t, RotationSummary{Sealed: 1, Damaged: 1}, summary)
}

func TestRotationWithoutTheOldKeyFails(t *testing.T) {
	store := newFixture(t)
	put(t, store.Store, owner, []byte("first"))
	_, err := openStore(t, store.root, keyB).Rotate(t.Context())
	requireFault(t, fault.StoreUnavailable, err)
}

func TestSweepRemovesContentsThatNoHeaderNames(t *testing.T) {
	store := newFixture(t)
	kept := put(t, store.Store, owner, []byte("kept"))
	put(t, store.Store, owner, []byte("its header gets lost"))
	for _, head := range store.files(t, "heads") {
		if !bytes.HasSuffix([]byte(head), []byte(kept.CID)) {
			require.NoError(t, os.Remove(head))
		}
	}
	summary, err := store.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, summary, "young leftovers may be uploads under way")
	summary, err = store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, SweepSummary{Unnamed: 1}, summary)
	_, err = read(t, store.Store, kept.CID)
	require.NoError(t, err)
}

func TestSweepKeepsContentsWhileAHeaderIsDamaged(t *testing.T) {
	store := newFixture(t)
	put(t, store.Store, owner, []byte("content"))
	require.NoError(t, os.Truncate(store.files(t, "heads")[0], 5))
	summary, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, SweepSummary{Damaged: 1}, summary)
	require.Len(t, store.files(t, "data"), 1)
}
