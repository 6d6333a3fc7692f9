package resumable

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tus/tusd/v2/pkg/handler"

	"dengji/chaincode/fault"
	"dengji/gateway/evidence"
	"dengji/gateway/evidence/blob/folder"
	"dengji/gateway/evidence/contentid"
	"dengji/gateway/evidence/durable"
	"dengji/gateway/evidence/durable/durabletest"
	"dengji/gateway/evidence/sealing"
)

const (
	owner = "12110000400000001X"
	other = "11110108000000002Y"
	base  = "/api/v1/uploads/"
)

// service is an evidence store with resumable uploads behind an HTTP server, on a
// folder that outlives it.
type service struct {
	root    string
	store   *evidence.Store
	uploads *Uploads
	server  *httptest.Server
}

func start(t testing.TB, root string, system durable.FileSystem, change ...func(*Options)) service {
	t.Helper()
	s := service{root: root}
	blobs, err := folder.NewOn(system, root)
	require.NoError(t, err)
	sealer, err := sealing.ParseKeys("0123456789abcdeffedcba9876543210")
	require.NoError(t, err)
	s.store, err = evidence.New(evidence.Options{Blobs: blobs, Sealer: sealer, Quota: 100 << 20})
	require.NoError(t, err)
	options := Options{Blobs: blobs, Sealer: sealer, Usage: s.store.Usage, MaxSize: 50 << 20}
	for _, c := range change {
		c(&options)
	}
	s.uploads, err = New(options)
	require.NoError(t, err)
	tus, err := s.uploads.Handler(Serving{BasePath: base, Refuse: func(_ context.Context, err error) (int, string, string) {
		found := fault.Of(err)
		return found.Row().Status, "application/json", found.Wire()
	}})
	require.NoError(t, err)
	s.server = httptest.NewServer(http.StripPrefix(strings.TrimSuffix(base, "/"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who := r.Header.Get("Authorization"); who != "" {
			r = r.WithContext(WithOwner(r.Context(), who))
		}
		tus.ServeHTTP(w, r)
	})))
	t.Cleanup(s.server.Close)
	return s
}

func newService(t testing.TB, change ...func(*Options)) service {
	t.Helper()
	return start(t, filepath.Join(t.TempDir(), "evidence"), durabletest.FailAt(0), change...)
}

// files gives the store's files whose name has a part.
func (s service) files(t testing.TB, has string) []string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(s.root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.Contains(name, has) {
			files = append(files, name)
		}
		return err
	}))
	return files
}

// request sends one tus request as who.
func (s service) request(t testing.TB, who, method, id string, body io.Reader, headers ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.server.URL+base+id, body)
	require.NoError(t, err)
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("Authorization", who)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil // the connection broke off, as some tests want
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func (s service) begin(t testing.TB, who string, size int) (id string) {
	t.Helper()
	name := base64.StdEncoding.EncodeToString([]byte("操作日志.log"))
	answer := s.request(t, who, http.MethodPost, "", nil, "Upload-Length", strconv.Itoa(size), "Upload-Metadata", "filename "+name)
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	return path.Base(answer.Header.Get("Location"))
}

func (s service) send(t testing.TB, who, id string, offset int, body io.Reader) *http.Response {
	t.Helper()
	return s.request(t, who, http.MethodPatch, id, body, "Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream")
}

func (s service) offset(t testing.TB, who, id string) int {
	t.Helper()
	answer := s.request(t, who, http.MethodHead, id, nil)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	offset, err := strconv.Atoi(answer.Header.Get("Upload-Offset"))
	require.NoError(t, err)
	return offset
}

// store completes an upload into the evidence store.
func (s service) complete(t testing.TB, who, id string) (object evidence.Object, err error) {
	t.Helper()
	err = s.uploads.Complete(t.Context(), who, id, func(file Finished) error {
		object, err = s.store.Put(t.Context(), evidence.Upload{Owner: who, Content: file.Content})
		return err
	})
	return object, err
}

func content(size int) []byte {
	all := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)}).Read(all)
	return all
}

func requireFault(t testing.TB, code fault.Code, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
}

