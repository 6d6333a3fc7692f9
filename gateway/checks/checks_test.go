package checks_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/audit"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/checks"
	"dengji/gateway/database/databasetest"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/national"
	"dengji/gateway/notification"
	"dengji/gateway/readmodel"
)

// desk is a monitor of one check that finds what a test says, at a time that it says.
type desk struct {
	*checks.Monitor
	database *sql.DB
	now      time.Time
	findings []checks.Finding
	failure  error
	told     []string
	refuse   error // of the announcer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	opened := databasetest.Open(t, t.TempDir())
	d := &desk{database: opened, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	d.restart()
	return d
}

// restart forgets everything but the database.
func (d *desk) restart() {
	look := func(context.Context) ([]checks.Finding, error) { return d.findings, d.failure }
	d.Monitor = checks.New(checks.Options{Checks: []checks.Check{{Name: checks.Disk, Look: look}}, Announce: d, Database: d.database,
		Clock: func() time.Time { return d.now }, Log: slog.New(slog.DiscardHandler)})
}

// Announce remembers what operators are told, each reason once as a box does.
func (d *desk) Announce(_ context.Context, told notification.Notification, _ string, to func(account.Recipient) bool) error {
	if d.refuse != nil {
		return d.refuse
	}
	if to(account.Recipient{Actor: contracttest.Operator}) && !to(account.Recipient{Actor: contracttest.Haidian}) {
		d.told = append(d.told, string(told.Kind)+" "+told.State.EN)
	}
	return nil
}

// minutes makes a pass in each of so many minutes.
func (d *desk) minutes(t *testing.T, count int) {
	t.Helper()
	for range count {
		d.now = d.now.Add(time.Minute)
		require.NoError(t, d.Pass(t.Context()))
	}
}

func (d *desk) finds(about ...string) {
	d.findings = nil
	for _, each := range about {
		d.findings = append(d.findings, checks.Finding{About: each, Text: ledger.Text{ZH: each, EN: each}})
	}
}

func TestWhatLastsIsToldOnceWhenItBeginsAndOnceWhenItEnds(t *testing.T) {
	d := newDesk(t)
	d.finds("full")
	d.minutes(t, 5)
	require.Empty(t, d.told, "it may be gone in a moment")
	d.minutes(t, 60)
	require.Equal(t, []string{"check_fails full"}, d.told)
	d.restart()
	d.minutes(t, 60)
	require.Len(t, d.told, 1, "nor does a restart tell it again")
	d.finds("full", "slow")
	d.minutes(t, 10)
	require.Equal(t, []string{"check_fails full", "check_fails slow"}, d.told, "another finding of the same check is told by itself")
	d.finds()
	d.minutes(t, 60)
	require.Equal(t, []string{"check_fails full", "check_fails slow", "check_holds full", "check_holds slow"}, d.told)
	d.finds("full")
	d.minutes(t, 10)
	require.Equal(t, "check_fails full", d.told[4], "it begins anew")
}

func TestWhatComesAndGoesIsNoFlood(t *testing.T) {
	d := newDesk(t)
	for range 50 {
		d.finds("full")
		d.minutes(t, 1)
		d.finds()
		d.minutes(t, 2)
	}
	d.minutes(t, 10)
	require.Equal(t, []string{"check_fails full", "check_holds full"}, d.told)
	d.finds("full")
	d.minutes(t, 1)
	d.finds()
	d.minutes(t, 20)
	require.Len(t, d.told, 2, "what was there for a moment is not told at all")
}

func TestACheckThatCannotFindOutIsAFindingAndEndsNone(t *testing.T) {
	d := newDesk(t)
	registry := prometheus.NewRegistry()
	d.Observe(registry)
	d.finds("full")
	d.minutes(t, 10)
	require.InDelta(t, 1, gauge(t, registry, "dengji_check_findings"), 0)
	d.failure = errors.New("no answer")
	d.minutes(t, 10)
	require.InDelta(t, -1, gauge(t, registry, "dengji_check_findings"), 0)
	require.Equal(t, []string{"check_fails full", "check_fails This could not be checked; the gateway's log says why."}, d.told)
	report, err := d.Report(t.Context())
	require.NoError(t, err)
	require.Equal(t, checks.Unknown, report.Checks[0].State)
	require.NotContains(t, report.Checks[0].Findings[0].Text.EN, "no answer", "causes stand in the log")
}

func TestNothingIsLostWhileNobodyCanBeTold(t *testing.T) {
	d := newDesk(t)
	d.finds("full")
	d.refuse = errors.New("the database is busy")
	for range 10 {
		d.now = d.now.Add(time.Minute)
		if err := d.Pass(t.Context()); err != nil {
			require.ErrorIs(t, err, d.refuse)
		}
	}
	d.refuse = nil
	d.minutes(t, 1)
	require.Equal(t, []string{"check_fails full"}, d.told)
}

func TestTheReportSaysWhatIsWrongSinceWhenAndWhatToDo(t *testing.T) {
	d := newDesk(t)
	report, err := d.Report(t.Context())
	require.NoError(t, err)
	require.Empty(t, report.At)
	require.Equal(t, checks.Unknown, report.Checks[0].State, "nobody has looked yet")
	d.finds("full")
	d.minutes(t, 3)
	report, err = d.Report(t.Context())
	require.NoError(t, err)
	require.Equal(t, "2026-03-02T09:03:00Z", report.At)
	shown := report.Checks[0]
	require.Equal(t, checks.Fails, shown.State)
	require.Equal(t, []checks.CheckFinding{{Text: ledger.Text{ZH: "full", EN: "full"}, Since: "2026-03-02T09:01:00Z"}}, shown.Findings)
	require.Equal(t, "DiskNearlyFull", shown.Runbook)
	require.NotEmpty(t, shown.Action.ZH)
	d.finds()
	d.minutes(t, 1)
	report, err = d.Report(t.Context())
	require.NoError(t, err)
	require.Equal(t, checks.Holds, report.Checks[0].State)
	require.Empty(t, report.Checks[0].Findings)
}

func gauge(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue()
		}
	}
	require.Fail(t, "no such gauge", name)
	return 0
}

