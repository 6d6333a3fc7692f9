package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/readmodel/queries"
)

func (p *Portal) discoveryPages() []page {
	return []page{
		{pattern: "GET /resources", handle: p.resources},
		{pattern: "GET /resources/{provider}/{identifier...}", handle: p.entry},
		{pattern: "GET /notices", handle: p.notices},
	}
}

// resourceFields are the parts of a question that the interface takes as they are.
var resourceFields = []string{"q", "registrant", "division", "industry", "type", "status", "kind", "record", "sort"}

// choice is one value of a facet with what it leads to.
type choice struct {
	Label  string
	Count  int
	Path   string
	Chosen bool
}

type resourcesView struct {
	Query  url.Values
	Found  queries.ResourcePage
	Marks  []choice
	Types  []choice
	Places []choice
	Next   string
}

// Words gives what was looked for.
func (r resourcesView) Words() string { return r.Query.Get("q") }

// Kept gives the parts of the question that stand beside the words.
func (r resourcesView) Kept() map[string]string {
	kept := map[string]string{}
	for _, name := range resourceFields[1:] {
		if value := r.Query.Get(name); value != "" {
			kept[name] = value
		}
	}
	return kept
}

// Total gives how many there are, where they were counted.
func (r resourcesView) Total() int {
	if r.Found.Total == nil {
		return 0
	}
	return *r.Found.Total
}

// resources finds registrations and catalogue entries (Art. 11).
func (p *Portal) resources(v *visit) error {
	asked := url.Values{}
	for _, name := range resourceFields {
		if value := v.Request.URL.Query().Get(name); value != "" {
			asked.Set(name, value)
		}
	}
	found, err := v.client.FindResources(v.Request.Context(), asked, pageOf(v.Request))
	if err != nil {
		return err
	}
	shown := resourcesView{Query: asked, Found: found, Next: nextPage("/resources", asked, found.Bookmark)}
	if found.Facets != nil {
		shown.Marks = choices(asked, "kind", found.Facets.Marks, v.mark)
		shown.Types = choices(asked, "type", found.Facets.Types, nil)
		shown.Places = choices(asked, "division", found.Facets.Divisions, nil)
	}
	return v.show("resources", shown)
}

// mark names what a resource is to the public catalogue.
func (v *visit) mark(of string) string {
	said, err := v.say("public.mark." + of)
	if err != nil {
		return of
	}
	return said
}

// choices lists a facet, the most frequent value first; the one that is chosen
// leads back to the list without it.
func choices(asked url.Values, field string, counts map[string]int, label func(string) string) []choice {
	var list []choice
	for value, count := range counts {
		next := url.Values{}
		for name, values := range asked {
			next[name] = values
		}
		chosen := asked.Get(field) == value
		if next.Set(field, value); chosen {
			next.Del(field)
		}
		named := value
		if label != nil {
			named = label(value)
		}
		list = append(list, choice{named, count, "/resources?" + next.Encode(), chosen})
	}
	slices.SortFunc(list, func(a, b choice) int { return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Label, b.Label)) })
	return list
}

const listSize = 20

func pageOf(r *http.Request) ledger.PageRequest {
	return ledger.PageRequest{PageSize: listSize, Bookmark: r.URL.Query().Get("bookmark")}
}

// nextPage gives the address of the page after this one, "" on the last.
func nextPage(path string, asked url.Values, bookmark string) string {
	if bookmark == "" {
		return ""
	}
	next := url.Values{"bookmark": {bookmark}}
	for name, values := range asked {
		next[name] = values
	}
	return path + "?" + next.Encode()
}

type entryView struct {
	ledger.CatalogEntry
	Present  int                   // version
	Versions []ledger.CatalogEntry // the last ones, the oldest first
}

// shownVersions bounds the list of versions on a page. Each has its own address.
const shownVersions = 50

// entry shows a catalogue entry with its history, or one of its older versions.
func (p *Portal) entry(v *visit) error {
	provider, identifier := v.Request.PathValue("provider"), v.Request.PathValue("identifier")
	found, err := v.client.Entry(v.Request.Context(), provider, identifier, 0)
	if err != nil {
		return err
	}
	shown := found
	if asked := v.Request.URL.Query().Get("version"); asked != "" {
		version, err := strconv.Atoi(asked)
		if err != nil || version < 1 || strconv.Itoa(version) != asked {
			return fault.New(fault.NotFound)
		}
		if shown, err = v.client.Entry(v.Request.Context(), provider, identifier, version); err != nil {
			return err
		}
	}
	earlier, err := v.client.EntryHistory(v.Request.Context(), provider, identifier,
		max(1, found.Version-shownVersions+1), ledger.PageRequest{PageSize: shownVersions})
	if err != nil {
		return err
	}
	before := slices.DeleteFunc(earlier.Items, func(of ledger.CatalogEntry) bool { return of.Version >= found.Version }) // it may have moved on
	return v.show("entry", entryView{shown, found.Version, append(before, found)})
}

type noticeRow struct {
	client.Notice
	Clock clock
}

type noticesView struct {
	Rows []noticeRow
	Next string
}

// notices lists what is open to objections today (Art. 22).
func (p *Portal) notices(v *visit) error {
	list, err := v.client.Notices(v.Request.Context(), v.Request.URL.Query().Get("division"), pageOf(v.Request))
	if err != nil {
		return err
	}
	shown := noticesView{Next: nextPage("/notices", nil, list.Bookmark)}
	for _, item := range list.Items {
		shown.Rows = append(shown.Rows, noticeRow{item, v.clock(item.End)})
	}
	return v.show("notices", shown)
}
