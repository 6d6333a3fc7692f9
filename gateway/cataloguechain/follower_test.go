package cataloguechain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	simulated "dengji/fixtures/cataloguechain"
	"dengji/gateway/account"
	"dengji/gateway/cataloguechain"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
)

// pair is a registry that follows a simulated catalogue chain.
type pair struct {
	*gatewaytest.Platform
	t      *testing.T
	chain  *simulated.Chain
	remote *cataloguechain.Remote
	later  time.Duration // added to the clock
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{Platform: gatewaytest.New(t), t: t}
	chain, nodes := p.CatalogueChain()
	description := gatewaytest.NewValidatorOf(t, string(wire.Description))
	server := httptest.NewServer(described(t, description, chain))
	t.Cleanup(server.Close)
	p.chain, p.remote = chain, &cataloguechain.Remote{Base: server.URL, Client: server.Client(), Nodes: nodes}
	return p
}

// described holds the answers that are right to the description of the interface.
func described(t *testing.T, description gatewaytest.Validator, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(&tee{w, recorder}, r)
		if recorder.Code == http.StatusOK {
			r.Body = io.NopCloser(bytes.NewReader(nil))
			if problem := description.Breaks(r, recorder); problem != "" {
				t.Errorf("%s: %s", r.URL, problem)
			}
		}
	})
}

// tee writes an answer twice.
type tee struct {
	http.ResponseWriter
	kept *httptest.ResponseRecorder
}

func (w *tee) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status)
	w.kept.WriteHeader(status)
}

func (w *tee) Write(content []byte) (int, error) {
	w.kept.Header().Set("Content-Type", w.Header().Get("Content-Type"))
	_, _ = w.kept.Write(content)
	return w.ResponseWriter.Write(content)
}

func (w *tee) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (p *pair) follower() *cataloguechain.Follower {
	return p.Follower(p.remote, func() time.Time { return p.Stage.Clock.Now().Add(p.later) })
}

// pass makes a pass after all that has failed is due again.
func (p *pair) pass() {
	p.t.Helper()
	p.later += 2 * time.Hour
	require.NoError(p.t, p.follower().Pass(p.t.Context()))
}

func (p *pair) subscribe(actors ...ledger.Actor) {
	p.t.Helper()
	for _, actor := range actors {
		found, err := p.Accounts.Find(p.t.Context(), actor.ID)
		require.NoError(p.t, err)
		require.NoError(p.t, p.follower().Subscribe(p.t.Context(), found))
	}
}

func (p *pair) generate(wanted simulated.Generation) {
	p.t.Helper()
	if wanted.Departments == nil {
		wanted.Departments = gatewaytest.Departments(contracttest.Transport, contracttest.Haidian, contracttest.Chaoyang)
	}
	require.NoError(p.t, p.chain.Generate(p.t.Context(), wanted))
}

func (p *pair) put(of ledger.Actor, entry string, content ledger.EntryContent) {
	p.t.Helper()
	change, err := simulated.PutOf(of.USCC, entry, content)
	require.NoError(p.t, err)
	require.NoError(p.t, p.chain.Append(p.t.Context(), change))
}

func (p *pair) status() cataloguechain.Status {
	p.t.Helper()
	status, err := p.follower().Status(p.t.Context())
	require.NoError(p.t, err)
	return status
}

func (p *pair) changes(state cataloguechain.State) []cataloguechain.Change {
	p.t.Helper()
	page, err := p.follower().Changes(p.t.Context(), state, "", ledger.PageRequest{PageSize: ledger.MaxPageSize})
	require.NoError(p.t, err)
	return page.Items
}

func identifierOf(t *testing.T, change wire.Change) string {
	t.Helper()
	var content map[string]any
	require.NoError(t, json.Unmarshal(change.Content, &content))
	return content["信息资源代码"].(string)
}

func (p *pair) entry(of ledger.Actor, identifier string) ledger.CatalogEntry {
	return contracttest.Stored[ledger.CatalogEntry](p.Stage, ledger.CatalogKey(of.USCC, identifier))
}

