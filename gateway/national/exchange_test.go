package national_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	simulated "dengji/fixtures/national"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/national"
	"dengji/gateway/national/wire"
)

// pair is a registry with a simulated national platform.
type pair struct {
	*gatewaytest.Platform
	t        *testing.T
	national *simulated.Platform
	remote   *national.Remote
	issuer   ledgerclient.Identity
	later    time.Duration // added to the clock
}

func signer(t *testing.T, name string) cryptosuite.Signer {
	t.Helper()
	key, chain, _, err := cryptosuite.CreateSlipAuthority(filepath.Join(t.TempDir(), name), cryptosuite.Names{Organisation: name, Root: name + " root", Signer: name})
	require.NoError(t, err)
	made, err := cryptosuite.LoadSigner(key, chain)
	require.NoError(t, err)
	return made
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{Platform: gatewaytest.New(t), t: t}
	registry, platform := signer(t, "registry"), signer(t, "national")
	p.national = simulated.New(platform, national.KeyOf(registry))
	description := gatewaytest.NewValidatorOf(t, string(wire.Description))
	server := httptest.NewServer(checked(t, description, p.national))
	t.Cleanup(server.Close)
	p.remote = &national.Remote{Base: server.URL, Client: server.Client(), Signer: registry, Key: national.KeyOf(platform)}
	certificate, key := gatewaytest.Credentials(t, contracttest.Issuer)
	var err error
	p.issuer, err = ledgerclient.ParseIdentity(contracttest.Issuer.MSP, certificate, key)
	require.NoError(t, err)
	return p
}

// checked holds what passes to the description of the interface.
func checked(t *testing.T, description gatewaytest.Validator, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("request: %v", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if recorder.Code != http.StatusServiceUnavailable {
			if problem := description.Breaks(r, recorder); problem != "" {
				t.Errorf("%s %s: %s", r.Method, r.URL, problem)
			}
		}
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	})
}

// exchange is a gateway's exchange, as it is after a restart too.
func (p *pair) exchange() *national.Exchange {
	return national.New(national.Options{Remote: p.remote, Ledger: p.Ledger, Issuer: p.issuer, Lists: p.Lists(), Database: p.Database,
		Clock: func() time.Time { return time.Now().Add(p.later) }, Log: slog.New(slog.DiscardHandler)})
}

// pass makes a pass after all that has failed is due again.
func (p *pair) pass() {
	p.t.Helper()
	p.later += 2 * time.Hour
	require.NoError(p.t, p.exchange().Pass(p.t.Context()))
}

// equal asserts that both sides hold the same, and nothing is left to do.
func (p *pair) equal(registrations int) {
	p.t.Helper()
	result, err := p.exchange().Reconcile(p.t.Context(), false)
	require.NoError(p.t, err)
	require.Empty(p.t, result.Differences)
	require.Equal(p.t, registrations, result.Equal)
	for _, state := range []national.State{national.Pending, national.Accepted, national.Dead} {
		require.Empty(p.t, p.deliveries(state))
	}
}

func (p *pair) deliveries(state national.State) []national.Delivery {
	p.t.Helper()
	page, err := p.exchange().Deliveries(p.t.Context(), state, "", ledger.PageRequest{PageSize: ledger.MaxPageSize})
	require.NoError(p.t, err)
	return page.Items
}

func (p *pair) stored(code string) ledger.Registration {
	return contracttest.Stored[ledger.Registration](p.Stage, ledger.RegistrationKey(code))
}

func TestARegistrationIsSentAndItsNationalCodeComesBack(t *testing.T) {
	p := newPair(t)
	registration := p.Issued()
	p.pass()
	stored := p.stored(registration.Code)
	require.Regexp(t, `^GJ-110108-0000001$`, stored.NationalCode)
	p.equal(1)
	height := p.Stage.Height()
	sent := len(p.deliveries(national.Delivered))
	p.pass()
	require.Equal(t, height, p.Stage.Height(), "the code that came back is no change to send")
	require.Len(t, p.deliveries(national.Delivered), sent)
	require.Equal(t, wire.RecordOf(stored), p.national.Records()[registration.Code])
	found := gatewaytest.Do[ledger.Registration](p.Platform, contracttest.Party, http.MethodGet, "/registrations/"+stored.NationalCode, nil, http.StatusOK)
	require.Equal(t, registration.Code, found.Code, "the national code resolves")
}

func TestTheEndOfARegistrationIsSentAfterItsBeginning(t *testing.T) {
	p := newPair(t)
	registration := p.Issued()
	p.pass()
	over, err := time.Parse(time.DateOnly, registration.ValidUntil)
	require.NoError(t, err)
	contracttest.Do[ledger.Now](p.Stage, contracttest.Operator, ledger.TxAdvanceClock, ledger.AdvanceClockRequest{To: over.AddDate(0, 0, 1).Format(time.DateOnly)})
	contracttest.Do[ledger.Registration](p.Stage, contracttest.Issuer, ledger.TxActOnRegistration, ledger.ActRequest{ID: registration.Code, Action: "expire"})
	p.pass()
	require.Equal(t, wire.KindEnd, p.deliveries(national.Delivered)[0].Kind)
	require.Equal(t, ledger.RegistrationExpired, p.national.Records()[registration.Code].Status)
	p.equal(1)
}