// abouts gives what a check finds.
func abouts(t *testing.T, check checks.Check) []string {
	t.Helper()
	found, err := check.Look(t.Context())
	require.NoError(t, err)
	var all []string
	for _, each := range found {
		require.NotEmpty(t, each.Text.ZH)
		require.NotEmpty(t, each.Text.EN)
		require.NotContains(t, each.Text.ZH+each.Text.EN, "%!")
		all = append(all, each.About)
	}
	return all
}

func TestEachCheckFindsWhatItIsFor(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	down := func(context.Context) error { return errors.New("down") }
	up := func(context.Context) error { return nil }
	model := func(at readmodel.Health) checks.Check {
		return checks.OfReadModel(func() readmodel.Health { return at })
	}
	evidence := func(ended time.Time, found int64) checks.Check {
		return checks.OfEvidence(func(context.Context) (time.Time, int64, error) { return ended, found, nil }, 24*time.Hour, clock)
	}
	exchange := func(dead int, oldest time.Duration) checks.Check {
		return checks.OfNational(func(context.Context) (national.Backlog, error) {
			return national.Backlog{Dead: dead, Oldest: oldest}, nil
		})
	}
	chain := func(stopped string, attempts int) checks.Check {
		return checks.OfCatalogueChain(func(context.Context) (status cataloguechain.Status, err error) {
			status.StoppedAt, status.Attempts = stopped, attempts
			return status, nil
		})
	}
	count := func(n int) func(context.Context) (int, error) {
		return func(context.Context) (int, error) { return n, nil }
	}
	certificate := func(days int) checks.Check {
		return checks.OfCertificates([]checks.Certificate{{Name: "tls", NotAfter: now.AddDate(0, 0, days)}}, clock, prometheus.NewRegistry())
	}
	revoked := func(n int) checks.Check { return checks.OfRevocations(count(n), prometheus.NewRegistry()) }
	for name, c := range map[string]struct {
		check checks.Check
		found []string
	}{
		"a ledger that answers":          {checks.OfLedger(up), nil},
		"a ledger that does not":         {checks.OfLedger(down), []string{"unreachable"}},
		"a store that does not answer":   {checks.OfEvidenceStore(down), []string{"unreachable"}},
		"a scanner that does not answer": {checks.OfScanner(down), []string{"unreachable"}},
		"a model that follows":           {model(readmodel.Health{Applied: 9, Height: 110}), nil},
		"a model that is behind":         {model(readmodel.Health{Applied: 8, Height: 110}), []string{"behind"}},
		"a model that has stopped":       {model(readmodel.Health{Failure: errors.New("fork")}), []string{"stopped"}},
		"evidence never inspected":       {evidence(time.Time{}, 0), nil},
		"whole evidence":                 {evidence(now.Add(-47*time.Hour), 0), nil},
		"damaged evidence":               {evidence(now, 3), []string{"damaged"}},
		"inspections that do not end":    {evidence(now.Add(-49*time.Hour), 1), []string{"damaged", "late"}},
		"an exchange that goes on":       {exchange(0, 24*time.Hour), nil},
		"dead letters":                   {exchange(1, 0), []string{"dead"}},
		"deliveries that wait":           {exchange(2, 25*time.Hour), []string{"dead", "late"}},
		"a chain that is followed":       {chain("", 9), nil},
		"a chain that rewrote itself":    {chain("2026-03-01T00:00:00Z", 0), []string{"stopped"}},
		"a chain that does not answer":   {chain("", 10), []string{"unreachable"}},
		"mail that leaves":               {checks.OfMail(count(0)), nil},
		"mail that does not":             {checks.OfMail(count(1)), []string{"stuck"}},
		"a certificate of 31 days":       {certificate(31), nil},
		"a certificate of 29 days":       {certificate(29), []string{"tls"}},
		"a certificate that is over":     {certificate(-1), []string{"tls"}},
		"no revocation":                  {revoked(0), nil},
		"a revocation that waits":        {revoked(1), []string{"pending"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.found, abouts(t, c.check)) })
	}
}

