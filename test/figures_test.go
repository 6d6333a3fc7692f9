//go:build integration

package test

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/demo"
	"dengji/gateway/attestation"
	"dengji/gateway/client"
	"dengji/gateway/evidence/kubotest"
	"dengji/network/process"
	"dengji/verify"
	"dengji/verify/artefact"
)

// ingestSize is the size of the file that is both stored and added to a kubo, and
// largeSize that of the one whose cost in memory is looked at, in bytes.
const (
	ingestSize = 256 << 20
	largeSize  = 2 << 30
)

// BenchmarkFigures measures evidence, slips and verification on one running
// platform, in one run: see docs/verification.md.
func BenchmarkFigures(b *testing.B) {
	story, err := demo.NewStory(demo.NewNarrator(io.Discard, "en"), sandbox.home, sandbox.base())
	require.NoError(b, err)
	application, err := story.ReadyToIssue(b.Context())
	require.NoError(b, err)
	registration, err := story.Issue(b.Context(), application)
	require.NoError(b, err)
	registrant := sandbox.login(b, "registrant-transport")

	b.Run("ingest", func(b *testing.B) { benchIngest(b, registrant) })
	b.Run("slip", func(b *testing.B) { benchSlip(b, registration) })
	b.Run("attestation", func(b *testing.B) { benchAttestation(b, registration) })
	b.Run("verification", func(b *testing.B) { benchVerification(b, registration) })
}

// fresh gives a file that nobody has stored before.
func fresh(b *testing.B, size int64) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "file")
	file, err := os.Create(path)
	require.NoError(b, err)
	_, err = io.CopyN(file, rand.Reader, size)
	require.NoError(b, err)
	require.NoError(b, file.Close())
	return path
}

func store(b *testing.B, as *client.Client, path string) {
	b.Helper()
	file, err := os.Open(path)
	require.NoError(b, err)
	defer file.Close()
	_, _, err = as.PutEvidence(b.Context(), ledger.EvidenceOther, false, "file", file)
	require.NoError(b, err)
}

func benchIngest(b *testing.B, as *client.Client) {
	b.Run("gateway", func(b *testing.B) { // over HTTP, with CID, SM3, encryption, fsync and anchor
		b.SetBytes(ingestSize)
		for b.Loop() {
			b.StopTimer()
			path := fresh(b, ingestSize)
			b.StartTimer()
			store(b, as, path)
		}
	})
	b.Run("ipfs-add", func(b *testing.B) { // to disk, with CID alone
		b.SetBytes(ingestSize)
		for b.Loop() {
			b.StopTimer()
			path, repository := fresh(b, ingestSize), kubotest.New(b)
			b.StartTimer()
			repository.Run(b, nil, "add", "-Q", "--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024", path)
		}
	})
	b.Run("2GiB", func(b *testing.B) {
		b.SetBytes(largeSize)
		for b.Loop() {
			b.StopTimer()
			path := fresh(b, largeSize)
			forgetPeak(b)
			b.StartTimer()
			store(b, as, path)
		}
		b.ReportMetric(peakMiB(b), "peak-MiB")
	})
}

// ofGateway gives a file that the kernel keeps of the gateway's process.
func ofGateway(b *testing.B, name string) string {
	b.Helper()
	running, err := process.List(sandbox.home)
	require.NoError(b, err)
	return fmt.Sprintf("/proc/%d/%s", running[gatewayProcess].PID, name)
}

// forgetPeak begins the count of peakMiB anew.
func forgetPeak(b *testing.B) {
	b.Helper()
	require.NoError(b, os.WriteFile(ofGateway(b, "clear_refs"), []byte("5"), 0))
}

// peakMiB reads how much memory the gateway has held at once since forgetPeak.
func peakMiB(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(ofGateway(b, "status"))
	require.NoError(b, err)
	_, rest, found := strings.Cut(string(status), "VmHWM:")
	require.True(b, found)
	kibibytes, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	require.NoError(b, err)
	return kibibytes / 1024
}

// timed does something many times and reports how long one took at the median.
func timed(b *testing.B, times int, something func()) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		for range times {
			begun := time.Now()
			something()
			took = append(took, time.Since(begun))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
}

func benchSlip(b *testing.B, registration ledger.Registration) {
	issuer := sandbox.login(b, "issuer1")
	var sheet []byte
	timed(b, 20, func() {
		var err error
		sheet, err = issuer.Slip(b.Context(), registration.Code, "pdf")
		require.NoError(b, err)
	})
	b.ReportMetric(float64(len(sheet))/1024, "KiB")
}

func attest(b *testing.B, code string) []byte {
	b.Helper()
	content, err := client.New(sandbox.base()).Read(b.Context(), "/registrations/"+code+"/attestation?nonce="+attestation.NewNonce(), "")
	require.NoError(b, err)
	return content
}

func benchAttestation(b *testing.B, registration ledger.Registration) {
	var content []byte
	timed(b, 100, func() { content = attest(b, registration.Code) })
	b.ReportMetric(float64(len(content))/1024, "KiB")
}

// benchVerification checks a slip with its attestation, offline; its figure is by
// processor time, as of a core that does nothing else.
func benchVerification(b *testing.B, registration ledger.Registration) {
	slip, err := sandbox.login(b, "issuer1").Slip(b.Context(), registration.Code, "json")
	require.NoError(b, err)
	content, err := client.New(sandbox.base()).Read(b.Context(), "/trust.json", "")
	require.NoError(b, err)
	anchors, err := artefact.ParseTrust(content)
	require.NoError(b, err)
	document := attest(b, registration.Code)
	asked := verify.Options{Trust: &anchors.Anchors, Attestation: document, At: time.Now()}
	report := verify.Verify(slip, asked)
	require.Equal(b, verify.Valid, report.Verdict, "%+v", report.Checks)
	checked, begun := 0, processorTime(b)
	for b.Loop() {
		for range 1000 {
			verify.Verify(slip, asked)
			checked++
		}
	}
	b.ReportMetric(float64(checked)/(processorTime(b)-begun).Seconds(), "slips/s")
}

// processorTime gives what this process has used of all cores.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