// equal asserts that both sides hold the same: each entry in as many versions as the
// chain has given it, the newest with its source, and nothing left to do.
func (p *pair) equal() {
	p.t.Helper()
	identifiers := map[string]string{}
	for _, of := range p.changes(cataloguechain.Applied) {
		identifiers[of.Provider+of.EntryID] = of.Identifier
	}
	for _, change := range p.chain.Newest() {
		identifier := identifiers[change.Provider+change.EntryID]
		require.NotEmpty(p.t, identifier, "%s is not applied", change.EntryID)
		held := contracttest.Stored[ledger.CatalogEntry](p.Stage, ledger.CatalogKey(change.Provider, identifier))
		require.Equal(p.t, change.Version, held.Version, "%s is on the ledger once for each version", change.EntryID)
		if change.Action == wire.Withdraw {
			require.Equal(p.t, ledger.EntryWithdrawn, held.Status)
			require.Contains(p.t, held.Reason, change.TxID)
			continue
		}
		require.Equal(p.t, ledger.EntryActive, held.Status)
		require.Equal(p.t, identifierOf(p.t, change), held.Content.Identifier)
		require.Equal(p.t, change.Digest, held.Content.Source.Digest)
		require.Equal(p.t, change.TxID, held.Content.Source.TxID)
	}
	for _, state := range []cataloguechain.State{cataloguechain.Pending, cataloguechain.Sending, cataloguechain.Refused} {
		require.Zero(p.t, p.status().Counts[state], state)
	}
	require.EqualValues(p.t, p.chain.Height(), p.status().Number)
}

func TestEntriesComeFromTheCatalogueChainWithTheirSource(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Transport, contracttest.Haidian)
	p.put(contracttest.Transport, "DB-1", gatewaytest.Entry("T-100"))
	p.pass()
	held := p.entry(contracttest.Transport, "T-100")
	change := p.chain.Newest()[0]
	require.Equal(t, &ledger.EntrySource{Chain: "测试目录链", EntryID: "DB-1", Version: "1", Digest: change.Digest, TxID: change.TxID}, held.Content.Source)
	expected := gatewaytest.Entry("T-100")
	expected.Source = held.Content.Source
	require.Equal(t, expected, held.Content)
	require.Equal(t, contracttest.Transport, held.By, "the officer who subscribed submits")
	p.equal()
	height := p.Stage.Height()
	p.pass()
	require.Equal(t, height, p.Stage.Height(), "nothing is written twice")

	p = newPair(t)
	p.subscribe(contracttest.Transport, contracttest.Haidian)
	p.generate(simulated.Generation{Departments: gatewaytest.Departments(contracttest.Transport, contracttest.Haidian), Entries: 30, Changes: 60, BlockSize: 7, WithdrawEvery: 5, Seed: 1})
	p.pass()
	p.equal()
}

func TestEntriesOfADepartmentThatHasNotSubscribedWait(t *testing.T) {
	p := newPair(t)
	p.put(contracttest.Haidian, "DB-1", gatewaytest.Entry("T-100"))
	height := p.Stage.Height()
	p.pass()
	require.Equal(t, height, p.Stage.Height())
	require.Equal(t, 1, p.status().Waiting)
	p.subscribe(contracttest.Haidian)
	p.pass()
	p.equal()
	require.NoError(t, p.follower().Unsubscribe(t.Context(), contracttest.Haidian.USCC))
	require.Equal(t, fault.NotFound, fault.CodeOf(p.follower().Unsubscribe(t.Context(), contracttest.Haidian.USCC)))
	p.put(contracttest.Haidian, "DB-1", gatewaytest.Entry("T-100"))
	height = p.Stage.Height()
	p.pass()
	require.Equal(t, height, p.Stage.Height())
}

func TestADisabledAccountPutsNothingOnChain(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Haidian, contracttest.Transport)
	p.put(contracttest.Haidian, "DB-1", gatewaytest.Entry("T-100"))
	p.put(contracttest.Transport, "DB-2", gatewaytest.Entry("T-100"))
	require.NoError(t, p.Accounts.Disable(t.Context(), account.Everything, contracttest.Haidian.ID))
	p.pass()
	_, found := p.Stage.Record(ledger.CatalogKey(contracttest.Haidian.USCC, "T-100"))
	require.False(t, found)
	require.Equal(t, "DB-2", p.changes(cataloguechain.Applied)[0].EntryID, "others are not held up")
	for _, of := range p.status().Subscriptions {
		require.Equal(t, of.Provider == contracttest.Haidian.USCC, of.Error != "", of)
	}
	require.NoError(t, p.Accounts.Enable(t.Context(), account.Everything, contracttest.Haidian.ID))
	p.pass()
	p.equal()
}

