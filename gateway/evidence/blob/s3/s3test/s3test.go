// Package s3test runs an S3-compatible storage in memory, for tests.
package s3test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"dengji/gateway/evidence/blob/s3"
)

// Serve runs a storage with one empty bucket until the test ends.
func Serve(t testing.TB) s3.Options {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("evidence"))
	return ServeHandler(t, gofakes3.New(backend).Server())
}

// ServeHandler runs any handler as a storage until the test ends.
func ServeHandler(t testing.TB, handler http.Handler) s3.Options {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return s3.Options{Endpoint: strings.TrimPrefix(server.URL, "https://"), Roots: roots, Bucket: "evidence", AccessKey: "access", SecretKey: "secret"}
}

// Certificate gives a storage's certificate (DER).
func Certificate(t testing.TB, options s3.Options) []byte {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: options.Roots, MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(t.Context(), "tcp", options.Endpoint)
	require.NoError(t, err)
	defer connection.Close()                                                //nolint:errcheck // nothing is written
	return connection.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw //nolint:forcetypeassert // tls.Dialer says so
}
