package cataloguesource_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
	"dengji/gateway/cataloguesource"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
)

// system is a department's own system that publishes its catalogue, and the platform
// that reads it.
type system struct {
	*gatewaytest.Platform
	t      *testing.T
	server *httptest.Server
	by     account.Account
	later  time.Duration // added to the clock

	mutex    sync.Mutex
	entries  map[string]ledger.EntryContent
	raw      string // instead of the entries
	asked    int
	answered int // with a document
	status   int // instead of an answer; 0: none
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{Platform: gatewaytest.New(t), t: t, entries: map[string]ledger.EntryContent{}}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	var err error
	s.by, err = s.Accounts.Find(t.Context(), contracttest.Transport.ID)
	require.NoError(t, err)
	return s
}

func (s *system) document() string {
	if s.raw != "" {
		return s.raw
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, entry := range s.entries {
		require.NoError(s.t, encoder.Encode(struct {
			Provider string `json:"provider"`
			ledger.EntryContent
		}{contracttest.Transport.USCC, entry}))
	}
	return lines.String()
}

func (s *system) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.asked++
	if s.status != 0 {
		w.WriteHeader(s.status)
		return
	}
	digest, err := canonical.Digest(s.entries)
	if err != nil {
		s.t.Errorf("digest: %v", err)
	}
	tag := `"` + digest + s.raw[:min(len(s.raw), 1)] + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.answered++
	_, _ = w.Write([]byte(s.document()))
}

func (s *system) keeper() *cataloguesource.Keeper {
	return s.Keeper(func() time.Time { return s.Stage.Clock.Now().Add(s.later) })
}

// pass makes a pass after everything is due.
func (s *system) pass() {
	s.t.Helper()
	s.later += 24 * time.Hour
	require.NoError(s.t, s.keeper().Pass(s.t.Context()))
}

func (s *system) settings() cataloguesource.Settings {
	return cataloguesource.Settings{Label: "业务系统", Address: s.server.URL + "/catalog.jsonl", Format: "jsonl", EveryMinutes: 60}
}

func (s *system) register(settings cataloguesource.Settings) cataloguesource.Source {
	s.t.Helper()
	made, err := s.keeper().Register(s.t.Context(), s.by, settings)
	require.NoError(s.t, err)
	return made
}

func (s *system) present(id string) cataloguesource.Source {
	s.t.Helper()
	found, err := s.keeper().Source(s.t.Context(), contracttest.Transport.USCC, id)
	require.NoError(s.t, err)
	return found
}

func (s *system) differences(id string) []cataloguesource.SourceDifference {
	s.t.Helper()
	var all []cataloguesource.SourceDifference
	for page := (ledger.PageRequest{PageSize: 2}); ; {
		found, err := s.keeper().Differences(s.t.Context(), contracttest.Transport.USCC, id, "", page)
		require.NoError(s.t, err)
		all = append(all, found.Items...)
		if page.Bookmark = found.Bookmark; page.Bookmark == "" {
			return all
		}
	}
}

// shown writes differences as one line each.
func shown(all []cataloguesource.SourceDifference) []string {
	lines := []string{}
	for _, each := range all {
		line := string(each.Kind) + " " + each.Identifier
		for _, field := range each.Fields {
			line += " " + field.Field
		}
		lines = append(lines, strings.TrimSpace(line+" "+string(each.Outcome)))
	}
	return lines
}

// holds asserts that the chain holds just the system's entries as active ones.
func (s *system) holds(identifiers ...string) {
	s.t.Helper()
	for _, identifier := range identifiers {
		expected, published := s.entries[identifier]
		held := contracttest.Stored[ledger.CatalogEntry](s.Stage, ledger.CatalogKey(contracttest.Transport.USCC, identifier))
		if !published {
			require.Equal(s.t, ledger.EntryWithdrawn, held.Status, identifier)
			continue
		}
		require.Equal(s.t, ledger.EntryActive, held.Status, identifier)
		require.Equal(s.t, expected, held.Content)
	}
}

func named(identifier, name string) ledger.EntryContent {
	entry := gatewaytest.Entry(identifier)
	entry.Name = name
	return entry
}

func (s *system) put(entries ...ledger.EntryContent) {
	s.t.Helper()
	gatewaytest.Do[[]ledger.EntryOutcome](s.Platform, contracttest.Transport, http.MethodPost, "/catalog/batches", ledger.PutBatchRequest{Entries: entries}, http.StatusOK)
}

