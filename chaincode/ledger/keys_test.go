package ledger_test

import (
	"reflect"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/ledger"
)

func TestAKeyIsFabricsCompositeKeyAndCanBeReadBack(t *testing.T) {
	part := rapid.StringMatching(`[^\x00\x{10FFFF}]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		key := ledger.Key{Kind: rapid.StringMatching(`[a-z-]{1,20}`).Draw(t, "kind"), Parts: rapid.SliceOf(part).Draw(t, "parts")}
		composite, err := shim.CreateCompositeKey(key.Kind, key.Parts)
		require.NoError(t, err)
		require.Equal(t, composite, key.String())
		parsed, ok := ledger.ParseKey(key.String())
		require.True(t, ok)
		require.Equal(t, key.Kind, parsed.Kind)
		require.Equal(t, len(key.Parts), len(parsed.Parts))
		for i := range key.Parts {
			require.Equal(t, key.Parts[i], parsed.Parts[i])
		}
	})
}

func TestWhatIsNoCompositeKeyIsNotRead(t *testing.T) {
	for _, text := range []string{"", "\x00", "\x00\x00", "network", "\x00network", "network\x00"} {
		_, ok := ledger.ParseKey(text)
		require.False(t, ok, "%q", text)
	}
}

func TestSequencesAreInOrderAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.IntRange(1, 1_000_000).Draw(t, "a"), rapid.IntRange(1, 1_000_000).Draw(t, "b")
		require.Equal(t, a < b, ledger.ApplicationStepKey("x", a).String() < ledger.ApplicationStepKey("x", b).String())
		require.Equal(t, a == b, reflect.DeepEqual(ledger.ApplicationStepKey("x", a), ledger.ApplicationStepKey("x", b)))
	})
}
