package gatewaytest

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"dengji/gateway/account"
	"dengji/gateway/audit"
	"dengji/gateway/checks"
	"dengji/gateway/national"
	"dengji/gateway/notification"
)

// checks looks after the platform. Time is the ledger's.
func (p *Platform) checks(log *slog.Logger, exchange exchange) *checks.Monitor {
	registry := prometheus.NewRegistry()
	now := p.Stage.Clock.Now
	return checks.New(checks.Options{Announce: announcer{p}, Database: p.Database, Clock: now, Log: log, Checks: []checks.Check{
		checks.OfEvidenceStore(p.Depot.Store.Check), checks.OfAudit(audit.NewWatch(p.Database, now)), checks.OfNational(national.New(exchange.options).Backlog),
		checks.OfRevocations(p.Revocations.Pending, registry), checks.OfDisk(p.Home, registry),
		checks.OfCertificates([]checks.Certificate{{Name: "slip-signer", NotAfter: now().Add(100 * 24 * time.Hour)}}, now, registry)}})
}

// Checked makes one pass of all checks.
func (p *Platform) Checked() {
	p.t.Helper()
	require.NoError(p.t, p.Checks.Pass(p.t.Context()))
}

// announcer opens the read model no sooner than it tells something.
type announcer struct{ *Platform }

// Announce implements checks.Announcer.
func (a announcer) Announce(ctx context.Context, told notification.Notification, reason string, to func(account.Recipient) bool) error {
	return a.Watcher(nil).Announce(ctx, told, reason, to)
}
