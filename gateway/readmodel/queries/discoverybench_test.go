package queries_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/fixtures/bulk"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/largetest"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/store"
)

const (
	discoveryPage = 20 // as the portal shows them
	deepPage      = 1000
)

// BenchmarkDiscovery asks a city's catalogue what the public asks, each time something
// else; run it with -benchtime 200x.
func BenchmarkDiscovery(b *testing.B) {
	largetest.Cities(b, func(b *testing.B, model *store.Store) {
		for _, question := range discoveryQuestions(b, queries.New(model), largetest.Size(b)) {
			b.Run(question.name, func(b *testing.B) { measure(b, question.ask) })
		}
	})
}

type discoveryQuestion struct {
	name string
	ask  func(context.Context, int) error
}

func discoveryQuestions(b *testing.B, q *queries.Queries, size int) []discoveryQuestion {
	entry := func(n int) ledger.EntryContent { return bulk.Entry(n*7919%size, "", "", 1) }
	name := func(n, from, to int) string { return string([]rune(entry(n).Name)[from:to]) }
	division := func(n int) string { return blocktest.Department(n).Division }
	filters := []struct {
		name   string
		filter func(int) queries.ResourceFilter
	}{
		{"everything", func(int) queries.ResourceFilter { return queries.ResourceFilter{} }},
		{"a division", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Division: division(n)} }},
		{"a format", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Type: entry(n).Format} }},
		{"a department", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Registrant: blocktest.Registrant(n % 100)}
		}},
		{"withdrawn, of which there is none", func(int) queries.ResourceFilter { return queries.ResourceFilter{Status: string(ledger.EntryWithdrawn)} }},
		{"a character", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Words: name(n, 0, 1)} }},
		{"a word", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Words: name(n, 3, 5)} }},
		{"the beginning of a title", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Words: name(n, 0, 8)} }},
		{"two words", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Words: name(n, 0, 3) + " " + name(n, 5, 7)}
		}},
		{"two words, one of them of no title", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Words: name(n, 3, 5) + " 归集"}
		}},
		{"a rare number", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Words: fmt.Sprintf("第%d期", n*7919%size)}
		}},
		{"a short number", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Words: fmt.Sprint(n % 100)} }},
		{"an identifier", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Words: entry(n).Identifier} }},
		{"a word nowhere", func(n int) queries.ResourceFilter { return queries.ResourceFilter{Words: name(n, 3, 5) + "鲸鱼"} }},
		{"a word in a division", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Words: name(n, 3, 5), Division: division(n)}
		}},
		{"a word in a format", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Words: name(n, 3, 5), Type: entry(n + 1).Format}
		}},
		{"a word that is withdrawn", func(n int) queries.ResourceFilter {
			return queries.ResourceFilter{Words: name(n, 3, 5), Status: string(ledger.EntryWithdrawn)}
		}},
	}
	var questions []discoveryQuestion
	for _, each := range filters {
		questions = append(questions, discoveryQuestion{each.name, func(ctx context.Context, n int) error {
			_, err := q.Resources(ctx, each.filter(n), ledger.PageRequest{PageSize: discoveryPage})
			return err
		}})
	}
	for _, deep := range []struct{ name, words string }{{"of everything", ""}, {"of a word", "记录"}} {
		bookmark := behind(b, q, queries.ResourceFilter{Words: deep.words}, size)
		questions = append(questions, discoveryQuestion{fmt.Sprintf("page %d %s", deepPage, deep.name), func(ctx context.Context, _ int) error {
			_, err := q.Resources(ctx, queries.ResourceFilter{Words: deep.words}, ledger.PageRequest{PageSize: discoveryPage, Bookmark: bookmark})
			return err
		}})
	}
	return append(questions, discoveryQuestion{"suggestions", func(ctx context.Context, n int) error {
		_, err := q.Suggestions(ctx, name(n, 0, 1+n%6))
		return err
	}})
}

// behind gives the bookmark of the 1,000th page.
func behind(b *testing.B, q *queries.Queries, filter queries.ResourceFilter, size int) string {
	const step = ledger.MaxPageSize
	bookmark := ""
	for passed := 0; passed < min(deepPage*discoveryPage, size/10); passed += step {
		found, err := q.Resources(b.Context(), filter, ledger.PageRequest{PageSize: step, Bookmark: bookmark})
		require.NoError(b, err)
		require.NotEmpty(b, found.Bookmark)
		bookmark = found.Bookmark
	}
	return bookmark
}
