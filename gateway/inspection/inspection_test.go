package inspection_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/inspection"
)

func jobOf(p *gatewaytest.Platform, now func() time.Time, log *slog.Logger) *inspection.Job {
	return &inspection.Job{Store: p.Depot.Store, Lists: p.Lists(), Database: p.Database, Every: inspection.Every, Clock: now, Log: log}
}

// head gives where the store keeps the header of a file.
func head(t *testing.T, p *gatewaytest.Platform, cid string) string {
	t.Helper()
	found := ""
	require.NoError(t, filepath.WalkDir(filepath.Join(p.Home, "evidence", "heads"), func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Name() == cid {
			found = path
		}
		return err
	}))
	require.NotEmpty(t, found, cid)
	return found
}

func inspect(t *testing.T, job *inspection.Job) map[string]inspection.Finding {
	t.Helper()
	found := map[string]inspection.Finding{}
	summary, err := job.Inspect(t.Context(), func(f inspection.Finding) error {
		found[f.CID] = f
		return nil
	})
	require.NoError(t, err)
	require.Len(t, found, int(summary.Findings))
	return found
}

func TestAnInspectionSaysWhoseEvidenceIsLostAndWhichApplicationsRestOnIt(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	loose := p.Evidence(contracttest.Chaoyang, ledger.EvidenceOther, "in no application")
	sound := p.Evidence(contracttest.Chaoyang, ledger.EvidenceOther, "sound")
	job := jobOf(p, time.Now, slog.New(slog.DiscardHandler))
	require.Empty(t, inspect(t, job), "nothing is wrong yet")

	lost, damaged := application.Materials[0].CID, loose.CID
	require.NoError(t, os.Remove(head(t, p, lost)))
	content, err := os.ReadFile(head(t, p, damaged))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(head(t, p, damaged), bytes.Replace(content, []byte("sm3"), []byte("sn3"), 1), 0o600))

	found := inspect(t, job)
	require.Len(t, found, 2)
	require.NotContains(t, found, sound.CID)
	require.Equal(t, fault.NotFound, found[lost].Code)
	require.Equal(t, contracttest.Haidian.USCC, found[lost].Owner)
	require.Equal(t, []string{application.ID}, found[lost].Applications)
	require.Equal(t, fault.EvidenceDamaged, found[damaged].Code)
	require.Equal(t, contracttest.Chaoyang.USCC, found[damaged].Owner)
	require.Empty(t, found[damaged].Applications)
}

func TestAnInspectionIsMadeWhenItIsDueAndItsFindingsAreLoggedAndCounted(t *testing.T) {
	p := gatewaytest.New(t)
	lost := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "lost").CID
	require.NoError(t, os.Remove(head(t, p, lost)))
	now := contracttest.Start
	// run has the job look whether it is due, until it has logged a text, or, without
	// one, has shown what was found before.
	run := func(until string) (string, float64) {
		log := &guarded{}
		job, registry := jobOf(p, func() time.Time { return now }, slog.New(slog.NewTextHandler(log, nil))), prometheus.NewRegistry()
		job.Observe(registry)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { job.Run(ctx); close(ended) }()
		require.Eventually(t, func() bool {
			return strings.Contains(log.String(), until) && value(registry, "dengji_evidence_inspected_timestamp_seconds") > 0
		}, time.Minute, time.Millisecond)
		stop()
		<-ended
		return log.String(), value(registry, "dengji_evidence_findings")
	}
	log, findings := run("evidence inspected")
	require.Contains(t, log, lost)
	require.Contains(t, log, contracttest.Haidian.USCC)
	require.InDelta(t, 1, findings, 0)

	now = now.Add(inspection.Every - time.Second)
	log, findings = run("")
	require.Empty(t, log, "not due yet, after a restart neither")
	require.InDelta(t, 1, findings, 0, "what was found is still shown")

	now = now.Add(time.Second)
	log, _ = run("evidence inspected")
	require.Contains(t, log, lost)
}

// guarded is a log that is read while it is written.
type guarded struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (g *guarded) Write(line []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.text.Write(line)
}

func (g *guarded) String() string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.text.String()
}

func value(registry *prometheus.Registry, name string) float64 {
	families, _ := registry.Gather()
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return -1
}

func TestAnInspectionThatCannotReportIsNotRememberedAsDone(t *testing.T) {
	p := gatewaytest.New(t)
	lost := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "lost").CID
	require.NoError(t, os.Remove(head(t, p, lost)))
	full := errors.New("disk full")
	_, err := jobOf(p, time.Now, slog.New(slog.DiscardHandler)).Inspect(t.Context(), func(inspection.Finding) error { return full })
	require.ErrorIs(t, err, full)
	var count int
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM inspections`).Scan(&count))
	require.Zero(t, count)
}
