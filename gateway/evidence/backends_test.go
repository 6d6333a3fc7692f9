package evidence

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/blob/s3"
	"dengji/gateway/evidence/blob/s3/s3test"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/sealing"
)

func TestTheStoreWorksOnAFolder(t *testing.T) {
	storeWorksOn(t, func(t *testing.T) blob.Store {
		blobs, err := folder.New(t.TempDir())
		require.NoError(t, err)
		return blobs
	})
}

func TestTheStoreWorksOnS3(t *testing.T) {
	storeWorksOn(t, func(t *testing.T) blob.Store {
		blobs, err := s3.New(s3test.Serve(t))
		require.NoError(t, err)
		return blobs
	})
}

func storeOn(t *testing.T, blobs blob.Store, keys string) *Store {
	t.Helper()
	sealer, err := sealing.ParseKeys(keys)
	require.NoError(t, err)
	store, err := New(Options{Blobs: blobs, Sealer: sealer})
	require.NoError(t, err)
	return store
}

func namesUnder(t *testing.T, blobs blob.Store, prefix string) []string {
	t.Helper()
	var names []string
	require.NoError(t, blobs.List(t.Context(), prefix, func(info blob.Info) error {
		names = append(names, info.Name)
		return nil
	}))
	return names
}

// damageBlob flips a bit in a blob through its backend.
func damageBlob(t *testing.T, blobs blob.Store, name string) {
	t.Helper()
	stored, err := blob.ReadAll(t.Context(), blobs, name, 1<<30)
	require.NoError(t, err)
	stored[len(stored)/2] ^= 1
	require.NoError(t, blob.WriteAll(t.Context(), blobs, name, stored))
}

// storeWorksOn is what a Store must do on every backend. Each call of open gives an
// empty one.
func storeWorksOn(t *testing.T, open func(*testing.T) blob.Store) {
	t.Helper()
	t.Run("files of awkward sizes come back, whole and from any place", func(t *testing.T) {
		store := storeOn(t, open(t), keyA)
		for _, size := range []int{0, 1, sealing.SegmentSize, contentid.ChunkSize + 1} {
			whole := content(size)
			object := put(t, store, owner, whole)
			got, err := read(t, store, object.CID)
			require.NoError(t, err)
			require.True(t, bytes.Equal(whole, got))
			stored, err := store.Open(t.Context(), object.CID)
			require.NoError(t, err)
			_, err = stored.Seek(int64(size/2), 0)
			require.NoError(t, err)
			half := make([]byte, size-size/2)
			_, err = stored.Read(half[:min(len(half), 10)])
			if size > 0 {
				require.NoError(t, err)
				require.Equal(t, whole[size/2:][:min(len(half), 10)], half[:min(len(half), 10)])
			}
			require.NoError(t, stored.Close())
		}
	})
	t.Run("a file of two owners is stored once", func(t *testing.T) {
		blobs := open(t)
		store := storeOn(t, blobs, keyA)
		put(t, store, owner, content(100_000))
		put(t, store, other, content(100_000))
		require.Len(t, namesUnder(t, blobs, dataPrefix), 1)
		used, _, err := storeOn(t, blobs, keyA).Usage(t.Context(), other)
		require.NoError(t, err)
		require.Equal(t, int64(100_000), used)
	})
	t.Run("a refused upload leaves nothing", func(t *testing.T) {
		blobs := open(t)
		_, err := storeOn(t, blobs, keyA).Put(t.Context(), Upload{Owner: owner, Content: bytes.NewReader(content(300_000)), MaxSize: 200_000})
		requireFault(t, fault.FileTooLarge, err)
		require.Empty(t, namesUnder(t, blobs, dataPrefix))
	})
	t.Run("damage is found, reported with its owner, and healed", func(t *testing.T) {
		blobs := open(t)
		store := storeOn(t, blobs, keyA)
		whole := content(200_000)
		object := put(t, store, owner, whole)
		damageBlob(t, blobs, namesUnder(t, blobs, dataPrefix)[0])
		_, err := read(t, store, object.CID)
		requireFault(t, fault.EvidenceDamaged, err)
		var whose []string
		_, err = store.Scrub(t.Context(), expect(Expected{Owner: owner, CID: object.CID}), func(f Finding) error {
			whose = append(whose, f.Owner)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []string{owner}, whose)
		put(t, store, owner, whole)
		_, err = read(t, store, object.CID)
		require.NoError(t, err)
		require.Len(t, namesUnder(t, blobs, dataPrefix), 1)
	})
	t.Run("a rotation leaves every file readable under the new key alone", func(t *testing.T) {
		blobs := open(t)
		object := put(t, storeOn(t, blobs, keyA), owner, content(1000))
		summary, err := storeOn(t, blobs, keyA+" "+keyB).Rotate(t.Context())
		require.NoError(t, err)
		require.Equal(t, RotationSummary{Sealed: 1}, summary)
		_, err = read(t, storeOn(t, blobs, keyB), object.CID)
		require.NoError(t, err)
	})
	t.Run("a sweep removes what no header names", func(t *testing.T) {
		blobs := open(t)
		store := storeOn(t, blobs, keyA)
		put(t, store, owner, content(1000))
		require.NoError(t, blob.WriteAll(t.Context(), blobs, dataPrefix+"abcdefghijklmnopqrstuvwxyz", []byte("left by a crash")))
		summary, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, SweepSummary{Unnamed: 1}, summary)
	})
}
