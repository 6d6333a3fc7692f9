package queries_test

import (
	"cmp"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocks"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/store"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// world is a ledger's state, kept as a peer keeps it: the judge of every answer.
type world struct {
	state  map[string][]byte
	events []ledger.Event // the newest first
}

func eachModel(t *testing.T, test func(t *testing.T, q *queries.Queries, w world)) {
	t.Helper()
	chain := blocktest.NewHistory(40).Chain(150)
	w := world{state: map[string][]byte{}}
	var decoded []blocks.Block
	for _, block := range chain.Blocks {
		read, err := blocks.Decode(block, ledger.ChaincodeName)
		require.NoError(t, err)
		decoded = append(decoded, read)
		w.apply(read)
	}
	slices.Reverse(w.events)
	enginetest.Each(t, func(t *testing.T, dsn string) {
		opened, err := store.Open(t.Context(), dsn)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, opened.Close()) })
		spread := spreading(t, dsn)
		for _, block := range decoded {
			spread()
			_, err := opened.Apply(t.Context(), block)
			require.NoError(t, err)
		}
		test(t, queries.New(opened), w)
	})
}

// spreading gives a function that leaves room between the ordinals of PostgreSQL's
// index of words, so that few resources lie in many windows.
func spreading(t *testing.T, dsn string) func() {
	t.Helper()
	if !strings.HasPrefix(dsn, "postgres") {
		return func() {}
	}
	database, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, database.Close()) })
	return func() {
		_, err := database.ExecContext(t.Context(), "SELECT setval('resource_ordinals', nextval('resource_ordinals') + 3000)")
		require.NoError(t, err)
	}
}

func (w *world) apply(block blocks.Block) {
	for _, transaction := range block.Transactions {
		for _, write := range transaction.Writes {
			w.state[write.Key.String()] = write.Value
			if write.Deleted {
				delete(w.state, write.Key.String())
			}
		}
		if transaction.Event != nil {
			w.events = append(w.events, *transaction.Event)
		}
	}
}

// all gives the records under a key, in key order.
func all[T any](t *testing.T, w world, under ledger.Key) []T {
	t.Helper()
	var names []string
	for name := range w.state {
		if strings.HasPrefix(name, under.String()) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	records := []T{}
	for _, name := range names {
		var record T
		require.NoError(t, json.Unmarshal(w.state[name], &record))
		records = append(records, record)
	}
	return records
}

// walk follows the bookmarks to the last page.
func walk[T any](t *testing.T, size int, ask func(ledger.PageRequest) (ledger.Page[T], error)) []T {
	t.Helper()
	items := []T{}
	page := ledger.PageRequest{PageSize: size}
	for {
		answer, err := ask(page)
		require.NoError(t, err)
		require.LessOrEqual(t, len(answer.Items), size)
		items = append(items, answer.Items...)
		if answer.Bookmark == "" {
			return items
		}
		require.Len(t, answer.Items, size, "a page with a bookmark is full")
		page.Bookmark = answer.Bookmark
	}
}

func only[T any](from []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(from), func(item T) bool { return !keep(item) })
}

func ids[T any](from []T, id func(T) string) []string {
	names := []string{}
	for _, item := range from {
		names = append(names, id(item))
	}
	return names
}

func summaryID(a queries.ApplicationSummary) string { return a.ID }
func codeOf(r queries.RegistrationSummary) string   { return r.Code }

func newestFirst[T any](at func(T) string, id func(T) string) func(a, b T) int {
	return func(a, b T) int { return -cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(id(a), id(b))) }
}

