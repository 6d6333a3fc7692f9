package audit_test

import (
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/gateway/audit"
	"dengji/gateway/database"
)

// BenchmarkWriting writes entries by eight writers until they are durable, and
// reports the bytes that one takes.
func BenchmarkWriting(b *testing.B) {
	opened, err := database.Open(b.Context(), b.TempDir())
	require.NoError(b, err)
	defer opened.Close() //nolint:errcheck // a benchmark
	journal := audit.Open(opened, slog.New(slog.DiscardHandler))
	entry := audit.Entry{At: "2026-03-02T01:00:00Z", Account: "haidian-1", Role: "registrant", Address: "192.0.2.1", Method: "GET", Route: "/api/v1/registrations/:code",
		Path: "/api/v1/registrations/110000-2026-000000001-7", Status: 200, RequestID: "6a16d26e-026c-43c5-873a-7664fa4d5dc8"}
	b.ResetTimer()
	var writers sync.WaitGroup
	for writer := range 8 {
		writers.Go(func() {
			for range (b.N + 7 - writer) / 8 {
				journal.Write(entry)
			}
		})
	}
	writers.Wait()
	journal.Close()
	b.StopTimer()
	var bytes int64
	require.NoError(b, opened.QueryRowContext(b.Context(), `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`).Scan(&bytes))
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/entry")
}
