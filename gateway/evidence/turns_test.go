package evidence

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
)

// watched tries the turn's file at each header that is written.
type watched struct {
	blob.Store
	at func()
}

func (w watched) Create(ctx context.Context, name string) (blob.Writer, error) {
	if strings.HasPrefix(name, headPrefix) {
		w.at()
	}
	return w.Store.Create(ctx, name)
}

func TestHeadersAreWrittenInATurnThatOtherProcessesSee(t *testing.T) {
	path := filepath.Join(t.TempDir(), "turns")
	try := func(how int) error { // as another process would
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		require.NoError(t, err)
		defer file.Close()
		return syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	}
	var shared, exclusive error
	taking := func(o *Options) {
		o.Turns = path
		o.Blobs = watched{o.Blobs, func() { shared, exclusive = try(syscall.LOCK_SH), try(syscall.LOCK_EX) }}
	}
	store := newFixture(t, taking)
	put(t, store.Store, owner, []byte("content"))
	require.NoError(t, shared, "others may commit meanwhile")
	require.ErrorIs(t, exclusive, syscall.EWOULDBLOCK, "nobody may seal anew meanwhile")

	_, err := openStore(t, store.root, keyA+" "+keyB, taking).Rotate(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, shared, syscall.EWOULDBLOCK, "nobody may commit while a header is sealed anew")
	require.ErrorIs(t, exclusive, syscall.EWOULDBLOCK)
	require.NoError(t, try(syscall.LOCK_EX), "every turn ends")
}

func TestAStoreThatCannotTakeATurnStoresNothing(t *testing.T) {
	store := newFixture(t, func(o *Options) { o.Turns = filepath.Join(t.TempDir(), "no such folder", "turns") })
	_, err := store.Put(t.Context(), Upload{Owner: owner, Content: strings.NewReader("content")})
	require.Error(t, err)
	require.Empty(t, store.files(t, ""))
}