func TestApplicationsAreListedNewestFirst(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		applications := all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication})
		require.NotEmpty(t, applications)
		slices.SortFunc(applications, newestFirst(func(a ledger.Application) string { return a.SubmittedAt }, func(a ledger.Application) string { return a.ID }))
		of := func(a ledger.Application, uscc string) bool {
			return a.Registrant == uscc || slices.ContainsFunc(a.Joint, func(p ledger.JointParty) bool { return p.USCC == uscc })
		}
		joint := applications[slices.IndexFunc(applications, func(a ledger.Application) bool { return len(a.Joint) > 0 })].Joint[1].USCC
		cases := map[string]struct {
			filter queries.ApplicationFilter
			keep   func(ledger.Application) bool
		}{
			"all":                     {queries.ApplicationFilter{}, func(ledger.Application) bool { return true }},
			"of one registrant":       {queries.ApplicationFilter{Registrant: applications[0].Registrant}, func(a ledger.Application) bool { return of(a, applications[0].Registrant) }},
			"of a joint registrant":   {queries.ApplicationFilter{Registrant: joint}, func(a ledger.Application) bool { return of(a, joint) }},
			"in a division":           {queries.ApplicationFilter{Division: "110108"}, func(a ledger.Application) bool { return a.Division == "110108" }},
			"in a state":              {queries.ApplicationFilter{State: ledger.StateAccepted}, func(a ledger.Application) bool { return a.State == ledger.StateAccepted }},
			"in a division and state": {queries.ApplicationFilter{Division: "110108", State: ledger.StateFiled}, func(a ledger.Application) bool { return a.Division == "110108" && a.State == ledger.StateFiled }},
			"by an applicant":         {queries.ApplicationFilter{Applicant: applications[3].Applicant.Key()}, func(a ledger.Application) bool { return a.Applicant.Key() == applications[3].Applicant.Key() }},
			"of nobody":               {queries.ApplicationFilter{Registrant: "' OR '1'='1"}, func(ledger.Application) bool { return false }},
		}
		for name, test := range cases {
			t.Run(name, func(t *testing.T) {
				found := walk(t, 7, func(page ledger.PageRequest) (ledger.Page[queries.ApplicationSummary], error) {
					return q.Applications(t.Context(), test.filter, page)
				})
				require.Equal(t, ids(only(applications, test.keep), func(a ledger.Application) string { return a.ID }), ids(found, summaryID))
			})
		}
		one, err := q.Application(t.Context(), applications[0].ID)
		require.NoError(t, err)
		require.Equal(t, applications[0], one)
	})
}

func due(clocks []ledger.Deadline) string {
	first := "9999-12-31"
	for _, clock := range clocks {
		first = min(first, clock.Due)
	}
	return first
}

func inStates(states ...ledger.State) []queries.Turn {
	turns := make([]queries.Turn, len(states))
	for i, state := range states {
		turns[i].State = state
	}
	return turns
}

func TestAWorkQueueBeginsWithWhatIsDueFirst(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		applications := all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication})
		slices.SortFunc(applications, func(a, b ledger.Application) int {
			return cmp.Or(cmp.Compare(due(a.Clocks), due(b.Clocks)), cmp.Compare(a.ID, b.ID))
		})
		for name, filter := range map[string]queries.QueueFilter{
			"of one state":             {Turns: inStates(ledger.StateFiled)},
			"of several states":        {Turns: inStates(ledger.StateFiled, ledger.StateAccepted, ledger.StateBusinessReview)},
			"of a state named twice":   {Turns: inStates(ledger.StateFiled, ledger.StateFiled)},
			"of a division":            {Turns: inStates(ledger.StateFiled, ledger.StateBusinessReview), Division: "110108"},
			"of a state nobody is in":  {Turns: inStates("nowhere")},
			"of a division of no case": {Turns: inStates(ledger.StateFiled), Division: "999999"},
		} {
			t.Run(name, func(t *testing.T) {
				found := walk(t, 5, func(page ledger.PageRequest) (ledger.Page[queries.ApplicationSummary], error) {
					return q.Queue(t.Context(), filter, page)
				})
				want := only(applications, func(a ledger.Application) bool {
					return slices.ContainsFunc(filter.Turns, func(turn queries.Turn) bool { return turn.State == a.State }) && (filter.Division == "" || a.Division == filter.Division)
				})
				require.Equal(t, ids(want, func(a ledger.Application) string { return a.ID }), ids(found, summaryID))
				for i, item := range found {
					require.Equal(t, strings.TrimSuffix(due(want[i].Clocks), "9999-12-31"), item.Due)
				}
			})
		}
		objections := walk(t, 3, func(page ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
			return q.ObjectionQueue(t.Context(), queries.QueueFilter{Turns: inStates("raised", "escalated")}, page)
		})
		require.NotEmpty(t, objections)
		require.True(t, slices.IsSortedFunc(objections, func(a, b ledger.Objection) int { return cmp.Compare(due(a.Clocks), due(b.Clocks)) }))
		supervisions := walk(t, 3, func(page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
			return q.SupervisionQueue(t.Context(), queries.QueueFilter{Turns: inStates("open")}, page)
		})
		require.ElementsMatch(t, all[ledger.SupervisionRecord](t, w, ledger.Key{Kind: ledger.KindSupervision}), supervisions)
	})
}