func TestBothSidesEndEqualHoweverTheCatalogueChainFails(t *testing.T) {
	for name, faults := range map[string]simulated.Faults{
		"slow":            {SlowMilliseconds: 20},
		"unavailable":     {Unavailable: 3},
		"cut answers":     {Cut: 3},
		"blocks twice":    {Duplicate: 20},
		"wrong signature": {WrongSignature: 3},
		"forged contents": {Forged: 3},
		"all at once":     {SlowMilliseconds: 2, Unavailable: 1, Cut: 2, Duplicate: 9, WrongSignature: 3, Forged: 4},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			p.subscribe(contracttest.Transport, contracttest.Haidian, contracttest.Chaoyang)
			p.generate(simulated.Generation{Entries: 20, Changes: 30, BlockSize: 6, WithdrawEvery: 6, Seed: 2})
			p.chain.Set(faults)
			for range 6 {
				p.pass()
			}
			p.chain.Set(simulated.Faults{})
			p.pass()
			p.equal()
			require.Empty(t, p.status().StoppedAt, "no alarm is raised by what passes")
			require.Empty(t, p.status().Error)
		})
	}
}

func TestAFaultIsShownAndWaitedFor(t *testing.T) {
	p := newPair(t)
	p.put(contracttest.Transport, "DB-1", gatewaytest.Entry("T-100"))
	p.chain.Set(simulated.Faults{WrongSignature: 1})
	p.pass()
	require.Equal(t, 1, p.status().Attempts)
	require.Equal(t, fault.CatalogueChainUnsound, p.status().Error)
	require.Zero(t, p.status().Number, "nothing of it was taken")
	require.NoError(t, p.follower().Pass(t.Context()), "not due yet")
	require.Equal(t, 1, p.status().Attempts)
	p.pass()
	require.Zero(t, p.status().Attempts)
	p.chain.Set(simulated.Faults{Unavailable: 1})
	p.pass()
	require.Equal(t, fault.CatalogueChainSilent, p.status().Error)
}

func TestAChainThatRewritesItsHistoryStopsEverything(t *testing.T) {
	for name, rewritten := range map[string]struct {
		from int64 // of five blocks, all of which are known
		grow bool  // whether the chain has grown since
	}{
		"from its first block":                {1, true},
		"in the block that was known last":    {5, true},
		"although there is no new block":      {5, false},
		"long ago, although there is nothing": {2, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			p.subscribe(contracttest.Transport)
			departments := gatewaytest.Departments(contracttest.Transport)
			p.generate(simulated.Generation{Departments: departments, Entries: 10, BlockSize: 2})
			p.pass()
			p.equal()
			if rewritten.grow {
				p.generate(simulated.Generation{Departments: departments, Entries: 4, BlockSize: 2})
			}
			height := p.Stage.Height()
			p.chain.Set(simulated.Faults{Rewritten: rewritten.from})
			p.pass()
			stopped := p.status()
			require.NotEmpty(t, stopped.StoppedAt)
			require.NotNil(t, stopped.Given)
			require.NoError(t, p.remote.Nodes.Verify(*stopped.Given), "the two headers prove it")
			require.NoError(t, p.remote.Nodes.Verify(*stopped.Known))
			p.chain.Set(simulated.Faults{})
			p.pass()
			require.Equal(t, height, p.Stage.Height(), "nothing is written until an operator has seen to it")
			box := gatewaytest.Do[struct{ Items []struct{ Kind string } }](p.Platform, contracttest.Operator, http.MethodGet, "/notifications", nil, http.StatusOK)
			require.Len(t, box.Items, 1)
			require.Equal(t, "chain_stopped", box.Items[0].Kind)

			require.NoError(t, p.follower().Resume(t.Context()))
			require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(p.follower().Resume(t.Context())))
			p.pass()
			p.equal()
		})
	}
}