func TestWhatIsAppliedIsExactlyWhatWasShown(t *testing.T) {
	s := newSystem(t)
	s.put(gatewaytest.Entry("A"), gatewaytest.Entry("B"), gatewaytest.Entry("C"))
	s.entries = map[string]ledger.EntryContent{"A": gatewaytest.Entry("A"), "B": named("B", "新的名称"), "D": gatewaytest.Entry("D"), "E": gatewaytest.Entry("E")}
	source := s.register(s.settings())
	height := s.Stage.Height()
	s.pass()
	require.Equal(t, height, s.Stage.Height(), "showing writes nothing")
	require.Equal(t, []string{"changed B name", "missing C", "added D", "added E"}, shown(s.differences(source.ID)))
	changed := s.differences(source.ID)[0].Fields[0]
	require.Equal(t, cataloguesource.FieldDifference{Field: "name", Here: "公交线路站点信息", There: "新的名称"}, changed)
	present := s.present(source.ID)
	require.Equal(t, map[cataloguesource.Kind]int{cataloguesource.Added: 2, cataloguesource.Changed: 1, cataloguesource.Missing: 1}, present.Counts)
	box := gatewaytest.Do[struct{ Items []struct{ Kind, Case string } }](s.Platform, contracttest.Transport, http.MethodGet, "/notifications", nil, http.StatusOK)
	require.Len(t, box.Items, 1)
	require.Equal(t, "differs", box.Items[0].Kind)

	s.entries["F"] = gatewaytest.Entry("F") // published after the differences were shown
	s.put(named("E", "由本单位另行上链"))
	_, err := s.keeper().Apply(t.Context(), s.by, source.ID, present.Revision+1, true)
	require.Equal(t, fault.ConcurrentChange, fault.CodeOf(err))
	_, err = s.keeper().Apply(t.Context(), s.by, source.ID, present.Revision, true)
	require.NoError(t, err)
	_, err = s.keeper().Apply(t.Context(), s.by, source.ID, present.Revision, true)
	require.Equal(t, fault.ActionNotAvailable, fault.CodeOf(err), "it is under way")
	require.NoError(t, s.keeper().Pass(t.Context()))
	require.Equal(t, []string{"changed B name applied", "missing C applied", "added D applied", "added E overtaken"}, shown(s.differences(source.ID)))
	s.holds("A", "B", "C", "D")
	_, found := s.Stage.Record(ledger.CatalogKey(contracttest.Transport.USCC, "F"))
	require.False(t, found, "what was not shown is not applied")
	require.Equal(t, "由本单位另行上链", contracttest.Stored[ledger.CatalogEntry](s.Stage, ledger.CatalogKey(contracttest.Transport.USCC, "E")).Content.Name, "what changed meanwhile is left alone")

	s.pass()
	require.Equal(t, []string{"changed E name", "added F"}, shown(s.differences(source.ID)))
}

func TestMissingEntriesAreKeptUnlessTheOfficerSaysSo(t *testing.T) {
	s := newSystem(t)
	s.put(gatewaytest.Entry("A"), gatewaytest.Entry("B"))
	s.entries = map[string]ledger.EntryContent{"A": named("A", "新的名称")}
	source := s.register(s.settings())
	s.pass()
	_, err := s.keeper().Apply(t.Context(), s.by, source.ID, 1, false)
	require.NoError(t, err)
	require.NoError(t, s.keeper().Pass(t.Context()))
	require.Equal(t, []string{"changed A name applied", "missing B kept"}, shown(s.differences(source.ID)))
}

func TestAnAutomaticSourceKeepsTheChainInStep(t *testing.T) {
	s := newSystem(t)
	settings := s.settings()
	settings.Automatic, settings.WithdrawMissing = true, true
	source := s.register(settings)
	for n := range 30 {
		s.entries[fmt.Sprintf("E-%02d", n)] = gatewaytest.Entry(fmt.Sprintf("E-%02d", n))
	}
	s.pass()
	s.entries["E-01"] = named("E-01", "新的名称")
	delete(s.entries, "E-02")
	s.pass()
	s.holds("E-00", "E-01", "E-02", "E-29")
	require.Empty(t, s.present(source.ID).Applying)
	height := s.Stage.Height()
	s.pass()
	require.Equal(t, height, s.Stage.Height(), "nothing is written twice")
	require.Empty(t, s.differences(source.ID))

	one := s.entries["E-00"]
	s.entries = map[string]ledger.EntryContent{"E-00": one} // a system that has lost nearly everything
	s.pass()
	require.Equal(t, height, s.Stage.Height(), "withdrawals beyond the ordinary wait for the officer")
	require.Equal(t, 28, s.present(source.ID).Counts[cataloguesource.Missing])
}

