package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/canonical"
	"dengji/chaincode/fault"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/durable/durabletest"
	"dengji/gateway/evidence/sealing"
)

const (
	keyA  = "0123456789abcdeffedcba9876543210"
	keyB  = "000102030405060708090a0b0c0d0e0f"
	owner = "12110000400000001X"
	other = "11110108000000002Y"
)

// fixture is a store in a folder that tests look into.
type fixture struct {
	*Store
	root string
}

func newFixture(t testing.TB, change ...func(*Options)) fixture {
	t.Helper()
	root := filepath.Join(t.TempDir(), "evidence")
	return fixture{openStore(t, root, keyA, change...), root}
}

// openStore opens a store that does not wait for the disk: what must be durable is
// shown by the tests of crashes.
func openStore(t testing.TB, root, keys string, change ...func(*Options)) *Store {
	t.Helper()
	return openOnSystem(t, durabletest.FailAt(0), root, keys, change...)
}

func openOnSystem(t testing.TB, system durable.FileSystem, root, keys string, change ...func(*Options)) *Store {
	t.Helper()
	blobs, err := folder.NewOn(system, root)
	require.NoError(t, err)
	sealer, err := sealing.ParseKeys(keys)
	require.NoError(t, err)
	options := Options{Blobs: blobs, Sealer: sealer}
	for _, c := range change {
		c(&options)
	}
	store, err := New(options)
	require.NoError(t, err)
	return store
}

// files gives the files under a folder of the store, "" for all.
func (f fixture) files(t testing.TB, under string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(f.root, under), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	require.NoError(t, err)
	return files
}

func put(t testing.TB, store *Store, owner string, content []byte) Object {
	t.Helper()
	object, err := store.Put(t.Context(), Upload{Owner: owner, Content: bytes.NewReader(content)})
	require.NoError(t, err)
	return object
}

func read(t testing.TB, store *Store, cid string) ([]byte, error) {
	t.Helper()
	content, err := store.Open(t.Context(), cid)
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(content)
	require.NoError(t, content.Close())
	return all, err
}

func content(size int) []byte {
	all := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)}).Read(all)
	return all
}

func requireFault(t testing.TB, code fault.Code, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
}

func TestAFileComesBackAsItWasPut(t *testing.T) {
	store := newFixture(t)
	for _, size := range []int{0, 1, sealing.SegmentSize, contentid.ChunkSize - 1, contentid.ChunkSize, contentid.ChunkSize + 1} {
		whole := content(size)
		object := put(t, store.Store, owner, whole)
		expected, err := contentid.Compute(t.Context(), bytes.NewReader(whole))
		require.NoError(t, err)
		require.Equal(t, expected, object.ContentID)

		described, err := store.Stat(t.Context(), object.CID)
		require.NoError(t, err)
		require.Equal(t, object, described)
		got, err := read(t, store.Store, object.CID)
		require.NoError(t, err)
		require.True(t, bytes.Equal(whole, got))
	}
}

func TestEveryFileComesBackWithItsDigests(t *testing.T) {
	store := newFixture(t)
	rapid.Check(t, func(r *rapid.T) {
		whole := content(rapid.IntRange(0, 4*sealing.SegmentSize).Draw(r, "size"))
		object := put(t, store.Store, owner, whole)
		require.Equal(r, canonical.DigestOf(whole), object.SM3)
		got, err := read(t, store.Store, object.CID)
		require.NoError(r, err)
		require.True(r, bytes.Equal(whole, got))
	})
}

func TestRangesAreServedOverHTTP(t *testing.T) {
	store := newFixture(t)
	whole := content(3*sealing.SegmentSize + 100)
	object := put(t, store.Store, owner, whole)
	stored, err := store.Open(t.Context(), object.CID)
	require.NoError(t, err)
	defer func() { require.NoError(t, stored.Close()) }()
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Range", "bytes=65530-65545,190000-")
	answer := httptest.NewRecorder()
	http.ServeContent(answer, request, "", time.Time{}, stored)
	require.Equal(t, http.StatusPartialContent, answer.Code)
	require.Contains(t, answer.Body.String(), string(whole[65530:65546]))
	require.Contains(t, answer.Body.String(), string(whole[190000:]))
}