func TestAChainThatIsShorterThanItWasIsAskedAgain(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Transport)
	p.put(contracttest.Transport, "DB-1", gatewaytest.Entry("T-100"))
	honest := p.remote.Client.Transport
	p.put(contracttest.Transport, "DB-2", gatewaytest.Entry("T-101"))
	p.pass()
	behind := *p.remote // a node that lags: another chain's first block would be a rewritten history
	behind.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		r.URL.RawQuery = "from=1&limit=1"
		answer, err := honest.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		var page wire.BlockPage
		if err := json.NewDecoder(answer.Body).Decode(&page); err != nil {
			return nil, err
		}
		page.Head = page.Blocks[0].Signed
		content, err := json.Marshal(page)
		answer.Body = io.NopCloser(bytes.NewReader(content))
		return answer, err
	})}
	p.later += 2 * time.Hour
	require.NoError(t, p.Follower(&behind, func() time.Time { return p.Stage.Clock.Now().Add(p.later) }).Pass(t.Context()))
	require.Equal(t, fault.CatalogueChainUnsound, p.status().Error)
	require.Empty(t, p.status().StoppedAt)
	p.pass()
	require.Empty(t, p.status().Error)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestWhatIsNotFitForTheLedgerIsListedWithReasonsUntilItsNextVersion(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Transport)
	unfit := gatewaytest.Entry("T-100")
	unfit.UpdateCycle, unfit.Name = "偶尔", ""
	p.put(contracttest.Transport, "DB-1", unfit)
	p.put(contracttest.Transport, "DB-2", gatewaytest.Entry("T-101"))
	p.put(contracttest.Transport, "DB-3", gatewaytest.Entry("T-101"))
	foreign, err := simulated.PutOf(contracttest.Haidian.USCC, "DB-4", gatewaytest.Entry("T-102"))
	require.NoError(t, err)
	foreign.Provider = contracttest.Transport.USCC
	wrong, err := simulated.PutOf(contracttest.Transport.USCC, "DB-5", gatewaytest.Entry("T-103"))
	require.NoError(t, err)
	wrong.Digest = "sm3:" + "00000000000000000000000000000000000000000000000000000000000000aa"
	require.NoError(t, p.chain.Append(t.Context(), foreign, wrong))
	p.pass()
	codes := map[string][]fault.Code{}
	for _, of := range p.changes(cataloguechain.Refused) {
		for _, problem := range of.Problems {
			require.NotEmpty(t, problem.Message.ZH)
			codes[of.EntryID] = append(codes[of.EntryID], problem.Code)
		}
	}
	require.Equal(t, map[string][]fault.Code{"DB-1": {fault.MissingField, fault.InvalidValue}, "DB-3": {fault.DuplicateItem}, "DB-4": {fault.NotOwner}, "DB-5": {fault.InvalidValue}}, sortedCodes(codes))
	require.Equal(t, 1, p.status().Counts[cataloguechain.Applied], "the good one is not held up")

	p.put(contracttest.Transport, "DB-1", gatewaytest.Entry("T-100"))
	p.pass()
	require.Equal(t, 1, p.entry(contracttest.Transport, "T-100").Version)
	require.Len(t, p.changes(cataloguechain.Refused), 3, "a new version takes the place of the refused one")
	moved := gatewaytest.Entry("T-199")
	p.put(contracttest.Transport, "DB-1", moved)
	p.pass()
	require.Equal(t, "identifier", p.changes(cataloguechain.Refused)[0].Problems[0].Field, "a resource's code does not change")

	require.NoError(t, p.chain.Append(t.Context(), wire.Change{EntryID: "DB-5", Provider: contracttest.Transport.USCC, Action: wire.Withdraw, Reason: "未上链即撤回"}))
	height := p.Stage.Height()
	p.pass()
	require.Equal(t, height, p.Stage.Height(), "what never was on the ledger is not withdrawn from it")
	require.Len(t, p.changes(cataloguechain.Refused), 3)
}

func sortedCodes(codes map[string][]fault.Code) map[string][]fault.Code {
	for _, list := range codes {
		if len(list) == 2 && list[0] > list[1] {
			list[0], list[1] = list[1], list[0]
		}
		if len(list) == 2 {
			list[0], list[1] = list[1], list[0]
		}
	}
	return codes
}

