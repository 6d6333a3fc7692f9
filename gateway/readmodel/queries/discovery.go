package queries

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/rows"
	"dengji/gateway/readmodel/store"
	"dengji/gateway/readmodel/words"
)

// Limits of discovery.
const (
	MaxQuestion    = 300   // bytes of the words that are looked for
	MaxCounted     = 2_000 // matches that are counted
	MaxSuggestions = 10
	suggestedFrom  = 200 // newest matches that suggestions are taken from
)

// What a resource is to the public-data-resource catalogue.
const (
	MarkRegistered = "registered" // registered, or covered by an active registration
	MarkOpen       = "open"       // of the open catalogue, not registered yet
	MarkDirectory  = "directory"  // of a government directory, not registered yet
)

// Orders of a list of resources.
const (
	SortRelevance = "relevance" // words in the title first, then the newest
	SortNewest    = "newest"
	SortOldest    = "oldest"
)

// StatusAny lists resources whatever their status.
const StatusAny = "any"

// Resource is a catalogue entry or a registration, as the public sees it.
type Resource struct {
	Record         string `json:"record"` // entry, registration
	Mark           string `json:"mark"`   // registered, open, directory
	Provider       string `json:"provider,omitempty"`
	Identifier     string `json:"identifier,omitempty"`
	Code           string `json:"code,omitempty"` // of the registration; of the one that covers the entry
	Title          string `json:"title"`
	Summary        string `json:"summary"`
	Registrant     string `json:"registrant"` // USCC
	RegistrantName string `json:"registrantName"`
	Division       string `json:"division"`
	Industry       string `json:"industry,omitempty"`
	Type           string `json:"type"` // data type of a registration, format of an entry
	Status         string `json:"status"`
	OpenType       string `json:"openType,omitempty"`
	SharingType    string `json:"sharingType,omitempty"`
	UpdateCycle    string `json:"updateCycle,omitempty"`
	IssuedAt       string `json:"issuedAt,omitempty"` // RFC 3339 UTC, of a registration
	ChangedAt      string `json:"changedAt"`          // RFC 3339 UTC
}

const resourceColumns = "r.record_kind, r.mark, r.holder, r.id, r.registration, r.title, r.summary, r.registrant, r.registrant_name, r.division, " +
	"r.industry, r.data_type, r.status, r.open_type, r.sharing_type, r.update_cycle, r.issued_at, r.changed_at"

func resource(scan func(...any) error) (Resource, error) {
	var r Resource
	var id string
	err := scan(&r.Record, &r.Mark, &r.Provider, &id, &r.Code, &r.Title, &r.Summary, &r.Registrant, &r.RegistrantName, &r.Division,
		&r.Industry, &r.Type, &r.Status, &r.OpenType, &r.SharingType, &r.UpdateCycle, &r.IssuedAt, &r.ChangedAt)
	if r.Record == rows.RecordEntry {
		r.Identifier = id
	}
	return r, err
}

// ResourceFilter narrows a list of resources; empty fields narrow nothing.
type ResourceFilter struct {
	Words      string
	Registrant string // USCC, joint registrations included
	Division   string
	Industry   string // section letter of GB/T 4754-2017, or the beginning of a code
	Type       string
	Status     string // empty: active; StatusAny: all
	Mark       string
	Record     string
	Sort       string // empty: SortRelevance with words, SortNewest without
}

// ResourcePage is a page of resources. Totals and facets stand on a first page.
type ResourcePage struct {
	ledger.Page[Resource]
	Total  *int            `json:"total,omitempty"`
	Exact  *bool           `json:"exact,omitempty"` // false: there are more than were counted
	Facets *ResourceFacets `json:"facets,omitempty"`
}

// ResourceFacets counts what a list holds, the newest MaxCounted of it.
type ResourceFacets struct {
	Marks     map[string]int `json:"marks"`
	Records   map[string]int `json:"records"`
	Divisions map[string]int `json:"divisions"`
	Sections  map[string]int `json:"sections"`
	Types     map[string]int `json:"types"`
	Statuses  map[string]int `json:"statuses"`
}

// Resources searches registrations and catalogue entries together (Art. 11).
func (q *Queries) Resources(ctx context.Context, filter ResourceFilter, page ledger.PageRequest) (ResourcePage, error) {
	search, err := q.search(filter)
	if err != nil || search.nothing {
		return search.none(page), err
	}
	found := ResourcePage{}
	if found.Page, err = search.page(ctx, page); err != nil || page.Bookmark != "" {
		return found, err
	}
	err = search.count(ctx, &found)
	return found, err
}

