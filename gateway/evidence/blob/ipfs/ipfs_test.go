package ipfs

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
)

// rpc is a node that answers each command as a test says.
func rpc(t *testing.T, answers map[string]http.HandlerFunc) *IPFS {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, http.MethodPost, r.Method)
		require.Equal(t, "Bearer secret", r.Header.Get("Authorization"))
		answer, known := answers[strings.TrimPrefix(r.URL.Path, "/api/v0/")]
		if !known {
			http.Error(w, r.URL.Path, http.StatusNotFound)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	store, err := New(Options{Address: server.URL, Authorization: "Bearer secret", Root: "/dengji"})
	require.NoError(t, err)
	return store
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, text)
	}
}

func refuses(message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = fmt.Fprintf(w, `{"Message":%q,"Code":0,"Type":"error"}`, message)
	}
}

// failsLate answers a part and then reports an error, as kubo does.
func failsLate(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", streamError)
		_, _ = io.WriteString(w, part)
		w.Header().Set(streamError, "block was not found locally")
	}
}

func TestAnErrorInTheMiddleOfAnAnswerIsNoEnd(t *testing.T) {
	store := rpc(t, map[string]http.HandlerFunc{"files/read": failsLate("half of it"), "add": failsLate(`{"Hash":"bafy"}`), "files/stat": failsLate(`{"Type":"file"}`)})
	_, err := blob.ReadAll(t.Context(), store, "data/abc", 100)
	require.ErrorContains(t, err, "block was not found locally")
	require.NotErrorIs(t, err, blob.ErrNotFound)
	_, err = store.Stat(t.Context(), "data/abc")
	require.ErrorContains(t, err, "block was not found locally")
	require.ErrorContains(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")), "block was not found locally")
}

func TestOnlyAMissingPathIsAMissingBlob(t *testing.T) {
	cases := map[string]struct {
		answer  http.HandlerFunc
		missing bool
	}{
		"kubo's word for a path that is not there": {refuses("file does not exist"), true},
		"the same after the path":                  {refuses("/dengji/data/abc: file does not exist"), true},
		"a node that is out of space":              {refuses("no space left on device"), false},
		"a proxy's page": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "file does not exist", http.StatusBadGateway)
		}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			store := rpc(t, map[string]http.HandlerFunc{"files/read": c.answer, "files/stat": c.answer})
			_, err := store.Open(t.Context(), "data/abc", 0)
			require.Error(t, err)
			_, statErr := store.Stat(t.Context(), "data/abc")
			require.Error(t, statErr)
			if c.missing {
				require.ErrorIs(t, err, blob.ErrNotFound)
				require.ErrorIs(t, statErr, blob.ErrNotFound)
				return
			}
			require.NotErrorIs(t, err, blob.ErrNotFound)
			require.NotErrorIs(t, statErr, blob.ErrNotFound)
		})
	}
}

func TestACommitFailsWhenAnyOfItsStepsDoes(t *testing.T) {
	added := says(`{"Name":"blob","Hash":"bafkqaaa","Size":"4"}`)
	cases := map[string]map[string]http.HandlerFunc{
		"adding":    {"add": refuses("no space left on device"), "files/cp": says(""), "pin/rm": says("{}")},
		"placing":   {"add": added, "files/cp": refuses("cannot put node"), "pin/rm": says("{}")},
		"unpinning": {"add": added, "files/cp": says(""), "pin/rm": refuses("lock is held")},
	}
	for name, answers := range cases {
		t.Run(name, func(t *testing.T) {
			require.Error(t, blob.WriteAll(t.Context(), rpc(t, answers), "data/abc", []byte("x")))
		})
	}
	t.Run("but not when another writer of the same content has unpinned it", func(t *testing.T) {
		store := rpc(t, map[string]http.HandlerFunc{"add": added, "files/cp": says(""), "pin/rm": refuses("not pinned or pinned indirectly")})
		require.NoError(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
	})
}

func TestANodeThatIsNotThereFailsEverything(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	store, err := New(Options{Address: server.URL, Root: "/dengji"})
	require.NoError(t, err)
	require.Error(t, store.Check(t.Context()))
	require.Error(t, blob.WriteAll(t.Context(), store, "data/abc", make([]byte, 1<<20)))
	require.Error(t, store.Remove(t.Context(), "data/abc"))
	require.Error(t, store.List(t.Context(), "data/", nil))
	_, err = store.Sweep(t.Context(), time.Now())
	require.Error(t, err)
}

func TestAddressesAndFoldersThatCannotBeAreRefused(t *testing.T) {
	for name, options := range map[string]Options{
		"no address":                {Root: "/dengji"},
		"an address without scheme": {Address: "127.0.0.1:5001", Root: "/dengji"},
		"a multiaddress":            {Address: "/ip4/127.0.0.1/tcp/5001", Root: "/dengji"},
		"no folder":                 {Address: "http://127.0.0.1:5001"},
		"all of MFS":                {Address: "http://127.0.0.1:5001", Root: "/"},
		"a relative folder":         {Address: "http://127.0.0.1:5001", Root: "dengji"},
		"a folder that climbs":      {Address: "http://127.0.0.1:5001", Root: "/a/../b"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(options)
			require.Error(t, err)
		})
	}
}