func TestAFileArrivesInPiecesOverBrokenConnectionsAndARestart(t *testing.T) {
	whole := content(900_001)
	s := newService(t)
	id := s.begin(t, owner, len(whole))
	require.Zero(t, s.offset(t, owner, id))

	answer := s.send(t, owner, id, 0, bytes.NewReader(whole[:300_000]))
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.Equal(t, "300000", answer.Header.Get("Upload-Offset"))

	lost := io.MultiReader(bytes.NewReader(whole[300_000:500_000]), iotest.ErrReader(errors.New("connection lost")))
	require.Nil(t, s.send(t, owner, id, 300_000, lost))
	s.server.Close() // waits for the request that was broken off
	s = start(t, s.root, durabletest.FailAt(0))
	arrived := s.offset(t, owner, id)
	require.GreaterOrEqual(t, arrived, 300_000)
	require.LessOrEqual(t, arrived, 500_000)
	_, err := s.complete(t, owner, id)
	requireFault(t, fault.UploadIncomplete, err)
	require.Equal(t, http.StatusNoContent, s.send(t, owner, id, arrived, bytes.NewReader(whole[arrived:])).StatusCode)

	object, err := s.complete(t, owner, id)
	require.NoError(t, err)
	expected, err := contentid.Compute(t.Context(), bytes.NewReader(whole))
	require.NoError(t, err)
	require.Equal(t, expected, object.ContentID)
	require.Empty(t, s.files(t, "uploads/"), "nothing is left of the upload")
	_, err = s.complete(t, owner, id)
	requireFault(t, fault.NotFound, err)
}

func TestWhatArrivedBeforeAConnectionBrokeCounts(t *testing.T) {
	s := newService(t)
	whole := content(200_000)
	at, st, err := s.uploads.create(t.Context(), owner, infoOf(int64(len(whole))))
	require.NoError(t, err)
	lost := io.MultiReader(bytes.NewReader(whole[:150_000]), iotest.ErrReader(errors.New("connection lost")))
	kept, err := s.uploads.appendParts(t.Context(), at, &st, lost)
	require.NoError(t, err)
	require.Equal(t, int64(150_000), kept)
	require.Equal(t, 150_000, s.offset(t, owner, at.id))
	require.Equal(t, http.StatusNoContent, s.send(t, owner, at.id, 150_000, bytes.NewReader(whole[150_000:])).StatusCode)
	_, err = s.complete(t, owner, at.id)
	require.NoError(t, err)
}

func TestCompleteGivesMetadataAndSize(t *testing.T) {
	s := newService(t)
	id := s.begin(t, owner, 3)
	s.send(t, owner, id, 0, strings.NewReader("abc"))
	require.NoError(t, s.uploads.Complete(t.Context(), owner, id, func(file Finished) error {
		require.Equal(t, int64(3), file.Size)
		require.Equal(t, map[string]string{"filename": "操作日志.log"}, file.Metadata)
		got, err := io.ReadAll(file.Content)
		require.NoError(t, err)
		require.Equal(t, "abc", string(got))
		return nil
	}))
}

func TestAnEmptyFileIsCompleteAtOnce(t *testing.T) {
	s := newService(t)
	object, err := s.complete(t, owner, s.begin(t, owner, 0))
	require.NoError(t, err)
	require.Zero(t, object.Size)
}

func TestAnUploadWhoseUseFailsStays(t *testing.T) {
	s := newService(t)
	id := s.begin(t, owner, 3)
	s.send(t, owner, id, 0, strings.NewReader("abc"))
	down := errors.New("ledger down")
	require.ErrorIs(t, s.uploads.Complete(t.Context(), owner, id, func(Finished) error { return down }), down)
	_, err := s.complete(t, owner, id)
	require.NoError(t, err)
}

func TestAnothersUploadDoesNotExist(t *testing.T) {
	s := newService(t)
	id := s.begin(t, owner, 3)
	require.Equal(t, http.StatusNotFound, s.request(t, other, http.MethodHead, id, nil).StatusCode)
	require.Equal(t, http.StatusNotFound, s.send(t, other, id, 0, strings.NewReader("xyz")).StatusCode)
	require.Equal(t, http.StatusNotFound, s.request(t, other, http.MethodDelete, id, nil).StatusCode)
	_, err := s.complete(t, other, id)
	requireFault(t, fault.NotFound, err)
	require.Zero(t, s.offset(t, owner, id))
}

