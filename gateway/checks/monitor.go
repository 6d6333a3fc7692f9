package checks

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/database"
	"dengji/gateway/notification"
	"dengji/gateway/recurring"
)

const (
	// Every is how often everything is looked at.
	Every = time.Minute
	// Settle is how long a finding lasts before operators are told, and is away
	// before they are told that it has ended: what comes and goes is told once.
	Settle = 5 * time.Minute
	// patience bounds one check.
	patience = 10 * time.Second
)

// Announcer tells people what is no step of a case. *notification.Watcher is one.
type Announcer interface {
	Announce(ctx context.Context, told notification.Notification, reason string, to func(account.Recipient) bool) error
}

// Options are what a Monitor works with; all are required.
type Options struct {
	Checks   []Check
	Announce Announcer
	Database *sql.DB
	Clock    func() time.Time
	Log      *slog.Logger
}

// Monitor makes the checks. It is safe for concurrent use; one Run at a time, and one
// Monitor for a database.
type Monitor struct {
	Options
	findings *prometheus.GaugeVec
	ended    prometheus.Gauge

	mutex  sync.Mutex
	at     time.Time // zero: no pass has ended yet
	latest map[Name]result
}

// result is what a check gave.
type result struct {
	findings []Finding
	failed   bool
}

// New makes a Monitor.
func New(options Options) *Monitor {
	return &Monitor{Options: options, latest: map[Name]result{},
		findings: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "dengji_check_findings", Help: "What each check found wrong in the last pass; -1: it could not find out."}, []string{"check"}),
		ended:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "dengji_checks_timestamp_seconds", Help: "When the last pass of all checks ended; 0: none has."})}
}

// Observe registers the gauges of all checks; call it at most once for a registry.
func (m *Monitor) Observe(registry prometheus.Registerer) { registry.MustRegister(m.findings, m.ended) }

// Run makes a pass now and every Every, until the context ends.
func (m *Monitor) Run(ctx context.Context) {
	recurring.Run(ctx, Every, m.Pass, func(err error) {
		m.Log.ErrorContext(ctx, "findings of checks are still to be told", "error", err.Error())
	})
}

// Pass makes every check once, and tells operators what has begun and what has ended.
// It may be broken off and repeated at any point.
func (m *Monitor) Pass(ctx context.Context) error {
	latest := make(map[Name]result, len(m.Checks))
	for _, check := range m.Checks {
		latest[check.Name] = m.look(ctx, check)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	now := m.Clock()
	m.mutex.Lock()
	m.at, m.latest = now, latest
	m.mutex.Unlock()
	m.ended.Set(float64(now.Unix()))
	if err := m.remember(ctx, latest, now); err != nil {
		return err
	}
	return m.tell(ctx, now)
}

func (m *Monitor) look(ctx context.Context, check Check) result {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := check.Look(within)
	if err != nil {
		if ctx.Err() == nil {
			m.Log.WarnContext(ctx, "a check could not be made", "check", check.Name, "error", err.Error())
		}
		m.findings.WithLabelValues(string(check.Name)).Set(-1)
		return result{[]Finding{{unchecked, uncheckedText}}, true}
	}
	m.findings.WithLabelValues(string(check.Name)).Set(float64(len(found)))
	return result{findings: found}
}

// tell announces what has lasted and what has been away for long enough.
func (m *Monitor) tell(ctx context.Context, now time.Time) error {
	known, err := m.known(ctx)
	if err != nil {
		return err
	}
	settled := database.Stamp(now.Add(-Settle))
	for _, each := range known {
		switch {
		case each.goneAt == "" && !each.told && each.beganAt <= settled:
			err = m.begins(ctx, each)
		case each.goneAt != "" && each.goneAt <= settled:
			err = m.ends(ctx, each)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *Monitor) begins(ctx context.Context, of kept) error {
	m.Log.ErrorContext(ctx, "a check has found something", "check", of.check, "about", of.about, "finding", of.text.EN)
	if err := m.announce(ctx, of, notification.CheckFails); err != nil {
		return err
	}
	return m.noteTold(ctx, of)
}

func (m *Monitor) ends(ctx context.Context, of kept) error {
	if of.told {
		if err := m.announce(ctx, of, notification.CheckHolds); err != nil {
			return err
		}
	}
	return m.forget(ctx, of)
}

func (m *Monitor) announce(ctx context.Context, of kept, kind notification.Kind) error {
	told := notification.Notification{Kind: kind, Subject: notification.SubjectCheck, Case: string(of.check), Title: explanations[of.check].label.ZH, State: of.text, Article: "12"}
	reason := "check/" + string(of.check) + "/" + of.about + "/" + of.beganAt + "/" + string(kind)
	return m.Announce.Announce(ctx, told, reason, func(to account.Recipient) bool { return to.Actor.Role == ledger.RoleOperator })
}
