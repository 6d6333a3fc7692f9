package gatewaytest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	simulated "dengji/fixtures/national"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/national"
)

// exchange is the platform's exchange with the simulated national platform. It
// reads the lists anew for each call, so that they hold all that was committed.
type exchange struct {
	platform *Platform
	options  national.Options
}

// connect makes the simulated national platform. Both sides sign with one key.
func (p *Platform) connect(signer cryptosuite.Signer) exchange {
	p.National = simulated.New(signer, national.KeyOf(signer))
	certificate, key := Credentials(p.t, contracttest.Issuer)
	issuer, err := ledgerclient.ParseIdentity(contracttest.Issuer.MSP, certificate, key)
	require.NoError(p.t, err)
	remote := &national.Remote{Base: "http://national.example", Client: &http.Client{Transport: within{p.National}}, Signer: signer, Key: national.KeyOf(signer)}
	return exchange{p, national.Options{Remote: remote, Ledger: p.Ledger, Issuer: issuer, Database: p.Database, Clock: p.Stage.Clock.Now, Log: slog.New(slog.DiscardHandler)}}
}

// within answers requests in the same process.
type within struct{ http.Handler }

func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func (e exchange) present() *national.Exchange {
	options := e.options
	options.Lists = e.platform.Lists()
	return national.New(options)
}

// Exchanged makes one pass of the exchange with the national platform.
func (p *Platform) Exchanged() {
	p.t.Helper()
	require.NoError(p.t, p.Server.National.(exchange).present().Pass(p.t.Context()))
}

func (e exchange) Deliveries(ctx context.Context, state national.State, registration string, page ledger.PageRequest) (ledger.Page[national.Delivery], error) {
	return e.present().Deliveries(ctx, state, registration, page)
}

func (e exchange) Replay(ctx context.Context, id int64) (national.Delivery, error) {
	return e.present().Replay(ctx, id)
}

func (e exchange) Reconcile(ctx context.Context, resend bool) (national.Reconciliation, error) {
	return e.present().Reconcile(ctx, resend)
}