// resourceSearch is a checked filter.
type resourceSearch struct {
	queries *Queries
	filter  ResourceFilter
	terms   []words.Term
	exact   []words.Term // filters that the index of words knows
	ranked  bool
	oldest  bool
	nothing bool // words were given, and none of them can be found
}

func (f ResourceFilter) check() error {
	if len(f.Words) > MaxQuestion {
		return fault.New(fault.FieldTooLong, fault.Field("q"), fault.Value("maxBytes", fmt.Sprint(MaxQuestion)))
	}
	for _, exact := range []struct{ name, value string }{{"registrant", f.Registrant}, {"division", f.Division},
		{"industry", f.Industry}, {"type", f.Type}, {"status", f.Status}} {
		if !storable(exact.value) || exact.value != "" && len(words.Of(exact.value)) == 0 {
			return fault.New(fault.InvalidValue, fault.Field(exact.name))
		}
	}
	if !slices.Contains([]string{"", SortRelevance, SortNewest, SortOldest}, f.Sort) {
		return fault.New(fault.InvalidValue, fault.Field("sort"))
	}
	return nil
}

func (f ResourceFilter) section() string { return f.Industry[:min(1, len(f.Industry))] }

// status is empty where it narrows nothing.
func (f ResourceFilter) status() string {
	switch f.Status {
	case "":
		return string(ledger.EntryActive)
	case StatusAny:
		return ""
	}
	return f.Status
}

func (q *Queries) search(filter ResourceFilter) (resourceSearch, error) {
	made := resourceSearch{queries: q, filter: filter, terms: words.Query(filter.Words)}
	if err := filter.check(); err != nil {
		return made, err
	}
	made.nothing = filter.Words != "" && strings.TrimSpace(filter.Words) != "" && len(made.terms) == 0
	made.ranked = len(made.terms) > 0 && (filter.Sort == "" || filter.Sort == SortRelevance)
	made.oldest = filter.Sort == SortOldest
	made.exact = made.exactTerms()
	return made, nil
}

// exactTerms are the filters that are looked up in the index of words: a registrant
// always, as several may share a registration; the others where they meet one another
// or words, as the index finds what they have in common.
func (s resourceSearch) exactTerms() []words.Term {
	var exact []words.Term
	add := func(name, value string) {
		if value != "" {
			exact = append(exact, words.Term{Text: words.Exact(name, value)})
		}
	}
	add(rows.WordDivision, s.filter.Division)
	add(rows.WordSection, s.filter.section())
	add(rows.WordType, s.filter.Type)
	if len(s.terms) == 0 && len(exact) < 2 && s.filter.Type == "" {
		exact = nil // the tables are in the order of a division and of a section
	}
	add(rows.WordRegistrant, s.filter.Registrant)
	if status := s.filter.status(); status != string(ledger.EntryActive) {
		add(rows.WordStatus, status)
	}
	return exact
}

func (s resourceSearch) none(page ledger.PageRequest) ResourcePage {
	none := ResourcePage{Page: ledger.Page[Resource]{Items: []Resource{}}}
	if page.Bookmark == "" {
		total, exact := 0, true
		none.Total, none.Exact, none.Facets = &total, &exact, newFacets()
	}
	return none
}

// listing asks for the resources that hold the words, in the order of the ledger.
// Its key begins with the tier, so that a bookmark says in which one it stands.
func (s resourceSearch) listing(tier int) *listing {
	all := slices.Concat(s.terms, s.exact)
	match := store.Match{Anywhere: all}
	if s.ranked && tier == 0 {
		match = store.Match{Title: all}
	} else if s.ranked {
		match.NotTitle = all
	}
	search := s.queries.store.Search(match)
	l := &listing{columns: resourceColumns, search: search, from: search.From, details: "resources r ON r.seq = found.place",
		order: []column{{search.Order, true}}, descending: !s.oldest}
	for _, condition := range search.Conditions {
		l.bind(condition.Text, condition.Value)
	}
	l.where("r.division = $?", "division", s.filter.Division).
		where("r.section = $?", "industry", s.filter.section()).
		where("r.data_type = $?", "type", s.filter.Type).
		where("r.mark = $?", "kind", s.filter.Mark).
		where("r.record_kind = $?", "record", s.filter.Record)
	if len(s.filter.Industry) > 1 {
		l.where("substr(r.industry, 1, "+fmt.Sprint(len(s.filter.Industry))+") = $?", "industry", s.filter.Industry)
	}
	return l.where("r.status = $?", "status", s.filter.status())
}

