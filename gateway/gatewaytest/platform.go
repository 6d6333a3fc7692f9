package gatewaytest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/cryptosuite"
	"dengji/fixtures/calendars"
	"dengji/fixtures/national"
	"dengji/fixtures/rulepacks"
	"dengji/gateway/account"
	"dengji/gateway/api"
	"dengji/gateway/audit"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguesource"
	"dengji/gateway/checks"
	"dengji/gateway/database/databasetest"
	"dengji/gateway/draft"
	"dengji/gateway/evidence/depot"
	"dengji/gateway/evidence/sealing"
	"dengji/gateway/intake"
	"dengji/gateway/invitation"
	"dengji/gateway/issuance"
	"dengji/gateway/ledgerclient"
	"dengji/gateway/objector"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/revocation"
	"dengji/gateway/shelf"
	"dengji/verify"
	"dengji/verify/artefact"
)

// Password of every account of the cast.
const Password = "a long pass phrase of tests"

// Guest is nobody in particular.
var Guest = ledger.Actor{}

// Platform is a gateway over a ledger in memory.
type Platform struct {
	Server   *api.Server
	Stage    *contracttest.Stage
	Ledger   *Ledger
	Accounts *account.Directory
	Database *sql.DB
	Desk     *issuance.Desk
	Depot    *depot.Depot
	Intake   *intake.Desk
	Home     string                   // folder of database, keys and evidence
	National *national.Platform       // simulated
	Chain    *cataloguechain.Follower // nil: there is no catalogue chain
	Sources  *cataloguesource.Keeper

	Authorities *Authorities
	Revocations *revocation.Desk
	Checks      *checks.Monitor

	lists  *lists
	sealer sealing.Sealer
	log    bytes.Buffer // see Logged

	t       testing.TB
	mutex   sync.Mutex
	tokens  map[string]string // by actor key
	logLock sync.Mutex
}

// Limits of the platform are small, so that tests of them are quick.
var Limits = api.Limits{Evidence: 8 << 20, Import: 4 << 20}

// New founds a sandbox with calendars and the rule pack in force, and puts a
// gateway in front of it.
func New(t testing.TB) *Platform {
	t.Helper()
	stage := contracttest.Founded(t, ledger.ModeSandbox)
	found(t, stage)
	p := &Platform{Stage: stage, Ledger: &Ledger{Memory: stage.Ledger}, t: t, tokens: map[string]string{}}
	home := t.TempDir()
	p.Home, p.lists = home, &lists{t: t, ledger: stage.Ledger}
	sealer := newSealer(t, home)
	p.Database = databasetest.Open(t, filepath.Join(home, "gateway"))
	p.Accounts = newAccounts(t, p.Database, sealer)
	own, err := p.Accounts.Find(t.Context(), contracttest.Operator.ID)
	require.NoError(t, err)
	signer := newSigner(t, home)
	log := slog.New(slog.NewJSONHandler(lockedWriter{p}, nil))
	p.Desk = issuance.NewDesk(issuance.Options{Ledger: p.Ledger, Accounts: p.Accounts, Database: p.Database, Sealer: sealer,
		Attestor: offline{signer, stage}, Signer: signer, Page: "https://registry.example/verify", Clock: time.Now, Log: log})
	p.Depot, err = depot.Open(depot.Settings{Folder: filepath.Join(home, "evidence"), Turns: filepath.Join(home, "evidence.lock")}, sealer, Limits.Evidence, time.Now)
	require.NoError(t, err)
	exchange := p.connect(signer)
	p.Sources = p.Keeper(stage.Clock.Now)
	p.sealer, p.Authorities = sealer, newAuthorities(t)
	p.Revocations = &revocation.Desk{Accounts: p.Accounts, Authorities: p.Authorities, Kept: []string{contracttest.Issuer.ID}, Log: log}
	p.Checks = p.checks(log, exchange)
	journal := audit.Open(p.Database, log)
	t.Cleanup(journal.Close)
	intakeAs, err := p.Accounts.Find(t.Context(), contracttest.Intake.ID)
	require.NoError(t, err)
	p.Intake = intake.New(p.Database, sealer, p.Depot.Uploads, stage.Clock.Now)
	p.Server, err = api.New(api.Options{Intake: p.Intake, IntakeAccount: &intakeAs, Ledger: p.Ledger, Accounts: p.Accounts, Guest: own.Identity,
		Evidence: shelf.New(p.Depot.Store, p.Database, sealer, time.Now), Uploads: p.Depot.Uploads, Issuer: p.Desk, Objectors: objector.NewRegister(p.Database, sealer, time.Now), Drafts: draft.NewCabinet(p.Database, sealer, stage.Clock.Now), Attestor: offline{signer, stage},
		Audit: journal, Checks: p.Checks, Notifications: p.box(), National: exchange, CatalogueSources: p.Sources, Ready: func(ctx context.Context) error {
			_, err := p.Ledger.Evaluate(ctx, own.Identity, ledgerclient.Call{Transaction: ledger.TxGetNetwork, Request: struct{}{}})
			return err
		},
		Invitations: p.Invitations(func(*invitation.Options) {}), Revocations: p.Revocations,
		ReadModel: p.lists, Clock: stage.Clock.Now, Registry: prometheus.NewRegistry(), Log: log, Limits: Limits})
	require.NoError(t, err)
	return p
}

