package issuance_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
)

var errLost = fault.New(fault.LedgerUnreachable, fault.Cause(errors.New("cut off by the test")))

// once fails the first call of a transaction.
func once(transaction string, also func(ledgerclient.Call) bool) func(ledgerclient.Call) error {
	done := false
	return func(call ledgerclient.Call) error {
		if done || call.Transaction != transaction || (also != nil && !also(call)) {
			return nil
		}
		done = true
		return errLost
	}
}

func isIssue(call ledgerclient.Call) bool {
	act, ok := call.Request.(*ledger.ActRequest)
	return ok && act.Action == "issue"
}

func TestAnIssuanceThatIsCutOffAnywhereIsFinishedWithOneCodeAndOneSlip(t *testing.T) {
	cases := map[string]struct {
		cut    func(*gatewaytest.Ledger)
		issued bool // whether the caller learns that the code is issued
	}{
		"before the code is issued":                    {func(l *gatewaytest.Ledger) { l.Before = once(ledger.TxAct, isIssue) }, false},
		"after the code is issued, before the answer":  {func(l *gatewaytest.Ledger) { l.After = once(ledger.TxAct, isIssue) }, false},
		"before the registration is read for its slip": {func(l *gatewaytest.Ledger) { l.Before = once(ledger.TxGetRegistration, nil) }, true},
		"before the slip's digest is anchored":         {func(l *gatewaytest.Ledger) { l.Before = once(ledger.TxAnchorSlip, nil) }, true},
		"after the slip's digest is anchored":          {func(l *gatewaytest.Ledger) { l.After = once(ledger.TxAnchorSlip, nil) }, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := gatewaytest.New(t)
			application := p.Application(contracttest.Haidian)
			p.Noticed(application.ID)
			c.cut(p.Ledger)
			recorder := p.Send(p.Request(contracttest.Issuer, http.MethodPost, "/applications/"+application.ID+"/actions/issue", nil))
			if c.issued {
				require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
			} else {
				require.Equal(t, http.StatusServiceUnavailable, recorder.Code, recorder.Body.String())
			}
			finish(t, p, application.ID)
			status, document := p.Get(contracttest.Haidian, "/registrations/"+code(t, p, application.ID)+"/slip.json")
			require.Equal(t, http.StatusOK, status, string(document))
			finish(t, p, application.ID)
			_, again := p.Get(contracttest.Haidian, "/registrations/"+code(t, p, application.ID)+"/slip.json")
			require.Equal(t, document, again, "there is one slip")
			require.Equal(t, 1, count(t, p, `SELECT COUNT(*) FROM issuances`))
			require.Equal(t, 1, count(t, p, `SELECT COUNT(*) FROM slips WHERE anchored = 1`))
		})
	}
}

// finish does what the service does at start; the code is issued by a second try
// where the first did not reach the ledger.
func finish(t *testing.T, p *gatewaytest.Platform, id string) {
	t.Helper()
	require.NoError(t, p.Desk.Finish(context.Background()))
	application := contracttest.Do[ledger.Application](p.Stage, contracttest.Issuer, ledger.TxGetApplication, ledger.IDRequest{ID: id})
	if application.State != ledger.StateRegistered {
		p.Act(contracttest.Issuer, id, "issue")
	}
}

func code(t *testing.T, p *gatewaytest.Platform, id string) string {
	t.Helper()
	return contracttest.Do[ledger.Application](p.Stage, contracttest.Issuer, ledger.TxGetApplication, ledger.IDRequest{ID: id}).Registration
}

func count(t *testing.T, p *gatewaytest.Platform, query string) int {
	t.Helper()
	var number int
	require.NoError(t, p.Database.QueryRowContext(t.Context(), query).Scan(&number))
	return number
}

func TestTheQueryCodeIsDurableAndSealedBeforeTheLedgerHearsOfIt(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Noticed(application.ID)
	p.Ledger.Before = func(call ledgerclient.Call) error {
		if !isIssue(call) {
			return nil
		}
		var digest string
		require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT digest FROM issuances WHERE application = ?`, application.ID).Scan(&digest))
		require.Equal(t, digest, call.Request.(*ledger.ActRequest).Issue.QueryCodeDigest)
		return nil
	}
	p.Act(contracttest.Issuer, application.ID, "issue")
}

func TestNobodyButAnIssuerMakesAQueryCode(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	for _, as := range contracttest.RolesExcept(ledger.RoleIssuer, ledger.RoleIntake) {
		recorder := p.Send(p.Request(as, http.MethodPost, "/applications/"+application.ID+"/actions/issue", nil))
		require.GreaterOrEqual(t, recorder.Code, 400, as.ID)
	}
	require.Zero(t, count(t, p, `SELECT COUNT(*) FROM issuances`))
}