func TestEveryCheckIsExplainedAndHasItsSectionInTheRunbook(t *testing.T) {
	runbook, err := os.ReadFile("../../docs/runbook.md")
	require.NoError(t, err)
	var all []checks.Check
	for _, name := range []checks.Name{checks.Ledger, checks.ReadModel, checks.EvidenceStore, checks.Scanner, checks.Evidence, checks.Audit, checks.National,
		checks.CatalogueChain, checks.Mail, checks.Certificates, checks.Revocations, checks.Disk, checks.Clocks} {
		all = append(all, checks.Check{Name: name})
	}
	report, err := checks.New(checks.Options{Checks: all, Database: newDesk(t).database}).Report(t.Context())
	require.NoError(t, err)
	require.Len(t, report.Checks, len(all))
	for _, each := range report.Checks {
		require.Contains(t, string(runbook), "\n### "+each.Runbook+"\n", each.Check)
		for _, text := range []ledger.Text{each.Label, each.Action} {
			require.NotEmpty(t, text.ZH, each.Check)
			require.NotEmpty(t, text.EN, each.Check)
		}
	}
}

func TestADiskIsMeasured(t *testing.T) {
	registry := prometheus.NewRegistry()
	_, err := checks.OfDisk(t.TempDir(), registry).Look(t.Context())
	require.NoError(t, err)
	require.Positive(t, gauge(t, registry, "dengji_disk_free_bytes"))
	require.Greater(t, gauge(t, registry, "dengji_disk_size_bytes"), gauge(t, registry, "dengji_disk_free_bytes"))
	_, err = checks.OfDisk(t.TempDir()+"/away", prometheus.NewRegistry()).Look(t.Context())
	require.Error(t, err)
}

func TestAnAuditLogThatWasChangedIsFound(t *testing.T) {
	p := gatewaytest.New(t)
	p.Get(contracttest.Operator, "/audit/head")
	check := checks.OfAudit(audit.NewWatch(p.Database, p.Stage.Clock.Now))
	require.Eventually(t, func() bool { return entries(t, p.Database) > 0 }, 10*time.Second, time.Millisecond)
	require.Empty(t, abouts(t, check))
	_, err := p.Database.ExecContext(t.Context(), `UPDATE audit_entries SET account = 'somebody else'`)
	require.NoError(t, err)
	require.Equal(t, []string{"broken"}, abouts(t, checks.OfAudit(audit.NewWatch(p.Database, p.Stage.Clock.Now))))
}

func entries(t *testing.T, opened *sql.DB) (count int) {
	t.Helper()
	require.NoError(t, opened.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit_entries`).Scan(&count))
	return count
}

func TestClocksAreCountedByWhoseTheyAre(t *testing.T) {
	p := gatewaytest.New(t)
	registry := prometheus.NewRegistry()
	check := checks.OfClocks(p.Lists(), p.Stage.Clock.Now, registry)
	require.Empty(t, abouts(t, check), "none runs")
	application := p.Application(contracttest.Haidian)
	p.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	p.Act(contracttest.Haidian, application.ID, "file")
	p.Lists() // takes what was committed
	require.Empty(t, abouts(t, check))
	require.Contains(t, running(t, registry), "acceptor soon 1")
	p.Stage.Clock.Set(p.Stage.Clock.Now().Add(20 * 24 * time.Hour))
	require.Equal(t, []string{"overdue"}, abouts(t, check))
	require.Contains(t, running(t, registry), "acceptor overdue 1")
}

// running gives the clocks of which some run, as "role state number".
func running(t *testing.T, registry *prometheus.Registry) []string {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	var all []string
	for _, metric := range families[0].GetMetric() {
		if metric.GetGauge().GetValue() > 0 {
			all = append(all, fmt.Sprint(metric.GetLabel()[1].GetValue(), " ", metric.GetLabel()[2].GetValue(), " ", metric.GetGauge().GetValue()))
		}
	}
	return all
}

func TestOperatorsAreToldInThePortal(t *testing.T) {
	p := gatewaytest.New(t)
	_, err := p.Database.ExecContext(t.Context(), `INSERT INTO national_deliveries (registration, sequence, key, kind, version, digest, body, state, attempts, next_at, error, receipt, national_code, created_at, updated_at)
		VALUES ('r', 1, 'k', 'registration', 1, 'd', '{}', 'dead', 1, '', 'refused', '', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')`)
	require.NoError(t, err)
	p.Checked()
	p.Stage.Clock.Set(p.Stage.Clock.Now().Add(10 * time.Minute))
	p.Checked()
	box := gatewaytest.Do[ledger.Page[notification.Notification]](p, contracttest.Operator, "GET", "/notifications", nil, 200)
	require.Len(t, box.Items, 1)
	require.Equal(t, notification.CheckFails, box.Items[0].Kind)
	require.Equal(t, "国家平台拒收 1 件，待处理。", box.Items[0].State.ZH)
	require.Empty(t, gatewaytest.Do[ledger.Page[notification.Notification]](p, contracttest.Authority, "GET", "/notifications", nil, 200).Items)
}
