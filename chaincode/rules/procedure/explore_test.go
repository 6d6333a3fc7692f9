package procedure_test

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
	"dengji/fixtures/rulepacks"
)

// scope bounds an exploration.
type scope struct {
	types        []ledger.ApplicationType
	filings      []ledger.Filing // none: in one's own name
	also         []ledger.Actor  // beside the cast
	plain        bool            // changes and corrections of nothing that is publicised
	concerns     []string        // of supervision records; none: the holder
	applications int
	objections   int
	records      int
	coarse       bool // leave clocks and marks of deficiencies out of what distinguishes worlds
}

// tooMany is a bound that is never reached: the exploration fails when it is.
const tooMany = 20000

// signature is what distinguishes worlds for the rules: states, clocks by whether
// they are over, marks of stages and defects, ends of notices and validity. Texts,
// ids, serial numbers and days themselves are left out.
func (w world) signature(s scope) string {
	var b strings.Builder
	order := map[string]int{}
	var applications, objections []string
	for i, a := range w.applications {
		order[a.ID] = i
		applications = append(applications, fmt.Sprintf("A %s %s %s %s %s %s %s %d %d %t %t", a.Type, a.Filing, a.State, a.Applicant.ID, a.Handlers["accept"].ID,
			confirmations(a), w.marks(a, s), a.Objections.Open, a.Objections.Upheld, w.today() > a.NoticeEnd, a.Registration != ""))
	}
	for _, o := range w.objections {
		objections = append(objections, fmt.Sprintf("O %d %s %s %s", order[o.Application], o.State, o.Objector.ID, w.late(o.Clocks, s)))
	}
	if len(w.objections) == 0 {
		sort.Strings(applications)
	}
	sort.Strings(objections)
	b.WriteString(strings.Join(applications, ";") + strings.Join(objections, ";"))
	for _, r := range w.registrations {
		window := w.now.AddDate(0, 0, w.pack.Validity.RenewalWindowDays)
		_, pending := w.renewals[r.Code]
		fmt.Fprintf(&b, "R %s %t %t %t;", r.Status, w.today() > r.ValidUntil, ledger.Day(window) > r.ValidUntil, pending)
	}
	for _, s := range w.records {
		fmt.Fprintf(&b, "S %s %s %s;", s.Concern, s.State, s.OpenedBy.ID)
	}
	fmt.Fprintf(&b, "%t", w.disqualified)
	return b.String()
}

func (w world) late(clocks []ledger.Deadline, s scope) string {
	var b strings.Builder
	for _, c := range clocks {
		fmt.Fprintf(&b, " %s:%t", c.Clock, !s.coarse && w.today() > c.Due)
	}
	return b.String()
}

// marks is what the one-time rule looks at.
func (w world) marks(a ledger.Application, s scope) string {
	if s.coarse {
		return ""
	}
	line := w.late(a.Clocks, s)
	for _, stage := range []string{procedure.StageAcceptance, procedure.StageReview} {
		seen, examined := a.Examined[stage]
		line += fmt.Sprintf(" %t", examined && a.Changed[a.Materials[0].Key] <= seen)
	}
	for _, d := range a.Defects {
		line += fmt.Sprintf(" %s:%t", d.Stage, d.Open)
	}
	return line
}

// move is one step of an exploration, for its account.
type move struct {
	name func() string
	make func(world) (world, procedure.Change, error)
	by   ledger.Actor
}

// actionsOf lists every action of a subject.
func actionsOf(pack ledger.RulePack, subject ledger.Subject) []string {
	var names []string
	for _, row := range pack.Transitions {
		if row.Subject == subject && row.From != ledger.StateNone && !slices.Contains(names, row.Action) {
			names = append(names, row.Action)
		}
	}
	return names
}

// moves lists everything that anybody could try in a world, allowed or not.
func moves(w world, s scope) []move {
	var all []move
	for _, p := range w.places() {
		for _, action := range actionsOf(w.pack, p.subject) {
			request := w.request(p, action)
			for _, actor := range s.everybody() {
				all = append(all, move{func() string { return fmt.Sprintf("%s: %s %d %s", actor.ID, p.subject, p.index, action) },
					func(w world) (world, procedure.Change, error) {
						return w.decide(actor, p.subject, w.caseAt(p), request)
					}, actor})
			}
		}
	}
	for _, actor := range s.everybody() {
		all = append(all, beginnings(w, s, actor)...)
	}
	return all
}

