package queries_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
)

// found names the resources of a state that a question should find.
func found(t *testing.T, w world, entry func(ledger.CatalogEntry) bool, registration func(ledger.Registration) bool) []string {
	names := []string{}
	for _, e := range only(all[ledger.CatalogEntry](t, w, ledger.Key{Kind: ledger.KindCatalog}), entry) {
		names = append(names, e.Provider+"/"+e.Content.Identifier)
	}
	for _, r := range only(all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration}), registration) {
		names = append(names, r.Code)
	}
	slices.Sort(names)
	return names
}

func nameOf(r queries.Resource) string {
	if r.Identifier != "" {
		return r.Provider + "/" + r.Identifier
	}
	return r.Code
}

// Both databases find what reading every record finds, page by page, once each.
func TestSearchFindsWhatReadingEveryRecordFinds(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		search := func(filter queries.ResourceFilter) []string {
			names := ids(walk(t, 7, func(page ledger.PageRequest) (ledger.Page[queries.Resource], error) {
				answer, err := q.Resources(t.Context(), filter, page)
				if page.Bookmark == "" && err == nil {
					require.True(t, *answer.Exact)
				}
				return answer.Page, err
			}), nameOf)
			counted, err := q.Resources(t.Context(), filter, ledger.PageRequest{PageSize: 1})
			require.NoError(t, err)
			require.Equal(t, len(names), *counted.Total)
			slices.Sort(names)
			return names
		}
		every := found(t, w, func(ledger.CatalogEntry) bool { return true }, func(ledger.Registration) bool { return true })
		require.NotEmpty(t, every)
		require.Equal(t, every, search(queries.ResourceFilter{Status: queries.StatusAny}))

		for _, word := range []string{"道路", "公交客流", "水", "空", "停车 资源", "不存在的词"} {
			holds := func(texts ...string) bool {
				for _, part := range strings.Fields(word) {
					if !strings.Contains(strings.Join(texts, "\n"), part) {
						return false
					}
				}
				return true
			}
			expected := found(t, w, func(e ledger.CatalogEntry) bool {
				texts := []string{e.Content.Name, e.Content.Summary, e.Content.ProviderName, e.Content.Classification}
				for _, item := range e.Content.Items {
					texts = append(texts, item.Name)
				}
				return e.Status == ledger.EntryActive && holds(texts...)
			}, func(r ledger.Registration) bool {
				texts := []string{r.Publicised.DataName, r.Publicised.Summary, r.Publicised.RegistrantName, r.Publicised.DataType}
				for _, joint := range r.Joint {
					texts = append(texts, joint.Name)
				}
				return r.Status == ledger.RegistrationActive && holds(texts...)
			})
			require.Equal(t, expected, search(queries.ResourceFilter{Words: word}), word)
			require.Equal(t, expected, search(queries.ResourceFilter{Words: word, Sort: queries.SortOldest}), word)
		}

		covered := map[string]bool{}
		for _, r := range all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration}) {
			for _, e := range r.Entries {
				covered[e.Provider+"/"+e.Identifier] = covered[e.Provider+"/"+e.Identifier] || r.Status == ledger.RegistrationActive
			}
		}
		marked := func(keep func(ledger.CatalogEntry) bool) []string {
			return found(t, w, keep, func(ledger.Registration) bool { return false })
		}
		require.Equal(t, marked(func(e ledger.CatalogEntry) bool { return covered[e.Provider+"/"+e.Content.Identifier] }),
			search(queries.ResourceFilter{Mark: queries.MarkRegistered, Record: "entry", Status: queries.StatusAny}))
		require.Equal(t, marked(func(e ledger.CatalogEntry) bool {
			return !covered[e.Provider+"/"+e.Content.Identifier] && e.Content.OpenType != "不予开放"
		}), search(queries.ResourceFilter{Mark: queries.MarkOpen, Status: queries.StatusAny}))
	})
}

func TestASearchThatCannotBeAnsweredIsRefusedByName(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, _ world) {
		for field, filter := range map[string]queries.ResourceFilter{
			"q": {Words: strings.Repeat("长", 200)}, "sort": {Sort: "price"}, "registrant": {Registrant: "'"}, "division": {Division: "\x00"}} {
			_, err := q.Resources(t.Context(), filter, ledger.PageRequest{})
			require.Error(t, err, field)
			require.Equal(t, field, fault.Of(err).Field)
		}
	})
}
