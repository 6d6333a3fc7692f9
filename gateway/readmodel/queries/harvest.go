package queries

import (
	"context"
	"database/sql"
)

// PlacedResource is a resource with its place in the order of changes, which no two
// share and which grows with every change.
type PlacedResource struct {
	Resource
	Place int64
}

// ResourcesAfter lists resources of all kinds and statuses behind a place, in the
// order of their last change, at most limit. The first place is 0.
func (q *Queries) ResourcesAfter(ctx context.Context, place int64, limit int) ([]PlacedResource, error) {
	l := &listing{columns: resourceColumns, from: "resources r", order: []column{{"r.seq", true}}}
	found, err := read(ctx, q, l, []any{place}, limit, resource)
	placed := make([]PlacedResource, len(found))
	for i, one := range found {
		placed[i] = PlacedResource{one.item, one.key[0].(int64)}
	}
	return placed, err
}

// ResourceBoundaries cuts all resources into runs of size and gives the place
// before each: 0, then that of the last resource of each full run but the last. It
// reads the index of places once.
func (q *Queries) ResourceBoundaries(ctx context.Context, size int) ([]int64, error) {
	places := []int64{0}
	for {
		before := len(places)
		err := q.store.Select(ctx, "SELECT seq FROM resources WHERE seq > $1 ORDER BY seq LIMIT 1 OFFSET $2", []any{places[before-1], size - 1},
			func(found *sql.Rows) error {
				var place int64
				err := found.Scan(&place)
				places = append(places, place)
				return err
			})
		if err != nil || len(places) == before {
			return places, err
		}
	}
}