func TestNoticesAreThoseOpenOnTheDay(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		applications := only(all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication}),
			func(a ledger.Application) bool { return a.State == ledger.StatePublicNotice })
		slices.SortFunc(applications, func(a, b ledger.Application) int {
			return cmp.Or(cmp.Compare(a.NoticeEnd, b.NoticeEnd), cmp.Compare(a.ID, b.ID))
		})
		day := applications[len(applications)/2].NoticeEnd
		want := []queries.Notice{}
		for _, a := range applications {
			if a.NoticeEnd >= day {
				want = append(want, queries.Notice{Application: a.ID, Type: a.Type, Division: a.Division, Start: a.NoticeStart, End: a.NoticeEnd, Publicised: a.Publicised})
			}
		}
		require.Equal(t, want, walk(t, 2, func(page ledger.PageRequest) (ledger.Page[queries.Notice], error) {
			return q.Notices(t.Context(), day, "", page)
		}))
	})
}

func TestRegistrationsAreListedNewestFirst(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		registrations := all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration})
		code := func(r ledger.Registration) string { return r.Code }
		slices.SortFunc(registrations, newestFirst(func(r ledger.Registration) string { return r.IssuedAt }, code))
		first := registrations[0]
		cases := map[string]struct {
			filter queries.RegistrationFilter
			keep   func(ledger.Registration) bool
		}{
			"all": {queries.RegistrationFilter{}, func(ledger.Registration) bool { return true }},
			"of a registrant": {queries.RegistrationFilter{Registrant: first.Registrant}, func(r ledger.Registration) bool {
				return r.Registrant == first.Registrant || slices.ContainsFunc(r.Joint, func(p ledger.JointParty) bool { return p.USCC == first.Registrant })
			}},
			"in a section":   {queries.RegistrationFilter{Section: "I"}, func(r ledger.Registration) bool { return r.Publicised.Industry[0] == 'I' }},
			"in an industry": {queries.RegistrationFilter{Industry: "S92"}, func(r ledger.Registration) bool { return r.Publicised.Industry == "S92" }},
			"in a division":  {queries.RegistrationFilter{Division: first.Division}, func(r ledger.Registration) bool { return r.Division == first.Division }},
			"revoked":        {queries.RegistrationFilter{Status: ledger.RegistrationRevoked}, func(r ledger.Registration) bool { return r.Status == ledger.RegistrationRevoked }},
		}
		for name, test := range cases {
			t.Run(name, func(t *testing.T) {
				want := only(registrations, test.keep)
				require.NotEmpty(t, want)
				require.Equal(t, ids(want, code), ids(walk(t, 4, func(page ledger.PageRequest) (ledger.Page[queries.RegistrationSummary], error) {
					return q.Registrations(t.Context(), test.filter, page)
				}), codeOf))
			})
		}
		one, err := q.Registration(t.Context(), first.Code)
		require.NoError(t, err)
		require.Equal(t, first, one)
		expiring := walk(t, 4, func(page ledger.PageRequest) (ledger.Page[queries.RegistrationSummary], error) {
			return q.Expiring(t.Context(), first.ValidUntil, page)
		})
		require.Len(t, expiring, len(only(registrations, func(r ledger.Registration) bool {
			return r.Status == ledger.RegistrationActive && r.ValidUntil <= first.ValidUntil
		})))
		require.True(t, slices.IsSortedFunc(expiring, func(a, b queries.RegistrationSummary) int { return cmp.Compare(a.ValidUntil, b.ValidUntil) }))
	})
}

