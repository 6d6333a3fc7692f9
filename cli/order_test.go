package cli

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
)

func TestEntriesComeInTheOrderOfTheirIdentifiersHoweverMany(t *testing.T) {
	for _, count := range []int{0, 1, 3, 2*inMemory + 7} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			sorted := newOrder(t.Context())
			defer sorted.stop()
			for _, n := range rand.New(rand.NewPCG(1, 1)).Perm(count) {
				require.NoError(t, sorted.add(ledger.EntryContent{Identifier: fmt.Sprintf("%08d", n), Name: fmt.Sprint("第", n)}))
			}
			next := 0
			for content, err := range sorted.sequence() {
				require.NoError(t, err)
				require.Equal(t, ledger.EntryContent{Identifier: fmt.Sprintf("%08d", next), Name: fmt.Sprint("第", next)}, content)
				next++
			}
			require.Equal(t, count, next)
		})
	}
}

func TestAnIdentifierThatBeginsAnotherComesFirst(t *testing.T) {
	sorted := newOrder(t.Context())
	defer sorted.stop()
	for _, identifier := range []string{"3-1-0", "3", "3-1", "3-"} {
		require.NoError(t, sorted.add(ledger.EntryContent{Identifier: identifier}))
	}
	var found []string
	for content := range sorted.sequence() {
		found = append(found, content.Identifier)
	}
	require.Equal(t, []string{"3", "3-", "3-1", "3-1-0"}, found)
}

func TestSortingThatIsStoppedIsAnErrorNotAnEnd(t *testing.T) {
	sorted := newOrder(t.Context())
	sorted.stop()
	<-sorted.ended
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		err = sorted.add(ledger.EntryContent{Identifier: fmt.Sprint(n)})
	}
	require.Error(t, err)
}