func beginnings(w world, s scope, actor ledger.Actor) []move {
	var all []move
	if len(w.applications) < s.applications {
		for _, of := range s.types {
			registration := ""
			if of != ledger.TypeFirst && len(w.registrations) > 0 {
				registration = w.registrations[0].Code
			}
			for _, filing := range s.ways() {
				request := filed(submission(w.pack, of, registration), filing)
				if s.plain {
					request = plain(request)
				}
				all = append(all, move{func() string { return fmt.Sprintf("%s: submit %s %s", actor.ID, filing, of) }, func(w world) (world, procedure.Change, error) {
					return w.submit(actor, request)
				}, actor})
			}
		}
	}
	if len(w.objections) < s.objections {
		for i := range w.applications {
			all = append(all, move{func() string { return fmt.Sprintf("%s: raise against %d", actor.ID, i) }, func(w world) (world, procedure.Change, error) {
				return w.raise(actor, w.applications[i])
			}, actor})
		}
	}
	if len(w.records) < s.records {
		for _, concern := range s.concerned() {
			all = append(all, move{func() string { return actor.ID + ": open a record of " + concern }, func(w world) (world, procedure.Change, error) {
				return w.open(actor, concern, "other_violation")
			}, actor})
		}
	}
	return all
}

// later lists the worlds that waiting leads to: the day after the next deadline,
// the renewal window, the day after the end of validity.
func later(w world) []world {
	days := []string{}
	for _, a := range w.applications {
		for _, c := range a.Clocks {
			days = append(days, c.Due)
		}
	}
	for _, o := range w.objections {
		for _, c := range o.Clocks {
			days = append(days, c.Due)
		}
	}
	for _, r := range w.registrations {
		if r.Status == ledger.RegistrationActive {
			days = append(days, r.ValidUntil)
			if parsed, err := timeOf(r.ValidUntil); err == nil {
				days = append(days, ledger.Day(parsed.AddDate(0, 0, -w.pack.Validity.RenewalWindowDays)))
			}
		}
	}
	sort.Strings(days)
	for _, day := range days {
		if day >= w.today() {
			next := w
			parsed, err := timeOf(day)
			if err != nil {
				panic(err)
			}
			next.now = parsed.AddDate(0, 0, 1)
			return []world{next}
		}
	}
	return nil
}

// explored is what a walk has found.
type explored struct {
	worlds int
	states map[string]bool // "subject state" of every state entered
	rows   map[string]bool // every row of the table taken, see rowKey
	broken string          // the first breach of an invariant, "" when there is none
}

// explore walks every world within the scope, and stops at the first breach.
func explore(start world, s scope) explored {
	seen, found := map[string]bool{start.signature(s): true}, explored{states: map[string]bool{}, rows: map[string]bool{}}
	frontier := []world{start}
	visit := func(next world) {
		if key := next.signature(s); !seen[key] {
			seen[key] = true
			frontier = append(frontier, next)
		}
	}
	for len(frontier) > 0 && len(seen) < tooMany {
		w := frontier[0]
		frontier = frontier[1:]
		for _, m := range moves(w, s) {
			next, change, err := m.make(w)
			if err != nil && fault.CodeOf(err) != fault.Internal {
				continue
			}
			if found.broken = wrong(w, next, m.by, change, err); found.broken != "" {
				found.broken += " after " + m.name() + " in " + w.signature(s)
				return found
			}
			for i, step := range change.Steps {
				found.states[string(change.Subjects[i])+" "+string(step.To)] = true
				found.rows[rowKey(change.Subjects[i], variant(change.Subjects[i], change), step.From, step.Action, step.To)] = true
			}
			visit(next)
		}
		for _, next := range later(w) {
			visit(next)
		}
	}
	found.worlds = len(seen)
	return found
}

func wrong(before, after world, by ledger.Actor, change procedure.Change, err error) string {
	if err != nil {
		return err.Error()
	}
	return broken(before, after, by, change)
}

// registeredWorld is a world with one registration of the holder's own.
func registeredWorld(t *testing.T, pack ledger.RulePack) world {
	t.Helper()
	return issuedWorld(t, pack, ledger.FilingOwn, []turn{{haidian, "endorse_business_review"}, {holder, "file"}})
}