func TestEntriesSayWhetherTheyAreRegistered(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		covered := map[string]string{}
		for _, r := range all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration}) {
			for _, e := range r.Entries {
				name := e.Provider + "/" + e.Identifier
				if r.Status == ledger.RegistrationActive && (covered[name] == "" || r.Code < covered[name]) {
					covered[name] = r.Code
				}
			}
		}
		require.NotEmpty(t, covered)
		entries := all[ledger.CatalogEntry](t, w, ledger.Key{Kind: ledger.KindCatalog})
		found := walk(t, 50, func(page ledger.PageRequest) (ledger.Page[queries.EntrySummary], error) {
			return q.Entries(t.Context(), queries.EntryFilter{}, page)
		})
		require.Len(t, found, len(entries))
		for _, entry := range found {
			require.Equal(t, covered[entry.Provider+"/"+entry.Identifier], entry.Registration)
		}
		require.True(t, slices.IsSortedFunc(found, func(a, b queries.EntrySummary) int { return -cmp.Compare(a.ChangedAt, b.ChangedAt) }))
		withdrawn := walk(t, 50, func(page ledger.PageRequest) (ledger.Page[queries.EntrySummary], error) {
			return q.Entries(t.Context(), queries.EntryFilter{Provider: entries[0].Provider, Status: ledger.EntryActive}, page)
		})
		require.Len(t, withdrawn, len(only(entries, func(e ledger.CatalogEntry) bool {
			return e.Provider == entries[0].Provider && e.Status == ledger.EntryActive
		})))
	})
}

func TestAnEntryThatChangedSinceItsRegistrationIsShownToItsRegistrant(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		total := 0
		for n := range 100 {
			uscc := blocktest.Registrant(n)
			want := []queries.Outdated{}
			for _, r := range all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration}) {
				belongs := r.Registrant == uscc || slices.ContainsFunc(r.Joint, func(p ledger.JointParty) bool { return p.USCC == uscc })
				if !belongs || r.Status != ledger.RegistrationActive {
					continue
				}
				for _, e := range r.Entries {
					entry := all[ledger.CatalogEntry](t, w, ledger.CatalogKey(e.Provider, e.Identifier))[0]
					if entry.Version > e.Version {
						want = append(want, queries.Outdated{Code: r.Code, Provider: e.Provider, Identifier: e.Identifier,
							Registered: e.Version, Present: entry.Version, Status: entry.Status})
					}
				}
			}
			total += len(want)
			require.Equal(t, want, walk(t, 2, func(page ledger.PageRequest) (ledger.Page[queries.Outdated], error) {
				return q.OutdatedEntries(t.Context(), uscc, page)
			}))
		}
		require.Positive(t, total)
	})
}