func TestWhatTheLedgerItselfRefusesIsFoundInItsBatchAndRetriedByHand(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Transport)
	for _, entry := range []string{"DB-1", "DB-2", "DB-3"} {
		p.put(contracttest.Transport, entry, gatewaytest.Entry("T-"+entry))
	}
	for name, field := range map[string]string{"named": "entries[1].name", "not named": ""} {
		t.Run(name, func(t *testing.T) {
			p.Ledger.Before = func(call ledgerclient.Call) error {
				batch, isBatch := call.Request.(ledger.PutBatchRequest)
				if isBatch && containsEntry(batch, "T-DB-2") {
					return fault.New(fault.InvalidValue, fault.Field(field))
				}
				return nil
			}
			p.pass()
			refused := p.changes(cataloguechain.Refused)
			require.Len(t, refused, 1)
			require.Equal(t, "DB-2", refused[0].EntryID)
			require.Zero(t, p.status().Counts[cataloguechain.Pending], "the others are not held up")
			p.Ledger.Before = nil
			_, err := p.follower().Retry(t.Context(), refused[0].ID, contracttest.Haidian.USCC)
			require.Equal(t, fault.NotFound, fault.CodeOf(err), "another's")
			again, err := p.follower().Retry(t.Context(), refused[0].ID, contracttest.Transport.USCC)
			require.NoError(t, err)
			require.Equal(t, cataloguechain.Pending, again.State)
			_, err = p.follower().Retry(t.Context(), refused[0].ID, "")
			require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(err))
			p.pass()
			p.equal()
			for _, entry := range []string{"DB-1", "DB-2", "DB-3"} { // for the next case
				p.put(contracttest.Transport, entry, gatewaytest.Entry("T-"+entry))
			}
		})
	}
}

func containsEntry(batch ledger.PutBatchRequest, identifier string) bool {
	for _, entry := range batch.Entries {
		if entry.Identifier == identifier {
			return true
		}
	}
	return false
}

func TestAChangeMadeByHandInBetweenIsNotUndoneByARepetition(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Transport)
	p.put(contracttest.Transport, "DB-1", gatewaytest.Entry("T-100"))
	p.Ledger.After = func(ledgerclient.Call) error { return gatewaytest.ErrKilled }
	p.pass()
	p.Ledger.After = nil
	byHand := gatewaytest.Entry("T-100")
	byHand.Summary = "由本单位更正的摘要。"
	gatewaytest.Do[ledger.EntryOutcome](p.Platform, contracttest.Transport, http.MethodPost, "/catalog/entries", byHand, http.StatusOK)
	p.pass()
	require.Equal(t, byHand.Summary, p.entry(contracttest.Transport, "T-100").Content.Summary)
	require.Equal(t, 1, p.changes(cataloguechain.Applied)[0].LedgerVersion)
}

// TestAGatewayThatIsKilledAtAnyStepLosesAndDoublesNothing breaks passes off at random
// steps: at questions to the chain and at the ledger, before and after each, while the
// chain grows and fails.
func TestAGatewayThatIsKilledAtAnyStepLosesAndDoublesNothing(t *testing.T) {
	p := newPair(t)
	p.subscribe(contracttest.Transport, contracttest.Haidian, contracttest.Chaoyang)
	random := rand.New(rand.NewPCG(7, 7))
	honest := p.remote.Client.Transport
	killed := 0
	for round := range 60 {
		if round < 30 {
			p.generate(simulated.Generation{Entries: random.IntN(6), Changes: 1 + random.IntN(6)*min(round, 1), BlockSize: 1 + random.IntN(4), WithdrawEvery: 4, Seed: 3})
			p.chain.Set(simulated.Faults{Unavailable: random.IntN(2), Cut: random.IntN(2), Duplicate: random.IntN(3), WrongSignature: random.IntN(2)})
		}
		ctx, kill := context.WithCancel(t.Context())
		left := 1 + random.IntN(14)
		step := func() error {
			if left--; left == 0 {
				killed++
				kill()
				return gatewaytest.ErrKilled
			}
			return nil
		}
		p.remote.Client.Transport = gatewaytest.Mortal{RoundTripper: honest, Step: step}
		p.Ledger.Before = func(ledgerclient.Call) error { return step() }
		p.Ledger.After = func(ledgerclient.Call) error { return step() }
		p.later += 2 * time.Hour
		_ = p.follower().Pass(ctx)
		kill()
	}
	require.Greater(t, killed, 20)
	p.remote.Client.Transport, p.Ledger.Before, p.Ledger.After = honest, nil, nil
	p.chain.Set(simulated.Faults{})
	p.pass()
	p.equal()
}