func TestTheMediaTypeIsThatOfTheContent(t *testing.T) {
	store := newFixture(t)
	cases := map[string]struct{ content, want string }{
		"a PDF":                  {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"},
		"a table in text":        {"时间,操作\n2026-01-04,导出\n2026-01-05,查询\n", "text/csv"},
		"JSON":                   {`{"schema":1}`, "application/json"},
		"a program":              {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 60), "application/x-elf"},
		"nothing":                {"", "text/plain"},
		"bytes without a header": {"\x00\x01\x02\x03\xff", "application/octet-stream"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, put(t, store.Store, owner, []byte(c.content)).MediaType)
		})
	}
}

func TestTheSameFileIsStoredOnceForAllItsOwners(t *testing.T) {
	store := newFixture(t)
	whole := content(200_000)
	first := put(t, store.Store, owner, whole)
	require.Equal(t, first, put(t, store.Store, owner, whole))
	require.Equal(t, first, put(t, store.Store, other, whole))
	require.Len(t, store.files(t, "data"), 1)
	require.Len(t, store.files(t, "heads"), 1)
	require.Len(t, store.files(t, "owners"), 2)
	require.Empty(t, store.files(t, "unfinished"))
	for _, who := range []string{owner, other} {
		used, _, err := store.Usage(t.Context(), who)
		require.NoError(t, err)
		require.Equal(t, int64(200_000), used)
		held, err := store.Holds(t.Context(), who, first)
		require.NoError(t, err)
		require.True(t, held)
	}
	held, err := store.Holds(t.Context(), "third", first)
	require.NoError(t, err)
	require.False(t, held)
}

func TestNothingOfContentOrOwnerStandsInTheFolderInClear(t *testing.T) {
	store := newFixture(t)
	secret := []byte("身份证号 11010119900101001X 与联系电话，各写一遍 ")
	put(t, store.Store, owner, bytes.Repeat(secret, 5000))
	for _, file := range store.files(t, "") {
		require.NotContains(t, file, owner)
		stored, err := os.ReadFile(file)
		require.NoError(t, err)
		require.False(t, bytes.Contains(stored, secret[:20]), file)
		require.False(t, bytes.Contains(stored, []byte(owner)), file)
	}
}

func TestTheSameContentIsSealedDifferentlyInEachStore(t *testing.T) {
	first, second := newFixture(t), newFixture(t)
	put(t, first.Store, owner, content(1000))
	put(t, second.Store, owner, content(1000))
	one, err := os.ReadFile(first.files(t, "data")[0])
	require.NoError(t, err)
	two, err := os.ReadFile(second.files(t, "data")[0])
	require.NoError(t, err)
	require.NotEqual(t, one, two)
}