func TestHistoriesAreWholeAndInOrder(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		application := all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication})[0]
		require.Equal(t, all[ledger.Step](t, w, ledger.ApplicationStepRange(application.ID)),
			walk(t, 2, func(page ledger.PageRequest) (ledger.Page[ledger.Step], error) {
				return q.Steps(t.Context(), ledger.SubjectApplication, application.ID, page)
			}))
		objections := only(all[ledger.Objection](t, w, ledger.Key{Kind: ledger.KindObjection}), func(o ledger.Objection) bool { return o.Application == application.ID })
		require.ElementsMatch(t, objections, walk(t, 2, func(page ledger.PageRequest) (ledger.Page[ledger.Objection], error) {
			return q.Objections(t.Context(), queries.ObjectionFilter{Application: application.ID}, page)
		}))
		for _, entry := range all[ledger.CatalogEntry](t, w, ledger.Key{Kind: ledger.KindCatalog})[:20] {
			older := all[ledger.CatalogEntry](t, w, ledger.CatalogVersionRange(entry.Provider, entry.Content.Identifier))
			slices.Reverse(older)
			require.Equal(t, older, walk(t, 2, func(page ledger.PageRequest) (ledger.Page[ledger.CatalogEntry], error) {
				return q.EntryVersions(t.Context(), entry.Provider, entry.Content.Identifier, page)
			}))
		}
		for _, registration := range all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration}) {
			older := all[ledger.Registration](t, w, ledger.RegistrationVersionRange(registration.Code))
			slices.Reverse(older)
			require.Equal(t, older, walk(t, 2, func(page ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
				return q.RegistrationVersions(t.Context(), registration.Code, page)
			}))
		}
		owner := all[ledger.Evidence](t, w, ledger.Key{Kind: ledger.KindEvidence})[0].Owner
		require.ElementsMatch(t, all[ledger.Evidence](t, w, ledger.EvidenceRange(owner)), walk(t, 2, func(page ledger.PageRequest) (ledger.Page[ledger.Evidence], error) {
			return q.Evidence(t.Context(), owner, page)
		}))
		require.ElementsMatch(t, all[ledger.Mandate](t, w, ledger.Key{Kind: ledger.KindMandate}), walk(t, 9, func(page ledger.PageRequest) (ledger.Page[ledger.Mandate], error) {
			return q.Mandates(t.Context(), "", page)
		}))
		require.ElementsMatch(t, only(all[ledger.SupervisionRecord](t, w, ledger.Key{Kind: ledger.KindSupervision}),
			func(s ledger.SupervisionRecord) bool { return s.Concern == ledger.ConcernRegistrar }),
			walk(t, 9, func(page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
				return q.SupervisionRecords(t.Context(), ledger.ConcernRegistrar, page)
			}))
	})
}

func TestTheEventLogHoldsEveryEventOnce(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		txID := func(e queries.Event) string { return e.TxID }
		for name, test := range map[string]struct {
			filter queries.EventFilter
			keep   func(ledger.Event) bool
		}{
			"all":          {queries.EventFilter{}, func(ledger.Event) bool { return true }},
			"of a type":    {queries.EventFilter{Type: "catalog.put"}, func(e ledger.Event) bool { return e.Type == "catalog.put" }},
			"of a subject": {queries.EventFilter{Subject: "A0000000"}, func(e ledger.Event) bool { return e.Subject == "A0000000" }},
			"of an actor":  {queries.EventFilter{Actor: "RegistrarMSP/issuer-1"}, func(e ledger.Event) bool { return e.Actor.Key() == "RegistrarMSP/issuer-1" }},
		} {
			t.Run(name, func(t *testing.T) {
				want := only(w.events, test.keep)
				require.NotEmpty(t, want)
				require.Equal(t, ids(want, func(e ledger.Event) string { return e.TxID }), ids(walk(t, 30, func(page ledger.PageRequest) (ledger.Page[queries.Event], error) {
					return q.Events(t.Context(), test.filter, page)
				}), txID))
			})
		}
	})
}

