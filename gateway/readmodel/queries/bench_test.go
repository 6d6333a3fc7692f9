package queries_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/blocktest"
	"dengji/gateway/readmodel/enginetest"
	"dengji/gateway/readmodel/largetest"
	"dengji/gateway/readmodel/queries"
	"dengji/gateway/readmodel/store"
)

// BenchmarkQueries fills a model with largetest.Size registrations, applications and
// (about) catalogue entries, and asks what the pages ask; run it with -benchtime 300x. Reported are the 95th percentile of every question and the
// transactions applied in a second.
func BenchmarkQueries(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { benchmarkEngine(b, enginetest.SQLite(b)) })
	b.Run("PostgreSQL", func(b *testing.B) { benchmarkEngine(b, enginetest.PostgreSQL(b)) })
}

func benchmarkEngine(b *testing.B, dsn string) {
	opened, err := store.Open(b.Context(), dsn)
	require.NoError(b, err)
	defer func() { require.NoError(b, opened.Close()) }()
	begun := time.Now()
	applied := largetest.Fill(b, opened, largetest.Size(b))
	b.Logf("%d transactions, %.0f a second", applied, float64(applied)/time.Since(begun).Seconds())
	for name, ask := range questions(queries.New(opened)) {
		b.Run(name, func(b *testing.B) { measure(b, ask) })
	}
}

func questions(q *queries.Queries) map[string]func(context.Context, int) error {
	page := ledger.PageRequest{PageSize: 50}
	divisions := []string{"110000", "110101", "110105", "110108", "110112", "110302"}
	states := []ledger.State{ledger.StateBusinessReview, ledger.StateFiled, ledger.StateAccepted, ledger.StatePublicNotice}
	bookmarks := map[string]string{}
	deep := func(name string, n int, ask func(ledger.PageRequest) (string, error)) error {
		if n%50 == 0 {
			bookmarks[name] = ""
		}
		bookmark, err := ask(ledger.PageRequest{PageSize: 50, Bookmark: bookmarks[name]})
		bookmarks[name] = bookmark
		return err
	}
	return map[string]func(context.Context, int) error{
		"registrations": func(ctx context.Context, n int) error {
			return deep("registrations", n, func(page ledger.PageRequest) (string, error) {
				found, err := q.Registrations(ctx, queries.RegistrationFilter{}, page)
				return found.Bookmark, err
			})
		},
		"discovery of a common word, in pages": func(ctx context.Context, n int) error {
			return deep("common", n, func(page ledger.PageRequest) (string, error) {
				found, err := q.Resources(ctx, queries.ResourceFilter{Words: "道路"}, page)
				return found.Bookmark, err
			})
		},
		"discovery of a common word with facets": func(ctx context.Context, _ int) error {
			_, err := q.Resources(ctx, queries.ResourceFilter{Words: "道路"}, page)
			return err
		},
		"discovery of a rare word": func(ctx context.Context, n int) error {
			_, err := q.Resources(ctx, queries.ResourceFilter{Words: fmt.Sprintf("ZY%06d", n)}, page)
			return err
		},
		"discovery of a word in a division and section": func(ctx context.Context, n int) error {
			_, err := q.Resources(ctx, queries.ResourceFilter{Words: "道路", Division: divisions[n%6], Industry: "I"}, page)
			return err
		},
		"discovery without words": func(ctx context.Context, _ int) error {
			_, err := q.Resources(ctx, queries.ResourceFilter{}, page)
			return err
		},
		"registrations of a registrant": func(ctx context.Context, n int) error {
			_, err := q.Registrations(ctx, queries.RegistrationFilter{Registrant: blocktest.Registrant(n % 100)}, page)
			return err
		},
		"registrations by division, section and status": func(ctx context.Context, n int) error {
			_, err := q.Registrations(ctx, queries.RegistrationFilter{Division: divisions[n%6], Section: "I", Status: ledger.RegistrationActive}, page)
			return err
		},
		"registrations of a section with none": func(ctx context.Context, n int) error {
			_, err := q.Registrations(ctx, queries.RegistrationFilter{Division: divisions[n%6], Section: "T"}, page)
			return err
		},
		"entries": func(ctx context.Context, n int) error {
			return deep("entries", n, func(page ledger.PageRequest) (string, error) {
				found, err := q.Entries(ctx, queries.EntryFilter{}, page)
				return found.Bookmark, err
			})
		},
		"entries of a provider": func(ctx context.Context, n int) error {
			_, err := q.Entries(ctx, queries.EntryFilter{Provider: blocktest.Registrant(n % 100)}, page)
			return err
		},
		"work queue of a role": func(ctx context.Context, n int) error {
			return deep("queue", n, func(page ledger.PageRequest) (string, error) {
				found, err := q.Queue(ctx, queries.QueueFilter{Turns: inStates(states...)}, page)
				return found.Bookmark, err
			})
		},
		"work queue of a division": func(ctx context.Context, n int) error {
			_, err := q.Queue(ctx, queries.QueueFilter{Turns: inStates(states...), Division: divisions[n%6]}, page)
			return err
		},
		"applications of a registrant": func(ctx context.Context, n int) error {
			_, err := q.Applications(ctx, queries.ApplicationFilter{Registrant: blocktest.Registrant(n % 100)}, page)
			return err
		},
		"public notices": func(ctx context.Context, n int) error {
			_, err := q.Notices(ctx, fmt.Sprintf("2026-%02d-01", 1+n%12), "", page)
			return err
		},
		"expiring": func(ctx context.Context, n int) error {
			_, err := q.Expiring(ctx, fmt.Sprintf("2030-%02d-01", 1+n%12), page)
			return err
		},
		"outdated entries": func(ctx context.Context, n int) error {
			_, err := q.OutdatedEntries(ctx, blocktest.Registrant(n%100), page)
			return err
		},
		"events": func(ctx context.Context, n int) error {
			return deep("events", n, func(page ledger.PageRequest) (string, error) {
				found, err := q.Events(ctx, queries.EventFilter{}, page)
				return found.Bookmark, err
			})
		},
		"application and steps": func(ctx context.Context, n int) error {
			id := fmt.Sprintf("A%07d", n*37%1000)
			if _, err := q.Application(ctx, id); err != nil {
				return err
			}
			_, err := q.Steps(ctx, ledger.SubjectApplication, id, page)
			return err
		},
		"overdue clocks":        func(ctx context.Context, _ int) error { _, err := q.DueBefore(ctx, "2026-06-01", page); return err },
		"figures":               func(ctx context.Context, _ int) error { _, err := q.Figures(ctx); return err },
		"statistics of a month": func(ctx context.Context, n int) error { return statistics(ctx, q, n, "-01", "-31") },
	}
}

func statistics(ctx context.Context, q *queries.Queries, n int, from, to string) error {
	month := fmt.Sprintf("20%02d-%02d", 26+n%10, 1+n%12)
	_, err := q.Statistics(ctx, month+from, month+to)
	return err
}

func measure(b *testing.B, ask func(context.Context, int) error) {
	times := make([]time.Duration, 0, b.N)
	for n := range b.N {
		begun := time.Now()
		require.NoError(b, ask(b.Context(), n))
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100])/float64(time.Millisecond), "p95-ms")
	b.ReportMetric(float64(times[len(times)/2])/float64(time.Millisecond), "p50-ms")
}
