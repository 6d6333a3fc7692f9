package fault_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
)

func TestEveryRowOfTheTableIsComplete(t *testing.T) {
	shape := regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
	chinese := regexp.MustCompile(`\p{Han}`)
	require.True(t, sort.SliceIsSorted(fault.Table, func(i, j int) bool { return fault.Table[i].Code < fault.Table[j].Code }))
	for _, row := range fault.Table {
		t.Run(string(row.Code), func(t *testing.T) {
			require.Regexp(t, shape, string(row.Code))
			require.NotEmpty(t, http.StatusText(row.Status))
			require.GreaterOrEqual(t, row.Status, 400)
			require.Regexp(t, chinese, row.ZH)
			require.NotRegexp(t, chinese, row.EN)
			require.NotEmpty(t, row.EN)
			found, ok := fault.Lookup(row.Code)
			require.True(t, ok)
			require.Equal(t, row, found)
		})
	}
}

func TestAnErrorTravelsThroughAMessageAndComesBack(t *testing.T) {
	sent := fault.New(fault.InvalidUSCC, fault.Field("registrant"), fault.Detail("code %s", "91350100M000100Y4Z"),
		fault.Value("expected", "3"), fault.Cause(errors.New("secret internals")))
	message := "chaincode response 500, " + sent.Wire() + " (and more)"
	received, ok := fault.Parse(message)
	require.True(t, ok)
	require.Equal(t, fault.InvalidUSCC, received.Code)
	require.Equal(t, "registrant", received.Field)
	require.Equal(t, "14", received.Article)
	require.Equal(t, "3", received.Values["expected"])
	require.NotContains(t, message, "secret internals")
	require.ErrorIs(t, received, fault.New(fault.InvalidUSCC))
	require.Equal(t, 422, received.Row().Status)
	require.Contains(t, sent.Error(), "secret internals", "the log line holds the cause")
}

func TestParseRefusesWhatIsNoErrorOfTheTable(t *testing.T) {
	for name, message := range map[string]string{
		"no JSON at all":    "connection refused",
		"an unknown code":   `{"code":"NO_SUCH_CODE"}`,
		"a broken document": `{"code":"NOT_FOUND`,
		"another document":  `{"status":500}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := fault.Parse(message)
			require.False(t, ok)
		})
	}
}

func TestOfFindsTheErrorInAChain(t *testing.T) {
	wrapped := fmt.Errorf("outer: %w", fault.New(fault.NotFound, fault.Article("8")))
	require.Equal(t, fault.NotFound, fault.CodeOf(wrapped))
	require.Equal(t, "8", fault.Of(wrapped).Article)
	cause := errors.New("disk on fire")
	require.Equal(t, fault.Internal, fault.CodeOf(cause))
	require.ErrorIs(t, fault.Of(cause), cause)
	require.Empty(t, fault.CodeOf(nil))
	require.Nil(t, fault.Of(nil))
	require.Equal(t, fault.Internal, fault.New("NOT_IN_THE_TABLE").Code)
	require.False(t, errors.Is(fault.New(fault.NotFound), cause))
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add(`x {"code":"NOT_FOUND","values":{"a":"b"}} y`)
	f.Fuzz(func(t *testing.T, message string) {
		if e, ok := fault.Parse(message); ok {
			if _, known := fault.Lookup(e.Code); !known {
				t.Fatalf("a code outside the table: %q", e.Code)
			}
		}
	})
}