// jointWorld is a world with one registration that two registrants share.
func jointWorld(t *testing.T, pack ledger.RulePack) world {
	t.Helper()
	return issuedWorld(t, pack, ledger.FilingJoint, []turn{{haidian, "endorse_business_review"}, {holder, "file"}, {stranger, "confirm"}, {third, "confirm"}})
}

// turn is one actor's step with the first application.
type turn struct {
	by     ledger.Actor
	action string
}

func issuedWorld(t *testing.T, pack ledger.RulePack, filing ledger.Filing, until []turn) world {
	t.Helper()
	w, change, err := newWorld(pack).submit(holder, filed(submission(pack, ledger.TypeFirst, ""), filing))
	require.NoError(t, err)
	p := place{ledger.SubjectApplication, 0}
	for _, step := range append(until, turn{acceptor, "accept"}, turn{reviewer, "publish"}) {
		w, change, err = w.act(step.by, p, step.action)
		require.NoError(t, err)
	}
	end, err := timeOf(change.Application.NoticeEnd)
	require.NoError(t, err)
	w.now = end.AddDate(0, 0, 1)
	w, _, err = w.act(issuer, p, "issue")
	require.NoError(t, err)
	return w
}

func TestEveryWorldWithinASmallScopeKeepsTheInvariants(t *testing.T) {
	all, err := rulepacks.All()
	require.NoError(t, err)
	for i, pack := range all {
		reached, taken := map[string]bool{}, map[string]bool{}
		walk := func(sentence string, start world, s scope) {
			t.Run(pack.ID+": "+sentence, func(t *testing.T) {
				found := explore(start, s)
				require.Empty(t, found.broken)
				require.Less(t, found.worlds, tooMany, "the scope is too wide to be walked")
				require.Greater(t, found.worlds, 5, "a walk that goes nowhere shows nothing")
				t.Logf("%d worlds", found.worlds)
				maps.Copy(reached, found.states)
				maps.Copy(taken, found.rows)
			})
		}
		first := []ledger.ApplicationType{ledger.TypeFirst}
		walk("one first registration with two objections", newWorld(pack), scope{types: first, applications: 1, objections: 2, coarse: true})
		walk("one first registration with one objection, every clock and deficiency", newWorld(pack), scope{types: first, applications: 1, objections: 1})
		walk("one first registration with the objection of somebody without an account", newWorld(pack),
			scope{types: first, also: []ledger.Actor{intake}, applications: 1, objections: 1, coarse: true})
		walk("two first registrations of one thing", newWorld(pack), scope{types: first, applications: 2, coarse: true})
		registered := registeredWorld(t, pack)
		for _, of := range []ledger.ApplicationType{ledger.TypeChange, ledger.TypeCorrection, ledger.TypeCancellation, ledger.TypeRenewal} {
			walk("a "+string(of)+" of a registration that can end", registered, scope{types: []ledger.ApplicationType{of}, applications: 2, objections: 1, coarse: true})
		}
		for _, of := range []ledger.ApplicationType{ledger.TypeChange, ledger.TypeCorrection} {
			walk("a "+string(of)+" of nothing that is publicised", registered, scope{types: []ledger.ApplicationType{of}, applications: 2, plain: true, coarse: true})
		}
		walk("a renewal of a registration that can be revoked", registered,
			scope{types: []ledger.ApplicationType{ledger.TypeRenewal}, applications: 2, records: 1, coarse: true})
		walk("findings and revocation, of the first pack beside a cancellation", registered,
			scope{types: []ledger.ApplicationType{ledger.TypeCancellation}, applications: 2 - i, records: 1, coarse: true})
		walk("a joint first registration with an objection", newWorld(pack),
			scope{types: first, filings: []ledger.Filing{ledger.FilingJoint}, also: []ledger.Actor{third}, applications: 1, objections: 1, coarse: true})
		walk("first registrations that the registrar files for a holder", newWorld(pack),
			scope{types: first, filings: []ledger.Filing{ledger.FilingEntrusted, ledger.FilingOnBehalf}, also: []ledger.Actor{acceptor2}, applications: 1, objections: 1, coarse: true})
		walk("a change of a joint registration that can end", jointWorld(t, pack),
			scope{types: []ledger.ApplicationType{ledger.TypeChange}, also: []ledger.Actor{third}, applications: 2, coarse: true})
		walk("findings against the registrar", newWorld(pack), scope{concerns: []string{ledger.ConcernRegistrar}, records: 1, coarse: true})
		t.Run(pack.ID+": every state is reached", func(t *testing.T) {
			for _, rule := range pack.States {
				name := string(rule.Subject) + " " + string(rule.Name)
				require.True(t, reached[name], name)
			}
		})
		t.Run(pack.ID+": every row is taken by every type that it is for", func(t *testing.T) {
			require.Empty(t, untaken(pack, taken))
		})
	}
}

