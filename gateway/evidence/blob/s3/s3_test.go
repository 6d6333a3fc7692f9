package s3

import (
	"bytes"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/blobtest"
)

// serve runs an S3 in memory, with one bucket.
func serve(t *testing.T) Options {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("evidence"))
	return serveHandler(t, gofakes3.New(backend).Server())
}

func serveHandler(t *testing.T, handler http.Handler) Options {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return Options{Endpoint: strings.TrimPrefix(server.URL, "https://"), Roots: roots, Bucket: "evidence", AccessKey: "a", SecretKey: "b"}
}

func open(t *testing.T, options Options, prefix string) *S3 {
	t.Helper()
	options.Prefix = prefix
	store, err := New(options)
	require.NoError(t, err)
	return store
}

func TestABucketIsABlobStore(t *testing.T) {
	for name, prefix := range map[string]string{"whole": "", "under a prefix": "dengji/"} {
		t.Run(name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, serve(t), prefix) })
		})
	}
}

func TestABlobOfManyPartsComesBack(t *testing.T) {
	store := open(t, serve(t), "")
	content := bytes.Repeat([]byte("0123456789abcde\n"), 2*partSize/16+3)
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/long", content))
	got, err := blob.ReadAll(t.Context(), store, "data/long", int64(len(content)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
}

func TestAnAbortedLongBlobLeavesNoParts(t *testing.T) {
	store := open(t, serve(t), "")
	writer, err := store.Create(t.Context(), "data/long")
	require.NoError(t, err)
	_, err = writer.Write(make([]byte, 2*partSize))
	require.NoError(t, err)
	require.NoError(t, writer.Abort())
	_, err = store.Stat(t.Context(), "data/long")
	require.ErrorIs(t, err, blob.ErrNotFound)
	removed, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, removed)
}

func TestSweepEndsOldUploadsThatACrashBrokeOff(t *testing.T) {
	store := open(t, serve(t), "dengji/")
	_, err := store.client.NewMultipartUpload(t.Context(), "evidence", "dengji/data/abc", minio.PutObjectOptions{})
	require.NoError(t, err)
	removed, err := store.Sweep(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, removed)
	removed, err = store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	removed, err = store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, removed)
}

func TestAMissingBucketIsNotAMissingBlob(t *testing.T) {
	options := serve(t)
	options.Bucket = "none"
	store, err := New(options)
	require.NoError(t, err)
	require.Error(t, store.Check(t.Context()))
	_, err = store.Open(t.Context(), "data/abc", 0)
	require.Error(t, err)
	require.NotErrorIs(t, err, blob.ErrNotFound)
	require.Error(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
}

func TestAStorageThatFailsFailsTheCommitAndTheWriter(t *testing.T) {
	refusal := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	store := open(t, serveHandler(t, refusal), "")
	require.Error(t, store.Check(t.Context()))
	require.Error(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
	writer, err := store.Create(t.Context(), "data/long")
	require.NoError(t, err)
	piece := make([]byte, partSize)
	for range 10 {
		if _, err = writer.Write(piece); err != nil {
			break
		}
	}
	require.Error(t, errors.Join(err, writer.Commit(t.Context())))
}

func TestOptionsWithoutABucketAreRefused(t *testing.T) {
	_, err := New(Options{Endpoint: "localhost:9000"})
	require.Error(t, err)
	_, err = New(Options{Endpoint: "http://has/a/path", Bucket: "b"})
	require.Error(t, err)
}

func TestAStorageWithAnotherCertificateIsNotSpokenTo(t *testing.T) {
	options := serve(t)
	options.Roots = x509.NewCertPool()
	require.Error(t, open(t, options, "").Check(t.Context()))
}