func TestRequestsWithoutAnOwnerAreRefused(t *testing.T) {
	s := newService(t)
	id := s.begin(t, owner, 3)
	require.Equal(t, http.StatusUnauthorized, s.request(t, "", http.MethodPost, "", nil, "Upload-Length", "3").StatusCode)
	require.Equal(t, http.StatusUnauthorized, s.send(t, "", id, 0, strings.NewReader("abc")).StatusCode)
}

func TestRequestsThatDoNotFitAreRefusedAndChangeNothing(t *testing.T) {
	s := newService(t)
	id := s.begin(t, owner, 10)
	s.send(t, owner, id, 0, strings.NewReader("01234"))
	cases := map[string]struct {
		method, id string
		body       string
		headers    []string
		code       fault.Code
	}{
		"an offset that has passed":            {http.MethodPatch, id, "x", []string{"Upload-Offset", "4", "Content-Type", "application/offset+octet-stream"}, fault.UploadOffset},
		"an offset that is not reached":        {http.MethodPatch, id, "x", []string{"Upload-Offset", "6", "Content-Type", "application/offset+octet-stream"}, fault.UploadOffset},
		"more than was announced":              {http.MethodPatch, id, "567890", []string{"Upload-Offset", "5", "Content-Type", "application/offset+octet-stream"}, fault.FileTooLarge},
		"another content type":                 {http.MethodPatch, id, "x", []string{"Upload-Offset", "5"}, fault.UnsupportedMediaType},
		"an id that climbs":                    {http.MethodHead, "..%2F..%2Fstate", "", nil, fault.NotFound},
		"a download":                           {http.MethodGet, id, "", nil, fault.MethodNotAllowed},
		"an upload without a length":           {http.MethodPost, "", "", nil, fault.InvalidValue},
		"an upload whose length comes later":   {http.MethodPost, "", "", []string{"Upload-Defer-Length", "1"}, fault.InvalidValue},
		"an upload joined from others":         {http.MethodPost, "", "", []string{"Upload-Concat", "final;" + base + id}, fault.InvalidValue},
		"an upload over the limit":             {http.MethodPost, "", "", []string{"Upload-Length", strconv.Itoa(50<<20 + 1)}, fault.FileTooLarge},
		"endless metadata":                     {http.MethodPost, "", "", []string{"Upload-Length", "1", "Upload-Metadata", "a " + strings.Repeat("QUFB", 2000)}, fault.FieldTooLong},
		"a method hidden behind another":       {http.MethodPost, id, "", []string{"X-HTTP-Method-Override", "DELETE"}, fault.MethodNotAllowed},
		"a protocol version that is not known": {http.MethodDelete, id, "", []string{"Tus-Resumable", "0.2.2"}, fault.UploadProtocol},
	}
	before := len(s.files(t, ""))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			answer := s.request(t, owner, c.method, c.id, strings.NewReader(c.body), c.headers...)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			row, _ := fault.Lookup(c.code)
			require.Equal(t, row.Status, answer.StatusCode, "%s", body)
			if c.method != http.MethodHead {
				require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
				found, known := fault.Parse(string(body))
				require.True(t, known, "%s", body)
				require.Equal(t, c.code, found.Code)
			}
			require.NotContains(t, string(body), s.root)
			require.Equal(t, 5, s.offset(t, owner, id))
			require.Len(t, s.files(t, ""), before)
		})
	}
}

func TestAFailureOfTheProtocolsLibraryIsOursAndKeepsItsWordsToTheLog(t *testing.T) {
	found := fault.Of(refusal("ERR_INTERNAL_SERVER_ERROR: open /srv/evidence/x: no such file\n"))
	require.Equal(t, fault.Internal, found.Code)
	require.ErrorIs(t, found, errOfLibrary)
	require.NotContains(t, found.Wire(), "/srv")
}