func TestRowsThatAreNotFitAreListedAndNothingOfTheirsIsWithdrawn(t *testing.T) {
	s := newSystem(t)
	s.put(gatewaytest.Entry("A"))
	broken := gatewaytest.Entry("A")
	broken.UpdateCycle = "偶尔"
	s.entries = map[string]ledger.EntryContent{"A": broken, "B": gatewaytest.Entry("B")}
	source := s.register(s.settings())
	s.pass()
	require.Equal(t, []string{"added B"}, shown(s.differences(source.ID)))
	rows, err := s.keeper().RefusedRows(t.Context(), contracttest.Transport.USCC, source.ID, ledger.PageRequest{})
	require.NoError(t, err)
	require.Len(t, rows.Items, 1)
	require.Equal(t, "updateCycle", rows.Items[0].Problems[0].Field)
	_, err = s.keeper().RefusedRows(t.Context(), contracttest.Haidian.USCC, source.ID, ledger.PageRequest{})
	require.Equal(t, fault.NotFound, fault.CodeOf(err), "another department's")
}

func TestEntriesOfTheCatalogueChainAndOfAnotherSourceAreLeftAlone(t *testing.T) {
	s := newSystem(t)
	fromChain := gatewaytest.Entry("A")
	fromChain.Source = &ledger.EntrySource{Chain: "目录链", EntryID: "DB-1", Version: "1", Digest: "d", TxID: "t"}
	s.put(fromChain, gatewaytest.Entry("B"))
	s.entries = map[string]ledger.EntryContent{"A": named("A", "新的名称"), "C": gatewaytest.Entry("C")}
	first := s.register(s.settings())
	s.raw = ""
	s.pass()
	require.Equal(t, []string{"held A name", "missing B", "added C"}, shown(s.differences(first.ID)))
	s.entries = map[string]ledger.EntryContent{"B": gatewaytest.Entry("B")}
	paused := s.settings()
	paused.Paused = true
	_, err := s.keeper().Change(t.Context(), s.by, first.ID, paused)
	require.NoError(t, err)
	second := s.register(s.settings())
	s.pass()
	require.Empty(t, s.differences(second.ID), "neither the chain's nor the first source's entries are missing")
}

func TestAnUnchangedSourceIsNotReadAgain(t *testing.T) {
	s := newSystem(t)
	s.entries["A"] = gatewaytest.Entry("A")
	source := s.register(s.settings())
	s.pass()
	s.pass()
	require.Equal(t, 2, s.asked)
	require.Equal(t, 1, s.answered, "it is asked on condition")
	require.Equal(t, []string{"added A"}, shown(s.differences(source.ID)))
	require.Equal(t, 1, s.present(source.ID).Revision, "what was shown stays what can be applied")
	s.put(gatewaytest.Entry("A"))
	s.pass()
	require.Empty(t, s.differences(source.ID), "the chain's side is compared anew all the same")
}

func TestAFailingSourceIsTriedLessOftenAndItsOfficersAreTold(t *testing.T) {
	s := newSystem(t)
	s.entries["A"] = gatewaytest.Entry("A")
	source := s.register(s.settings())
	for _, failing := range []struct {
		status int
		raw    string
		code   fault.Code
	}{{status: http.StatusInternalServerError, code: fault.SourceUnreachable}, {raw: " \n", code: fault.MissingField}, {status: http.StatusNotFound, code: fault.SourceUnreachable}} {
		s.status, s.raw = failing.status, failing.raw
		s.pass()
		require.Equal(t, failing.code, s.present(source.ID).Error)
	}
	asked := s.asked
	require.NoError(t, s.keeper().Pass(t.Context()))
	require.Equal(t, asked, s.asked, "not due yet")
	box := gatewaytest.Do[struct{ Items []struct{ Kind string } }](s.Platform, contracttest.Transport, http.MethodGet, "/notifications", nil, http.StatusOK)
	require.Equal(t, "source_fails", box.Items[0].Kind)
	s.status, s.raw = 0, ""
	_, err := s.keeper().ReadNow(t.Context(), contracttest.Transport.USCC, source.ID)
	require.NoError(t, err)
	require.NoError(t, s.keeper().Pass(t.Context()))
	require.Empty(t, s.present(source.ID).Error)
}

func TestADocumentBeyondTheLimitIsNotTaken(t *testing.T) {
	s := newSystem(t)
	s.raw = strings.Repeat(" ", 33<<20)
	source := s.register(s.settings())
	s.pass()
	require.Equal(t, fault.RequestTooLarge, s.present(source.ID).Error)
}