func TestStatisticsSumThePeriodAlone(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		measurements := all[ledger.Measurement](t, w, ledger.Key{Kind: ledger.KindMeasurement})
		from, to := measurements[len(measurements)/4].Day, measurements[len(measurements)/2].Day
		want := queries.ClockStatistic{Clock: "acceptance"}
		steps := map[string]int{}
		for _, m := range measurements {
			if m.Day < from || m.Day > to {
				continue
			}
			steps[fmt.Sprint(m.Subject, m.Action, m.Counts)]++
			for _, clock := range m.Clocks {
				want.Ended++
				want.UsedDays += clock.UsedDays
				want.OverdueDays += clock.OverdueDays
				want.Overdue += min(1, clock.OverdueDays)
			}
		}
		found, err := q.Statistics(t.Context(), from, to)
		require.NoError(t, err)
		require.Equal(t, []queries.ClockStatistic{want}, found.Clocks)
		counted := map[string]int{}
		for _, c := range found.Counts {
			counted[fmt.Sprint(c.Subject, c.Action, c.Counts)] = c.Steps
		}
		require.Equal(t, steps, counted)
	})
}

func TestFiguresFacetsAndDocumentsFollowTheLedger(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		statuses, sections, states := map[string]int{}, map[string]int{}, map[string]int{}
		for _, r := range all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration}) {
			statuses[string(r.Status)]++
			sections[r.Publicised.Industry[:1]]++
		}
		for _, a := range all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication}) {
			states[string(a.State)]++
		}
		figures, err := q.Figures(t.Context())
		require.NoError(t, err)
		require.Equal(t, statuses, figures.Registrations)
		require.Equal(t, states, figures.Applications)
		counted, err := q.Work(t.Context(), queries.QueueFilter{Division: "110108"}, "2026-01-01", nil)
		workload := counted.States
		require.NoError(t, err)
		total := 0
		for _, count := range workload {
			total += count
		}
		require.Len(t, only(all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication}),
			func(a ledger.Application) bool { return a.Division == "110108" }), total)
		require.Positive(t, total)
		everybody, err := q.Work(t.Context(), queries.QueueFilter{}, "2026-01-01", nil)
		whole := everybody.States
		require.NoError(t, err)
		require.Equal(t, states, whole)
		facets, err := q.Figures(t.Context())
		require.NoError(t, err)
		require.Equal(t, sections, facets.Sections)
		require.Equal(t, statuses, facets.Registrations)
		network, clock, err := q.Network(t.Context())
		require.NoError(t, err)
		require.Equal(t, all[ledger.Network](t, w, ledger.NetworkKey())[0], network)
		require.Equal(t, all[ledger.SandboxClock](t, w, ledger.SandboxClockKey())[0], clock)
		packs, err := q.RulePacks(t.Context(), ledger.PageRequest{})
		require.NoError(t, err)
		require.Equal(t, all[ledger.RulePackRecord](t, w, ledger.Key{Kind: ledger.KindRulePack}), packs.Items)
		calendars, err := q.Calendars(t.Context(), ledger.PageRequest{})
		require.NoError(t, err)
		require.Len(t, calendars.Items, 1)
	})
}

func TestClocksThatAreOverdueAreFound(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		const day = "2026-02-10"
		want := 0
		for _, a := range all[ledger.Application](t, w, ledger.Key{Kind: ledger.KindApplication}) {
			want += len(only(a.Clocks, func(d ledger.Deadline) bool { return d.Due < day }))
		}
		for _, o := range all[ledger.Objection](t, w, ledger.Key{Kind: ledger.KindObjection}) {
			want += len(only(o.Clocks, func(d ledger.Deadline) bool { return d.Due < day }))
		}
		for _, s := range all[ledger.SupervisionRecord](t, w, ledger.Key{Kind: ledger.KindSupervision}) {
			want += len(only(s.Clocks, func(d ledger.Deadline) bool { return d.Due < day }))
		}
		require.Positive(t, want)
		found := walk(t, 6, func(page ledger.PageRequest) (ledger.Page[queries.Clock], error) {
			return q.DueBefore(t.Context(), day, page)
		})
		require.Len(t, found, want)
		require.True(t, slices.IsSortedFunc(found, func(a, b queries.Clock) int { return cmp.Compare(a.Due, b.Due) }))

		const today = "2026-01-20"
		counted, err := q.ClocksUntil(t.Context(), today, "2026-02-09")
		require.NoError(t, err)
		overdue, soon := map[string]int{}, map[string]int{}
		for _, each := range counted {
			overdue[each.Clock], soon[each.Clock] = each.Overdue, each.Soon
		}
		for _, each := range found {
			if each.Due < today {
				overdue[each.Clock]--
			} else {
				soon[each.Clock]--
			}
		}
		for clock := range overdue {
			require.Zero(t, overdue[clock], clock)
			require.Zero(t, soon[clock], clock)
		}
	})
}