func TestUnfinishedUploadsAreLimited(t *testing.T) {
	s := newService(t, func(o *Options) { o.MaxOpen = 2 })
	first := s.begin(t, owner, 1)
	s.begin(t, owner, 1)
	answer := s.request(t, owner, http.MethodPost, "", nil, "Upload-Length", "1")
	require.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	s.begin(t, other, 1)
	require.Equal(t, http.StatusNoContent, s.request(t, owner, http.MethodDelete, first, nil).StatusCode)
	s.begin(t, owner, 1)
}

func TestUnfinishedUploadsCountAgainstTheQuota(t *testing.T) {
	s := newService(t)
	_, err := s.store.Put(t.Context(), evidence.Upload{Owner: owner, Content: bytes.NewReader(make([]byte, 10<<20))})
	require.NoError(t, err)
	s.begin(t, owner, 50<<20)
	answer := s.request(t, owner, http.MethodPost, "", nil, "Upload-Length", strconv.Itoa(40<<20+1))
	require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), fault.QuotaExceeded)
	s.begin(t, owner, 40<<20)
}

func TestWhatHasArrivedIsNeverInClear(t *testing.T) {
	s := newService(t)
	secret := "姓名与身份证号码，各写一遍 "
	whole := strings.Repeat(secret, 10_000)
	id := s.begin(t, owner, len(whole))
	s.send(t, owner, id, 0, strings.NewReader(whole[:len(whole)/2]))
	require.NotEmpty(t, s.files(t, "part-"))
	for _, file := range s.files(t, "") {
		stored, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotContains(t, string(stored), secret[:20])
		require.NotContains(t, string(stored), "操作日志")
		require.NotContains(t, file, owner)
	}
}

func TestAGivenUpUploadLeavesNothing(t *testing.T) {
	s := newService(t)
	id := s.begin(t, owner, 10)
	s.send(t, owner, id, 0, strings.NewReader("01234"))
	require.Equal(t, http.StatusNoContent, s.request(t, owner, http.MethodDelete, id, nil).StatusCode)
	require.Empty(t, s.files(t, ""))
	require.Equal(t, http.StatusNotFound, s.request(t, owner, http.MethodHead, id, nil).StatusCode)
}

func TestSweepForgetsUploadsThatRest(t *testing.T) {
	s := newService(t)
	resting, fresh := s.begin(t, owner, 10), s.begin(t, owner, 10)
	s.send(t, owner, resting, 0, strings.NewReader("01234"))
	yesterday := time.Now().Add(-24 * time.Hour)
	for _, file := range s.files(t, resting) {
		require.NoError(t, os.Chtimes(file, yesterday, yesterday))
	}
	removed, err := s.uploads.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	require.Empty(t, s.files(t, resting))
	require.Zero(t, s.offset(t, owner, fresh))
}

func TestDamageIsFoundWhenTheUploadIsCompleted(t *testing.T) {
	cases := map[string]func(t *testing.T, s service){
		"a flipped bit in a part":    func(t *testing.T, s service) { change(t, s.files(t, "part-")[0]) },
		"a part that is gone":        func(t *testing.T, s service) { require.NoError(t, os.Remove(s.files(t, "part-")[0])) },
		"a flipped bit in the state": func(t *testing.T, s service) { change(t, s.files(t, stateName)[0]) },
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			id := s.begin(t, owner, 10)
			s.send(t, owner, id, 0, strings.NewReader("0123456789"))
			damage(t, s)
			_, err := s.complete(t, owner, id)
			requireFault(t, fault.EvidenceDamaged, err)
			require.Empty(t, s.files(t, "heads"))
		})
	}
}

func change(t *testing.T, file string) {
	t.Helper()
	stored, err := os.ReadFile(file)
	require.NoError(t, err)
	stored[len(stored)-5] ^= 1
	require.NoError(t, os.WriteFile(file, stored, 0o600))
}