// Lists gives the platform's read model, filled with all that has been committed.
func (p *Platform) Lists() *queries.Queries { return queries.New(p.lists.Store()) }

func found(t testing.TB, stage *contracttest.Stage) {
	t.Helper()
	years, err := calendars.All()
	require.NoError(t, err)
	for _, year := range years {
		stage.Changed(contracttest.Authority, ledger.TxPutCalendar, year)
	}
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	stage.Changed(contracttest.Authority, ledger.TxProposeRulePack, pack)
	stage.Changed(contracttest.Reviewer, ledger.TxApproveRulePack, pack.Reference())
}

func newSealer(t testing.TB, home string) sealing.Sealer {
	t.Helper()
	path := filepath.Join(home, "master-key")
	require.NoError(t, sealing.CreateKeyFile(path))
	ring, err := sealing.OpenKeyFile(path)
	require.NoError(t, err)
	return ring
}

// cheap are costs for passwords that protect nothing: tests log in by the hundred.
var cheap = account.Costs{MemoryKiB: 8, Passes: 1, Threads: 1}

func newAccounts(t testing.TB, opened *sql.DB, sealer sealing.Sealer) *account.Directory {
	t.Helper()
	accounts, err := account.NewDirectory(t.Context(), opened, sealer, cheap, time.Now)
	require.NoError(t, err)
	for _, actor := range contracttest.Everyone {
		certificate, key := Credentials(t, actor)
		require.NoError(t, accounts.Put(t.Context(), actor.ID, ledger.Text{ZH: actor.Name, EN: actor.ID}, Password, actor.MSP, certificate, key))
	}
	return accounts
}

func newSigner(t testing.TB, home string) cryptosuite.Signer {
	t.Helper()
	key, chain, _, err := cryptosuite.CreateSlipAuthorityAt(filepath.Join(home, "slip"),
		cryptosuite.Names{Organisation: "测试登记机构", Root: "Test Slip Root", Signer: "Test Slip Signer"}, contracttest.Start.Add(-time.Hour))
	require.NoError(t, err)
	signer, err := cryptosuite.LoadSigner(key, chain)
	require.NoError(t, err)
	return signer
}

// offline attests nothing, as a ledger in memory has no peers: slips are checked
// for what they show by themselves.
type offline struct {
	signer cryptosuite.Signer
	stage  *contracttest.Stage
}

func (o offline) anchors() artefact.SignedTrust {
	return verify.NewTrust(contracttest.Stored[ledger.Network](o.stage, ledger.NetworkKey()), ledger.ChaincodeName,
		contracttest.Start, o.signer.Certificates(), []artefact.TrustedOrganisation{})
}

func (o offline) VerifySlip(_ context.Context, document []byte) (verify.Report, error) {
	anchors := o.anchors()
	return verify.Verify(document, verify.Options{Trust: &anchors.Anchors, At: o.stage.Clock.Now()}), nil
}

func (o offline) Collect(context.Context, string, string) (artefact.AttestationBundle, error) {
	return artefact.AttestationBundle{}, fault.New(fault.LedgerUnreachable)
}

func (o offline) TrustFile(context.Context) ([]byte, error) { return json.Marshal(o.anchors()) }

type lockedWriter struct{ platform *Platform }

func (w lockedWriter) Write(line []byte) (int, error) {
	w.platform.logLock.Lock()
	defer w.platform.logLock.Unlock()
	return w.platform.log.Write(line)
}

// Logged gives the access log so far, one JSON document a line.
func (p *Platform) Logged() string {
	p.logLock.Lock()
	defer p.logLock.Unlock()
	return p.log.String()
}

// Token logs an actor in, once.
func (p *Platform) Token(as ledger.Actor) string {
	p.t.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if token, ok := p.tokens[as.Key()]; ok {
		return token
	}
	session, err := p.Accounts.Login(p.t.Context(), as.ID, Password, "test")
	require.NoError(p.t, err)
	p.tokens[as.Key()] = session.Token
	return session.Token
}

// Request makes a request of an actor, or of a guest.
func (p *Platform) Request(as ledger.Actor, method, path string, body io.Reader) *http.Request {
	p.t.Helper()
	request := httptest.NewRequestWithContext(p.t.Context(), method, "http://registry.example"+api.Base+path, body)
	if as != Guest {
		request.Header.Set("Authorization", "Bearer "+p.Token(as))
	}
	if body != nil && method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

// Send answers a request.
func (p *Platform) Send(request *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	p.Server.ServeHTTP(recorder, request)
	return recorder
}

// Do sends what has to be answered with a status, and decodes the answer.
func Do[Answer any](p *Platform, as ledger.Actor, method, path string, body any, status int) Answer {
	p.t.Helper()
	var source io.Reader
	if body != nil {
		content, err := json.Marshal(body)
		require.NoError(p.t, err)
		source = bytes.NewReader(content)
	}
	recorder := p.Send(p.Request(as, method, path, source))
	require.Equal(p.t, status, recorder.Code, "%s %s as %s: %s", method, path, as.ID, recorder.Body)
	var answer Answer
	if status == http.StatusNoContent {
		return answer
	}
	require.NoError(p.t, json.Unmarshal(recorder.Body.Bytes(), &answer))
	return answer
}
