package demo

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/network/profile"
)

func TestAChapterThatDoesNotExistIsRefusedBeforeAnythingIsTold(t *testing.T) {
	err := (&Story{Narrator: NewNarrator(io.Discard, "en")}).Tell(t.Context(), "registration", "no such chapter")
	require.ErrorContains(t, err, `no chapter "no such chapter"`)
	require.ErrorContains(t, err, "objection-upheld")
}

func TestEveryDivisionHasItsBusinessReviewer(t *testing.T) {
	story := &Story{}
	require.Equal(t, authority, story.businessReviewer("110000"), "the authority reviews for the city")
	story.accounts = append(story.accounts, accountAt("district-haidian", "110108"))
	require.Equal(t, "district-haidian", story.businessReviewer("110108"))
	require.Equal(t, authority, story.businessReviewer("110000"))
}

func TestAProvisionalClockSaysSo(t *testing.T) {
	story := &Story{Narrator: NewNarrator(io.Discard, "en")}
	clocks := []ledger.Deadline{{Clock: "acceptance", WorkingDays: 3, Due: "2026-11-27"}}
	require.Equal(t, "acceptance, 3 working days, until 2026-11-27", story.clocks(clocks))
	clocks[0].Provisional = true
	require.Contains(t, story.clocks(clocks), "provisional")
}

func TestDaysAreCountedOverTheEndOfAYear(t *testing.T) {
	day, err := dayAfter("2026-12-31", 1)
	require.NoError(t, err)
	require.Equal(t, "2027-01-01", day)
	day, err = dayAfter("2029-03-02", 1-renewalWindow)
	require.NoError(t, err)
	require.Equal(t, "2029-01-02", day, "the window of a validity through 2029-03-02 opens sixty days before its end, that day counted")
	_, err = dayAfter("2026-02-30", 1)
	require.Error(t, err)
}

func accountAt(name, division string) profile.Account {
	return profile.Account{Name: name, Role: ledger.RoleDistrict, Division: division}
}