func TestAFileCallThatFailsLosesNothingThatWasAcknowledged(t *testing.T) {
	whole := content(200_000)
	for at := 1; ; at++ {
		s := newService(t)
		id := s.begin(t, owner, len(whole))
		s.send(t, owner, id, 0, bytes.NewReader(whole[:100_000]))
		s.server.Close()

		system := durabletest.FailAt(at + 4) // New's own calls come first
		failing := start(t, s.root, system)
		answer := failing.send(t, owner, id, 100_000, bytes.NewReader(whole[100_000:]))
		failing.server.Close()

		after := start(t, s.root, durabletest.FailAt(0))
		offset := after.offset(t, owner, id)
		require.Contains(t, []int{100_000, 200_000}, offset)
		if answer.StatusCode == http.StatusNoContent {
			require.Equal(t, 200_000, offset)
		} else {
			require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
		}
		if offset < len(whole) {
			require.Equal(t, http.StatusNoContent, after.send(t, owner, id, offset, bytes.NewReader(whole[offset:])).StatusCode)
		}
		object, err := after.complete(t, owner, id)
		require.NoError(t, err)
		expected, err := contentid.Compute(t.Context(), bytes.NewReader(whole))
		require.NoError(t, err)
		require.Equal(t, expected.CID, object.CID)
		require.Empty(t, after.files(t, "uploads/"))
		if !system.Reached() {
			require.Greater(t, at, 5)
			return
		}
	}
}

func TestAnUploadInTooManyPartsIsRefused(t *testing.T) {
	s := newService(t)
	at, st, err := s.uploads.create(t.Context(), owner, infoOf(MaxParts+1))
	require.NoError(t, err)
	for i := range MaxParts {
		_, err := s.uploads.appendParts(t.Context(), at, &st, strings.NewReader("x"))
		require.NoError(t, err, "part %d", i)
	}
	_, err = s.uploads.appendParts(t.Context(), at, &st, strings.NewReader("x"))
	requireFault(t, fault.TooManyItems, err)
	again, err := s.uploads.load(t.Context(), at)
	require.NoError(t, err, "the state of the most parts fits into what a sealer takes")
	require.Len(t, again.Parts, MaxParts)
}

func TestALongRequestIsKeptInParts(t *testing.T) {
	s := newService(t, func(o *Options) {
		o.MaxSize = 1 << 30
		o.Usage = func(context.Context, string) (int64, int64, error) { return 0, 1 << 40, nil }
	})
	size := PartSize + 5
	at, st, err := s.uploads.create(t.Context(), owner, infoOf(int64(size)))
	require.NoError(t, err)
	kept, err := s.uploads.appendParts(t.Context(), at, &st, io.LimitReader(zeros{}, int64(size)))
	require.NoError(t, err)
	require.Equal(t, int64(size), kept)
	require.Len(t, st.Parts, 2)
	require.NoError(t, s.uploads.Complete(t.Context(), owner, at.id, func(file Finished) error {
		n, err := io.Copy(io.Discard, file.Content)
		require.Equal(t, int64(size), n)
		return err
	}))
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) { clear(into); return len(into), nil }

func TestOptionsThatAreIncompleteAreRefused(t *testing.T) {
	_, err := New(Options{})
	require.Error(t, err)
}

func infoOf(size int64) handler.FileInfo { return handler.FileInfo{Size: size} }

func TestAnUploadGoesOnUnderANewMasterKeyAndIsCountedUntilItDoes(t *testing.T) {
	before := newService(t)
	whole := content(40_000)
	id := before.begin(t, owner, len(whole))
	require.Equal(t, http.StatusNoContent, before.send(t, owner, id, 0, bytes.NewReader(whole[:10_000])).StatusCode)
	after := start(t, before.root, durabletest.FailAt(0), func(o *Options) {
		both, err := sealing.ParseKeys("0123456789abcdeffedcba9876543210 000102030405060708090a0b0c0d0e0f")
		require.NoError(t, err)
		o.Sealer = both
	})
	for at, older := range []int{1, 0} {
		count, err := after.uploads.UnderOlderKeys(t.Context())
		require.NoError(t, err)
		require.Equal(t, older, count)
		part := whole[10_000+at*15_000:][:15_000]
		require.Equal(t, http.StatusNoContent, after.send(t, owner, id, 10_000+at*15_000, bytes.NewReader(part)).StatusCode)
	}
	object, err := after.complete(t, owner, id)
	require.NoError(t, err)
	require.Equal(t, int64(len(whole)), object.Size)
}