func TestSettingsAreHeldToWhatCanBeRead(t *testing.T) {
	s := newSystem(t)
	for name, c := range map[string]struct {
		change func(*cataloguesource.Settings)
		code   fault.Code
		field  string
	}{
		"no name":                  {func(of *cataloguesource.Settings) { of.Label = "" }, fault.MissingField, "label"},
		"plain HTTP":               {func(of *cataloguesource.Settings) { of.Address = "http://data.example.org/" }, fault.SourceForbidden, "address"},
		"an address of this city":  {func(of *cataloguesource.Settings) { of.Address = "https://10.1.1.1/" }, fault.SourceForbidden, "address"},
		"a password":               {func(of *cataloguesource.Settings) { of.Address = "https://a:b@data.example.org/" }, fault.SourceForbidden, "address"},
		"an unknown format":        {func(of *cataloguesource.Settings) { of.Format = "pdf" }, fault.InvalidValue, "format"},
		"every second":             {func(of *cataloguesource.Settings) { of.EveryMinutes = 0 }, fault.InvalidValue, "everyMinutes"},
		"a profile of other terms": {func(of *cataloguesource.Settings) { of.Profile = "columns: {nonsense: x}" }, fault.InvalidValue, "profile"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := s.settings()
			c.change(&settings)
			_, err := s.keeper().Register(t.Context(), s.by, settings)
			require.Equal(t, c.code, fault.CodeOf(err))
			require.Equal(t, c.field, fault.Of(err).Field)
		})
	}
	all, err := s.keeper().Sources(t.Context(), contracttest.Transport.USCC)
	require.NoError(t, err)
	require.Empty(t, all)
	for range cataloguesource.MaxSources {
		s.register(s.settings())
	}
	_, err = s.keeper().Register(t.Context(), s.by, s.settings())
	require.Equal(t, fault.TooManyItems, fault.CodeOf(err))
}

func TestACKANIsReadAsASourceToo(t *testing.T) {
	s := newSystem(t)
	packages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("start") != "0" {
			fmt.Fprint(w, `{"success":true,"result":{"results":[]}}`)
			return
		}
		fmt.Fprint(w, `{"success":true,"result":{"results":[{"name":"p-1","title":"数据集","notes":"说明","metadata_created":"2024-01-02","organization":{"title":"交通"},"resources":[{"name":"表","format":"CSV"}]}]}}`)
	})
	ckan := httptest.NewServer(packages)
	t.Cleanup(ckan.Close)
	settings := s.settings()
	settings.Address, settings.Format = ckan.URL, cataloguesource.FormatCKAN
	settings.Profile = "defaults: {provider: " + contracttest.Transport.USCC + ", classification: 部门信息资源类, sharingType: 无条件共享, sharingMethod: 共享平台接口, division: \"110000\"}"
	source := s.register(settings)
	s.pass()
	require.Equal(t, []string{"added p-1"}, shown(s.differences(source.ID)))
}

func TestADisabledOfficersSourceIsNeitherReadNorApplied(t *testing.T) {
	s := newSystem(t)
	settings := s.settings()
	settings.Automatic = true
	s.entries["A"] = gatewaytest.Entry("A")
	source := s.register(settings)
	require.NoError(t, s.Accounts.Disable(t.Context(), account.Everything, contracttest.Transport.ID))
	height := s.Stage.Height()
	s.pass()
	require.Zero(t, s.asked)
	require.Equal(t, height, s.Stage.Height())
	require.Equal(t, fault.AccountDisabled, s.present(source.ID).Error)
}

var errKilled = errors.New("killed")

// TestAGatewayThatIsKilledAtAnyStepAppliesEverythingOnce breaks passes off at random
// steps at the ledger, while the system goes on changing.
func TestAGatewayThatIsKilledAtAnyStepAppliesEverythingOnce(t *testing.T) {
	s := newSystem(t)
	settings := s.settings()
	settings.Automatic, settings.WithdrawMissing = true, true
	s.register(settings)
	random := rand.New(rand.NewPCG(5, 5))
	versions := map[string]int{}
	for n := range 12 {
		identifier := fmt.Sprintf("E-%02d", n)
		s.entries[identifier] = gatewaytest.Entry(identifier)
		versions[identifier] = 1
	}
	killed := 0
	broken := func() {
		ctx, kill := context.WithCancel(t.Context())
		defer kill()
		left := 1 + random.IntN(5)
		step := func(ledgerclient.Call) error {
			if left--; left == 0 {
				killed++
				kill()
				return errKilled
			}
			return nil
		}
		s.Ledger.Before, s.Ledger.After = step, step
		s.later += 24 * time.Hour
		_ = s.keeper().Pass(ctx)
		s.Ledger.Before, s.Ledger.After = nil, nil
	}
	for round := range 12 {
		for range 4 {
			broken()
		}
		s.pass()
		s.pass()
		for identifier, version := range versions {
			held := contracttest.Stored[ledger.CatalogEntry](s.Stage, ledger.CatalogKey(contracttest.Transport.USCC, identifier))
			require.Equal(t, version, held.Version, "%s in round %d", identifier, round)
		}
		for n := range 6 {
			changed := fmt.Sprintf("E-%02d", (random.IntN(2)+2*n)%12)
			s.entries[changed] = named(changed, fmt.Sprintf("第 %d 次修订", round))
			versions[changed]++
		}
	}
	require.Greater(t, killed, 20)
}