func TestBothSidesEndEqualHoweverTheNationalPlatformFails(t *testing.T) {
	for name, faults := range map[string]simulated.Faults{
		"slow":            {SlowMilliseconds: 50},
		"unavailable":     {Unavailable: 3},
		"duplicate":       {Duplicate: 5},
		"a lost answer":   {LoseAnswer: 2},
		"wrong signature": {WrongSignature: 3},
		"all in turn":     {SlowMilliseconds: 5, Unavailable: 1, Duplicate: 4, LoseAnswer: 2, WrongSignature: 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			p.national.Set(faults)
			p.Issued()
			for range 8 {
				p.pass()
			}
			p.national.Set(simulated.Faults{})
			p.equal(1)
			require.Len(t, p.national.Records(), 1)
		})
	}
}

func TestACodeThatComesLateIsFetched(t *testing.T) {
	p := newPair(t)
	p.national.Set(simulated.Faults{LateCode: true})
	registration := p.Issued()
	p.pass()
	require.Empty(t, p.stored(registration.Code).NationalCode)
	require.Len(t, p.deliveries(national.Accepted), 1)
	p.national.Set(simulated.Faults{})
	p.pass()
	require.NotEmpty(t, p.stored(registration.Code).NationalCode)
	p.equal(1)
}

func TestWhatIsRefusedIsADeadLetterUntilSomebodyReplaysIt(t *testing.T) {
	p := newPair(t)
	p.national.Set(simulated.Faults{Refuse: 1})
	registration := p.Issued()
	p.pass()
	p.pass()
	dead := p.deliveries(national.Dead)
	require.Len(t, dead, 1)
	require.Equal(t, fault.NationalRefused, dead[0].Error)
	require.Contains(t, dead[0].ErrorDetail, "REFUSED")
	require.Empty(t, p.national.Records(), "nothing of the registration overtakes a dead letter")
	_, err := p.exchange().Replay(t.Context(), dead[0].ID+1000)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	_, err = p.exchange().Replay(t.Context(), dead[0].ID)
	require.NoError(t, err)
	_, err = p.exchange().Replay(t.Context(), dead[0].ID)
	require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(err))
	p.pass()
	require.NotEmpty(t, p.stored(registration.Code).NationalCode)
	p.equal(1)
}

func TestANationalCodeThatIsTakenIsADeadLetter(t *testing.T) {
	p := newPair(t)
	registration := p.Issued()
	require.NoError(t, p.Stage.Plant(ledger.NationalCodeKey("GJ-110108-0000001"), "110000R2026AAAAAAA1"))
	p.pass()
	dead := p.deliveries(national.Dead)
	require.Len(t, dead, 1)
	require.Equal(t, fault.NationalCodeTaken, dead[0].Error)
	require.Empty(t, p.stored(registration.Code).NationalCode)
}

// TestAGatewayThatIsKilledAnywhereLosesAndDoublesNothing ends the gateway's work at
// every question to the national platform, before it is sent and after it was
// answered, and at the ledger, before and after the commit.
func TestAGatewayThatIsKilledAnywhereLosesAndDoublesNothing(t *testing.T) {
	p := newPair(t)
	registration := p.Issued()
	honest := p.remote.Client.Transport
	for at := range 12 {
		ctx, kill := context.WithCancelCause(t.Context())
		var steps atomic.Int64
		step := func() error {
			if steps.Add(1) == int64(at+1) {
				kill(gatewaytest.ErrKilled)
				return gatewaytest.ErrKilled
			}
			return nil
		}
		p.remote.Client.Transport = gatewaytest.Mortal{RoundTripper: honest, Step: step}
		p.Ledger.Before = func(ledgerclient.Call) error { return step() }
		p.Ledger.After = func(ledgerclient.Call) error { return step() }
		p.later += 2 * time.Hour
		_ = p.exchange().Pass(ctx)
		kill(nil)
	}
	p.remote.Client.Transport, p.Ledger.Before, p.Ledger.After = honest, nil, nil
	p.pass()
	p.equal(1)
	require.Equal(t, "GJ-110108-0000001", p.stored(registration.Code).NationalCode, "one code was given")
	written := 0
	for _, outcome := range p.Stage.Committed(0) {
		if outcome.Event != nil && outcome.Event.Type == "registration.national" {
			written++
		}
	}
	require.Equal(t, 1, written)
}

func TestReconciliationFindsEveryDifferenceAndMendsWhatItCan(t *testing.T) {
	p := newPair(t)
	registration := p.Issued()
	result, err := p.exchange().Reconcile(t.Context(), true)
	require.NoError(t, err)
	require.Equal(t, []national.Difference{{Registration: registration.Code, Kind: national.MissingThere, Here: digest(t, p.stored(registration.Code)), OnTheWay: true}}, result.Differences)
	require.Zero(t, result.Resent, "what is on its way is not sent twice")
	p.pass()
	p.equal(1)

	p.national.Forget(registration.Code)
	result, err = p.exchange().Reconcile(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, national.MissingThere, result.Differences[0].Kind)
	require.Zero(t, result.Resent)
	result, err = p.exchange().Reconcile(t.Context(), true)
	require.NoError(t, err)
	require.Equal(t, 1, result.Resent)
}

func digest(t *testing.T, of ledger.Registration) string {
	t.Helper()
	made, err := wire.RecordOf(of).Digest()
	require.NoError(t, err)
	return made
}

func TestAStrangersDeliveryIsNotTaken(t *testing.T) {
	p := newPair(t)
	p.remote.Signer = signer(t, "stranger")
	p.Issued()
	p.pass()
	dead := p.deliveries(national.Dead)
	require.Len(t, dead, 1)
	require.Equal(t, fault.NationalRefused, dead[0].Error)
	require.Contains(t, dead[0].ErrorDetail, "WRONG_SIGNATURE")
	require.Empty(t, p.national.Records())
}