func TestARefusedUploadLeavesNothing(t *testing.T) {
	lost := errors.New("connection lost")
	cases := map[string]struct {
		options func(*Options)
		upload  Upload
		code    fault.Code
		cause   error
	}{
		"a file over the store's limit":                   {func(o *Options) { o.MaxSize = 99_999 }, Upload{Content: bytes.NewReader(content(100_000))}, fault.FileTooLarge, nil},
		"a file over the upload's own limit":              {nil, Upload{Content: bytes.NewReader(content(100_000)), MaxSize: 99_999}, fault.FileTooLarge, nil},
		"an upload's limit over the store's":              {func(o *Options) { o.MaxSize = 10 }, Upload{Content: bytes.NewReader(content(11)), MaxSize: 1 << 40}, fault.FileTooLarge, nil},
		"a small file over the limit":                     {func(o *Options) { o.MaxSize = 10 }, Upload{Content: bytes.NewReader(content(11))}, fault.FileTooLarge, nil},
		"a file over the owner's quota":                   {func(o *Options) { o.Quota = 99_999 }, Upload{Content: bytes.NewReader(content(100_000))}, fault.QuotaExceeded, nil},
		"a connection that is lost at once":               {nil, Upload{Content: iotest.ErrReader(lost)}, fault.Internal, lost},
		"a connection that is lost on the way":            {nil, Upload{Content: io.MultiReader(bytes.NewReader(content(100_000)), iotest.ErrReader(lost))}, fault.Internal, lost},
		"a request that is cut short":                     {nil, Upload{Content: io.MultiReader(bytes.NewReader(content(100_000)), iotest.ErrReader(io.ErrUnexpectedEOF))}, fault.UploadIncomplete, io.ErrUnexpectedEOF},
		"malware":                                         {func(o *Options) { o.Scanner = verdict(fault.New(fault.MalwareFound)) }, Upload{Content: bytes.NewReader(content(100_000))}, fault.MalwareFound, nil},
		"a scanner that is down":                          {func(o *Options) { o.Scanner = verdict(fault.New(fault.ScannerUnavailable)) }, Upload{Content: bytes.NewReader(content(3_000_000))}, fault.ScannerUnavailable, nil},
		"a scanner that answers without reading the file": {func(o *Options) { o.Scanner = refusing{} }, Upload{Content: bytes.NewReader(content(3_000_000))}, fault.MalwareFound, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			store := newFixture(t, func(o *Options) {
				if c.options != nil {
					c.options(o)
				}
			})
			c.upload.Owner = owner
			object, err := store.Put(t.Context(), c.upload)
			requireFault(t, c.code, err)
			if c.cause != nil {
				require.ErrorIs(t, err, c.cause)
			}
			require.Zero(t, object)
			require.Empty(t, store.files(t, ""))
			used, _, err := store.Usage(t.Context(), owner)
			require.NoError(t, err)
			require.Zero(t, used)
		})
	}
}

// verdict is a scanner that reads all and then gives its verdict.
func verdict(err error) Scanner { return scanner{err} }

type scanner struct{ verdict error }

func (s scanner) Scan(_ context.Context, content io.Reader) error {
	_, err := io.Copy(io.Discard, content)
	return errors.Join(err, s.verdict)
}

// refusing is a scanner that gives its verdict before it has read anything.
type refusing struct{}

func (refusing) Scan(context.Context, io.Reader) error { return fault.New(fault.MalwareFound) }

func TestACleanFileIsStoredThoughTheScannerReadsOnlyItsStart(t *testing.T) {
	store := newFixture(t, func(o *Options) { o.Scanner = glancing{} })
	whole := content(3_000_000)
	got, err := read(t, store.Store, put(t, store.Store, owner, whole).CID)
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, got))
}

type glancing struct{}

func (glancing) Scan(_ context.Context, content io.Reader) error {
	_, err := io.CopyN(io.Discard, content, 10)
	return err
}

func TestAFileAtTheLimitsIsStored(t *testing.T) {
	store := newFixture(t, func(o *Options) { o.MaxSize, o.Quota = 1000, 1000 })
	put(t, store.Store, owner, content(1000))
	put(t, store.Store, owner, content(1000)) // again: counts once
	put(t, store.Store, other, content(1000)) // another's quota
	_, err := store.Put(t.Context(), Upload{Owner: owner, Content: strings.NewReader("x")})
	requireFault(t, fault.QuotaExceeded, err)
}

func TestUsageIsKnownAfterARestart(t *testing.T) {
	store := newFixture(t)
	put(t, store.Store, owner, content(1000))
	put(t, store.Store, owner, content(2000))
	again := openStore(t, store.root, keyA, func(o *Options) { o.Quota = 3500 })
	used, quota, err := again.Usage(t.Context(), owner)
	require.NoError(t, err)
	require.Equal(t, int64(3000), used)
	require.Equal(t, int64(3500), quota)
	_, err = again.Put(t.Context(), Upload{Owner: owner, Content: bytes.NewReader(content(501))})
	requireFault(t, fault.QuotaExceeded, err)
}

