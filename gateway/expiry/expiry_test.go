package expiry_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/expiry"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
)

func TestTheJobEndsWhatHasRunOutAndNothingElse(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	job := jobOf(t, p, contracttest.Issuer)

	for _, day := range []string{registration.ValidFrom, registration.ValidUntil} {
		at(t, p, day)
		ended, err := job.Pass(t.Context())
		require.NoError(t, err)
		require.Empty(t, ended, "on %s everything still holds", day)
	}
	at(t, p, dayAfter(t, registration.ValidUntil))
	ended, err := job.Pass(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{registration.Code}, ended)
	stored := contracttest.Stored[ledger.Registration](p.Stage, ledger.RegistrationKey(registration.Code))
	require.Equal(t, ledger.RegistrationExpired, stored.Status)

	ended, err = job.Pass(t.Context())
	require.NoError(t, err)
	require.Empty(t, ended, "a second pass finds nothing to do")
}

func TestTheJobIsNoMoreAllowedThanItsAccount(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	at(t, p, dayAfter(t, registration.ValidUntil))
	ended, err := jobOf(t, p, contracttest.Reviewer).Pass(t.Context())
	require.Equal(t, fault.RoleNotAllowed, fault.CodeOf(err))
	require.Empty(t, ended)
	stored := contracttest.Stored[ledger.Registration](p.Stage, ledger.RegistrationKey(registration.Code))
	require.Equal(t, ledger.RegistrationActive, stored.Status)
}

func TestTheJobStopsWithItsContext(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	at(t, p, dayAfter(t, registration.ValidUntil))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { jobOf(t, p, contracttest.Issuer).Run(ctx); close(done) }()
	require.Eventually(t, func() bool {
		return contracttest.Stored[ledger.Registration](p.Stage, ledger.RegistrationKey(registration.Code)).Status == ledger.RegistrationExpired
	}, time.Minute, 10*time.Millisecond, "the first pass is made at once")
	cancel()
	<-done
}

func jobOf(t *testing.T, p *gatewaytest.Platform, as ledger.Actor) expiry.Job {
	t.Helper()
	certificate, key := gatewaytest.Credentials(t, as)
	identity, err := ledgerclient.ParseIdentity(as.MSP, certificate, key)
	require.NoError(t, err)
	return expiry.Job{Ledger: p.Ledger, Issuer: identity, Log: slog.New(slog.DiscardHandler)}
}

// at moves the sandbox's clock to the start of a day.
func at(t *testing.T, p *gatewaytest.Platform, day string) {
	t.Helper()
	now := contracttest.Do[ledger.Now](p.Stage, contracttest.Operator, ledger.TxGetNetwork, struct{}{})
	present, err := time.Parse(time.RFC3339, now.LedgerTime)
	require.NoError(t, err)
	if ledger.Day(present) < day {
		contracttest.Do[ledger.Now](p.Stage, contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{To: day})
	}
}

func dayAfter(t *testing.T, day string) string {
	t.Helper()
	parsed, err := time.Parse(time.DateOnly, day)
	require.NoError(t, err)
	return parsed.AddDate(0, 0, 1).Format(time.DateOnly)
}