// page reads the tiers one after the other. A bookmark is [tier, place].
func (s resourceSearch) page(ctx context.Context, page ledger.PageRequest) (ledger.Page[Resource], error) {
	last := 0
	if s.ranked {
		last = 1
	}
	places := &listing{order: []column{{"tier", true}, {"seq", true}}}
	size, after, err := places.bounds(page)
	if err != nil {
		return ledger.Page[Resource]{}, err
	}
	first := 0
	if after != nil {
		first = int(after[0].(int64)) //nolint:forcetypeassert // bounds has checked it
		if first < 0 || first > last {
			return ledger.Page[Resource]{}, fault.New(fault.InvalidValue, fault.Field("bookmark"))
		}
		after = after[1:]
	}
	var all []keyed[Resource]
	for tier := first; tier <= last && len(all) <= size; tier++ {
		found, err := readWindows(ctx, s.queries, s.listing(tier), after, size+1-len(all), resource)
		if err != nil {
			return ledger.Page[Resource]{}, err
		}
		for i := range found {
			found[i].key = append([]any{tier}, found[i].key...)
		}
		all, after = append(all, found...), nil
	}
	return cut(all, size)
}

func newFacets() *ResourceFacets {
	return &ResourceFacets{Marks: map[string]int{}, Records: map[string]int{}, Divisions: map[string]int{}, Sections: map[string]int{},
		Types: map[string]int{}, Statuses: map[string]int{}}
}

// matches are matches that are alike in what is counted.
type matches struct {
	mark, record, division, section, dataType, status string
	number                                            int
}

// add adds matches to the facets, and gives their number.
func (f *ResourceFacets) add(groups []matches) (total int) {
	for _, of := range groups {
		total += of.number
		f.Marks[of.mark] += of.number
		f.Records[of.record] += of.number
		f.Divisions[of.division] += of.number
		f.Sections[of.section] += of.number
		f.Types[of.dataType] += of.number
		f.Statuses[of.status] += of.number
	}
	return total
}

// count counts the newest matches, up to a bound that keeps the answer quick.
func (s resourceSearch) count(ctx context.Context, into *ResourcePage) error {
	unranked := s
	unranked.ranked, unranked.oldest = false, false
	l := unranked.listing(0)
	l.columns, l.details = "r.mark, r.record_kind, r.division, r.section, r.data_type, r.status", ""
	groups, err := eachWindow(ctx, s.queries, l, nil, MaxCounted+1, s.queries.grouped)
	facets := newFacets()
	total := facets.add(groups)
	exact := total <= MaxCounted
	total = min(total, MaxCounted)
	into.Total, into.Exact, into.Facets = &total, &exact, facets
	return err
}

// grouped groups the first matches of a listing of resources, and gives their number.
func (q *Queries) grouped(ctx context.Context, l *listing, limit int) ([]matches, int, error) {
	statement, arguments := l.text(nil, limit)
	among := "0"
	if l.search.Most > 0 {
		among = "MAX(among)"
	}
	var groups []matches
	total := 0
	err := q.store.Select(ctx, "SELECT mark, record_kind, division, section, data_type, status, COUNT(*), "+among+" FROM ("+statement+
		") counted GROUP BY mark, record_kind, division, section, data_type, status", arguments, func(found *sql.Rows) error {
		var of matches
		if err := found.Scan(&of.mark, &of.record, &of.division, &of.section, &of.dataType, &of.status, &of.number, &l.among); err != nil {
			return fmt.Errorf("read model: facets: %w", err)
		}
		groups, total = append(groups, of), total+of.number
		return nil
	})
	return groups, total, err
}

// Suggestions gives titles that hold the words of a beginning, the newest first.
func (q *Queries) Suggestions(ctx context.Context, question string) ([]string, error) {
	search, err := q.search(ResourceFilter{Words: question})
	if err != nil || len(search.terms) == 0 {
		return []string{}, err
	}
	found, err := readWindows(ctx, q, search.listing(0), nil, suggestedFrom, resource)
	if err != nil {
		return nil, err
	}
	titles := make([]string, 0, MaxSuggestions)
	for _, each := range found {
		if !slices.Contains(titles, each.item.Title) && len(titles) < MaxSuggestions {
			titles = append(titles, each.item.Title)
		}
	}
	return titles, nil
}