// The walk itself is tested: a table in which a safeguard is missing is found out.
func TestTheWalkFindsOutATableWithoutASafeguard(t *testing.T) {
	without := func(action, guard string) func(*ledger.RulePack) {
		return func(p *ledger.RulePack) {
			for i, row := range p.Transitions {
				if row.Action == action {
					p.Transitions[i].Guards = slices.DeleteFunc(slices.Clone(row.Guards), func(g string) bool { return g == guard })
				}
			}
		}
	}
	first := []ledger.ApplicationType{ledger.TypeFirst}
	cases := map[string]struct {
		spoil func(*ledger.RulePack)
		scope scope
		what  string
	}{
		"a code before the notice is over": {without("issue", procedure.GuardNoticeOver), scope{types: first, applications: 1, coarse: true}, "the notice began on"},
		"a code with an open objection":    {without("issue", procedure.GuardObjectionsClosed), scope{types: first, applications: 1, objections: 1, coarse: true}, "while an objection is"},
		"a second registration of a thing": {without("issue", procedure.GuardResourceFree), scope{types: first, applications: 2, coarse: true}, "are both live"},
		"an objection after the notice":    {without("raise", procedure.GuardNoticeRunning), scope{types: first, applications: 1, objections: 1, coarse: true}, "objection was raised after"},
		"a district of another division": {func(p *ledger.RulePack) {
			for i, row := range p.Transitions {
				if row.Action == "endorse_business_review" {
					p.Transitions[i].Scope = procedure.ScopeAny
				}
			}
		}, scope{types: first, applications: 1, coarse: true}, "district/chaoyang took endorse_business_review"},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
			require.NoError(t, err)
			c.spoil(&pack)
			require.Contains(t, explore(newWorld(pack), c.scope).broken, c.what)
		})
	}
}

func TestWhatIsOfferedIsWhatIsPossible(t *testing.T) {
	needsInput := []fault.Code{fault.OneTimeRule, fault.NothingChanged, fault.FindingRequired}
	pack, err := rulepacks.Read(rulepacks.BeijingDraft2025)
	require.NoError(t, err)
	seen := map[string]bool{}
	s := scope{types: []ledger.ApplicationType{ledger.TypeFirst}, applications: 1, objections: 1, coarse: true}
	frontier := []world{newWorld(pack)}
	for len(frontier) > 0 {
		w := frontier[0]
		frontier = frontier[1:]
		if seen[w.signature(s)] {
			continue
		}
		seen[w.signature(s)] = true
		for _, p := range w.places() {
			for _, actor := range cast {
				c := w.caseAt(p)
				c.Claims, c.Entries = w.claims, []*ledger.CatalogEntry{&entry}
				offered, err := procedure.AvailableActions(w.setting(actor), p.subject, c)
				require.NoError(t, err)
				for _, action := range actionsOf(pack, p.subject) {
					next, _, err := w.act(actor, p, action)
					i := slices.IndexFunc(offered, func(a ledger.AvailableAction) bool { return a.Action == action })
					switch {
					case err == nil:
						require.True(t, i >= 0 && offered[i].Blocked == "", "%s can %s in %s, but is not told", actor.ID, action, w.signature(s))
						frontier = append(frontier, next)
					case i >= 0 && offered[i].Blocked == "":
						require.Contains(t, needsInput, fault.CodeOf(err), "%s is offered %s in %s, but %v", actor.ID, action, w.signature(s), err)
					case i >= 0:
						require.Equal(t, offered[i].Blocked, string(fault.CodeOf(err)), "%s %s in %s", actor.ID, action, w.signature(s))
					}
				}
			}
		}
		for _, m := range beginnings(w, s, holder) {
			if next, _, err := m.make(w); err == nil {
				frontier = append(frontier, next)
			}
		}
		for _, m := range beginnings(w, s, someone) {
			if next, _, err := m.make(w); err == nil {
				frontier = append(frontier, next)
			}
		}
		frontier = append(frontier, later(w)...)
	}
	require.Greater(t, len(seen), 30)
}
