package queries_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/gateway/readmodel/queries"
)

// Both databases give every resource once in the order of changes, and cut it into
// runs at the same places, whatever the size of a page.
func TestHarvestersSeeEveryResourceOnceWhateverTheSizeOfAPage(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		every := found(t, w, func(ledger.CatalogEntry) bool { return true }, func(ledger.Registration) bool { return true })
		for _, size := range []int{1, 7, len(every), len(every) + 1} {
			var names []string
			boundaries := []int64{0}
			for place := int64(0); ; {
				page, err := q.ResourcesAfter(t.Context(), place, size)
				require.NoError(t, err)
				for _, one := range page {
					require.Greater(t, one.Place, place)
					place = one.Place
					names = append(names, nameOf(one.Resource))
				}
				if len(page) < size {
					break
				}
				boundaries = append(boundaries, place)
			}
			require.ElementsMatch(t, every, names)
			places, err := q.ResourceBoundaries(t.Context(), size)
			require.NoError(t, err)
			require.Equal(t, boundaries, places)
		}
	})
}

// Whoever follows the event log meets every registration, and a list by code holds
// each once.
func TestFollowingTheEventLogMeetsEveryRegistration(t *testing.T) {
	eachModel(t, func(t *testing.T, q *queries.Queries, w world) {
		registered := all[ledger.Registration](t, w, ledger.Key{Kind: ledger.KindRegistration})
		require.NotEmpty(t, registered)
		met := map[string]bool{}
		for at := queries.Origin; ; {
			changes, err := q.RegistrationChanges(t.Context(), at, 5)
			require.NoError(t, err)
			for _, change := range changes {
				met[change.Code] = true
				at = change.Place
			}
			if len(changes) < 5 {
				break
			}
		}
		listed := walk(t, 3, func(page ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
			return q.RegistrationsByCode(t.Context(), page)
		})
		require.Len(t, listed, len(registered))
		for i, registration := range listed {
			require.True(t, i == 0 || listed[i-1].Code < registration.Code)
		}
		for _, registration := range registered {
			require.True(t, met[registration.Code], registration.Code)
		}
	})
}