func TestAQuotaHoldsAgainstUploadsAtOnce(t *testing.T) {
	store := newFixture(t, func(o *Options) { o.Quota = 10_000 })
	var all sync.WaitGroup
	results := make(chan error, 20)
	for i := range 20 {
		all.Go(func() {
			_, err := store.Put(context.Background(), Upload{Owner: owner, Content: bytes.NewReader(content(1000 + i))})
			results <- err
		})
	}
	all.Wait()
	close(results)
	stored := 0
	for err := range results {
		if err == nil {
			stored++
			continue
		}
		requireFault(t, fault.QuotaExceeded, err)
	}
	require.Equal(t, 9, stored, "nine files of a little over 1000 bytes fit into 10000")
	require.Len(t, store.files(t, "data"), 9)
}

func TestUploadsOfTheSameFileAtOnceStoreItOnce(t *testing.T) {
	store := newFixture(t)
	whole := content(500_000)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			_, err := store.Put(context.Background(), Upload{Owner: fmt.Sprint("owner ", i%4), Content: bytes.NewReader(whole)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Len(t, store.files(t, "data"), 1)
	require.Len(t, store.files(t, "owners"), 4)
	require.Empty(t, store.files(t, "unfinished"))
}

func TestAnUploadEndsWithItsContext(t *testing.T) {
	store := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	reads := 0
	endless := readerFunc(func(into []byte) (int, error) {
		if reads++; reads == 100 {
			cancel()
		}
		return len(into), nil
	})
	_, err := store.Put(ctx, Upload{Owner: owner, Content: endless})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, store.files(t, ""))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(into []byte) (int, error) { return f(into) }

func TestChangesOfOneFileFollowEachOtherAndOfOthersDoNotWait(t *testing.T) {
	locks := fileLocks{files: map[string]*fileLock{}}
	unlockFirst := locks.lock("first")
	locks.lock("second")() // does not wait for the first
	entered := make(chan struct{})
	go func() {
		defer close(entered)
		locks.lock("first")()
	}()
	select {
	case <-entered:
		require.Fail(t, "two changes of one file at once")
	default:
	}
	unlockFirst()
	<-entered
	require.Empty(t, locks.files, "locks that nobody holds take no memory")
}

func TestAFileThatIsNotStoredIsNotFound(t *testing.T) {
	store := newFixture(t)
	for _, cid := range []string{"", "../../etc/passwd", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"} {
		_, err := store.Open(t.Context(), cid)
		requireFault(t, fault.NotFound, err)
		_, err = store.Stat(t.Context(), cid)
		requireFault(t, fault.NotFound, err)
	}
}

func TestAnUploadWithoutAnOwnerIsRefused(t *testing.T) {
	store := newFixture(t)
	_, err := store.Put(t.Context(), Upload{Content: strings.NewReader("x")})
	require.Error(t, err)
	require.Empty(t, store.files(t, ""))
}

func TestAStoreNeedsBlobsAndASealer(t *testing.T) {
	_, err := New(Options{})
	require.Error(t, err)
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	peak := func(size int64) uint64 {
		store := newFixture(t)
		source := &watching{source: io.LimitReader(&counting{}, size)}
		_, err := store.Put(t.Context(), Upload{Owner: owner, Content: source})
		require.NoError(t, err)
		return source.peak
	}
	small := peak(16 << 20)
	require.Less(t, peak(256<<20), small+32<<20)
}

// watching notes the largest heap that it sees while it is read.
type watching struct {
	source io.Reader
	reads  int
	peak   uint64
}

func (w *watching) Read(into []byte) (int, error) {
	if w.reads++; w.reads%8 == 0 {
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		w.peak = max(w.peak, memory.HeapInuse)
	}
	return w.source.Read(into)
}
