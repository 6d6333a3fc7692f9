package s3_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob"
	"dengji/gateway/evidence/blob/blobtest"
	"dengji/gateway/evidence/blob/s3"
	"dengji/gateway/evidence/blob/s3/s3test"
)

func open(t *testing.T, options s3.Options, prefix string) *s3.S3 {
	t.Helper()
	options.Prefix = prefix
	store, err := s3.New(options)
	require.NoError(t, err)
	return store
}

func TestABucketIsABlobStore(t *testing.T) {
	for name, prefix := range map[string]string{"whole": "", "under a prefix": "dengji/"} {
		t.Run(name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, s3test.Serve(t), prefix) })
		})
	}
}

func TestABlobOfManyPartsComesBack(t *testing.T) {
	store := open(t, s3test.Serve(t), "")
	content := bytes.Repeat([]byte("0123456789abcde\n"), 2*s3.PartSize/16+3)
	require.NoError(t, blob.WriteAll(t.Context(), store, "data/long", content))
	got, err := blob.ReadAll(t.Context(), store, "data/long", int64(len(content)))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
}

func TestAnAbortedLongBlobLeavesNoParts(t *testing.T) {
	store := open(t, s3test.Serve(t), "")
	writer, err := store.Create(t.Context(), "data/long")
	require.NoError(t, err)
	_, err = writer.Write(make([]byte, 2*s3.PartSize))
	require.NoError(t, err)
	require.NoError(t, writer.Abort())
	_, err = store.Stat(t.Context(), "data/long")
	require.ErrorIs(t, err, blob.ErrNotFound)
	removed, err := store.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, removed)
}

func TestSweepEndsOldUploadsThatACrashBrokeOff(t *testing.T) {
	options := s3test.Serve(t)
	store := open(t, options, "dengji/")
	began, err := store.Create(t.Context(), "data/abc")
	require.NoError(t, err)
	_, err = began.Write(make([]byte, 2*s3.PartSize)) // its process dies here
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
	require.Error(t, began.Commit(t.Context()), "its parts are gone")
}

func TestAMissingBucketIsNotAMissingBlob(t *testing.T) {
	options := s3test.Serve(t)
	options.Bucket = "none"
	store, err := s3.New(options)
	require.NoError(t, err)
	require.Error(t, store.Check(t.Context()))
	_, err = store.Open(t.Context(), "data/abc", 0)
	require.Error(t, err)
	require.NotErrorIs(t, err, blob.ErrNotFound)
	require.Error(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
}

func TestAStorageThatFailsFailsTheCommitAndTheWriter(t *testing.T) {
	refusal := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	store := open(t, s3test.ServeHandler(t, refusal), "")
	require.Error(t, store.Check(t.Context()))
	require.Error(t, blob.WriteAll(t.Context(), store, "data/abc", []byte("x")))
	writer, err := store.Create(t.Context(), "data/long")
	require.NoError(t, err)
	piece := make([]byte, s3.PartSize)
	for range 10 {
		if _, err = writer.Write(piece); err != nil {
			break
		}
	}
	require.Error(t, errors.Join(err, writer.Commit(t.Context())))
}

func TestOptionsWithoutABucketAreRefused(t *testing.T) {
	_, err := s3.New(s3.Options{Endpoint: "localhost:9000"})
	require.Error(t, err)
	_, err = s3.New(s3.Options{Endpoint: "http://has/a/path", Bucket: "b"})
	require.Error(t, err)
}

func TestAStorageWithAnotherCertificateIsNotSpokenTo(t *testing.T) {
	options := s3test.Serve(t)
	options.Roots = x509.NewCertPool()
	require.Error(t, open(t, options, "").Check(t.Context()))
}