func TestHostilePagesAndFiltersAreRefused(t *testing.T) {
	bookmark := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	eachModel(t, func(t *testing.T, q *queries.Queries, _ world) {
		for name, page := range map[string]ledger.PageRequest{
			"a page of no size":                    {PageSize: -1},
			"a page too large":                     {PageSize: ledger.MaxPageSize + 1},
			"a bookmark that is none":              {Bookmark: "!"},
			"a bookmark of no list":                {Bookmark: bookmark(`{}`)},
			"a bookmark of one value too few":      {Bookmark: bookmark(`["2026"]`)},
			"a bookmark of a wrong type":           {Bookmark: bookmark(`["2026", 7]`)},
			"a bookmark with a zero character":     {Bookmark: bookmark(`["2026", "\u0000"]`)},
			"a bookmark of a million characters":   {Bookmark: bookmark(`["` + strings.Repeat("a", 1_000_000) + `", ""]`)},
			"a bookmark that nests without an end": {Bookmark: bookmark(strings.Repeat("[", 3000))},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := q.Applications(t.Context(), queries.ApplicationFilter{}, page)
				var refused *fault.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, fault.InvalidValue, refused.Code)
			})
		}
		for name, value := range map[string]string{"a zero character": "\x00", "no UTF-8": "\xff", "too long": strings.Repeat("a", queries.MaxValue+1)} {
			t.Run("a filter with "+name, func(t *testing.T) {
				_, err := q.Applications(t.Context(), queries.ApplicationFilter{Division: value}, ledger.PageRequest{})
				require.Equal(t, fault.InvalidValue, fault.Of(err).Code)
				_, err = q.Application(t.Context(), value)
				require.Equal(t, fault.NotFound, fault.Of(err).Code)
			})
		}
		_, err := q.Queue(t.Context(), queries.QueueFilter{}, ledger.PageRequest{})
		require.Equal(t, fault.InvalidValue, fault.Of(err).Code)
		_, err = q.Steps(t.Context(), ledger.SubjectApplication, "", ledger.PageRequest{})
		require.Equal(t, fault.InvalidValue, fault.Of(err).Code)
	})
}

func TestTheStatesOfARoleComeFromTheTable(t *testing.T) {
	pack := ledger.RulePack{Transitions: []ledger.Transition{
		{Subject: ledger.SubjectApplication, From: ledger.StateNone, Roles: []ledger.Role{ledger.RoleAcceptor}},
		{Subject: ledger.SubjectApplication, From: ledger.StateFiled, Roles: []ledger.Role{ledger.RoleAcceptor, ledger.RoleReviewer}},
		{Subject: ledger.SubjectApplication, From: ledger.StateFiled, Roles: []ledger.Role{ledger.RoleAcceptor}},
		{Subject: ledger.SubjectApplication, From: ledger.StateAccepted, Roles: []ledger.Role{ledger.RoleReviewer}},
		{Subject: ledger.SubjectObjection, From: "raised", Roles: []ledger.Role{ledger.RoleAcceptor}},
	}}
	require.Equal(t, inStates(ledger.StateFiled), queries.TurnsOf(ledger.SubjectApplication, ledger.RoleAcceptor, pack))
	require.Equal(t, inStates(ledger.StateFiled, ledger.StateAccepted), queries.TurnsOf(ledger.SubjectApplication, ledger.RoleReviewer, pack))
}
