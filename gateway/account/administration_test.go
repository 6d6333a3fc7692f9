package account_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
)

const address = "192.0.2.1"

func TestADisabledAccountIsOutAtOnceAndOnlyItsOwnerLearnsIt(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	f.put(t, contracttest.Chaoyang, "right")
	session, err := f.Login(t.Context(), contracttest.Haidian.ID, "right", address)
	require.NoError(t, err)
	other, err := f.Login(t.Context(), contracttest.Chaoyang.ID, "right", address)
	require.NoError(t, err)
	require.NoError(t, f.Disable(t.Context(), account.Everything, contracttest.Haidian.ID))
	require.NoError(t, f.Disable(t.Context(), account.Everything, contracttest.Haidian.ID), "again")
	_, err = f.Authenticate(t.Context(), session.Token)
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err))
	_, err = f.Authenticate(t.Context(), other.Token)
	require.NoError(t, err, "another account stays")
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "right", address)
	require.Equal(t, fault.AccountDisabled, fault.CodeOf(err))
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "wrong", address)
	require.Equal(t, fault.LoginFailed, fault.CodeOf(err))
	require.NoError(t, f.Enable(t.Context(), account.Everything, contracttest.Haidian.ID))
	_, err = f.Authenticate(t.Context(), session.Token)
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err), "an ended session stays ended")
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "right", address)
	require.NoError(t, err)
	require.Equal(t, fault.NotFound, fault.CodeOf(f.Disable(t.Context(), account.Everything, "nobody")))
	require.Equal(t, fault.NotFound, fault.CodeOf(f.Enable(t.Context(), account.Everything, "nobody")))
}

func TestAccountsAreListedPageByPageWithWhatTheirCertificatesSay(t *testing.T) {
	f := newDirectory(t)
	actors := []ledger.Actor{contracttest.Haidian, contracttest.Chaoyang, contracttest.Authority, contracttest.Operator}
	for _, actor := range actors {
		f.put(t, actor, "right")
	}
	_, err := f.Login(t.Context(), contracttest.Authority.ID, "right", address)
	require.NoError(t, err)
	require.NoError(t, f.Disable(t.Context(), account.Everything, contracttest.Chaoyang.ID))
	listed := map[string]account.Overview{}
	page, before := ledger.PageRequest{PageSize: 3}, ""
	for {
		answer, err := f.List(t.Context(), account.Everything, page)
		require.NoError(t, err)
		require.LessOrEqual(t, len(answer.Items), 3)
		for _, each := range answer.Items {
			require.Greater(t, each.Account, before)
			before, listed[each.Account] = each.Account, each
		}
		if page.Bookmark = answer.Bookmark; page.Bookmark == "" {
			break
		}
	}
	require.Len(t, listed, len(actors))
	for _, actor := range actors {
		require.Equal(t, actor, listed[actor.ID].Actor)
		require.NotEmpty(t, listed[actor.ID].ValidUntil)
		require.Equal(t, actor == contracttest.Authority, listed[actor.ID].LoginAt != "")
		require.Equal(t, actor == contracttest.Chaoyang, listed[actor.ID].DisabledAt != "")
	}
}

func TestAnOwnerChangesThePasswordAndTheOtherSessionsEnd(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	own, err := f.Login(t.Context(), contracttest.Haidian.ID, "right", address)
	require.NoError(t, err)
	elsewhere, err := f.Login(t.Context(), contracttest.Haidian.ID, "right", address)
	require.NoError(t, err)
	change := func(present, wanted string) error {
		return f.ChangePassword(t.Context(), own.Token, contracttest.Haidian.ID, present, wanted, address)
	}
	for name, attempt := range map[string]struct {
		present, wanted string
		code            fault.Code
	}{
		"too short":          {"right", strings.Repeat("a", account.MinPassword-1), fault.InvalidValue},
		"too long":           {"right", strings.Repeat("a", account.MaxPassword+1), fault.InvalidValue},
		"wrong present one":  {"wrong", "a new password", fault.LoginFailed},
		"present one forged": {strings.Repeat("a", account.MaxPassword+1), "a new password", fault.LoginFailed},
	} {
		require.Equal(t, attempt.code, fault.CodeOf(change(attempt.present, attempt.wanted)), name)
	}
	_, err = f.Authenticate(t.Context(), elsewhere.Token)
	require.NoError(t, err, "a refused change ends nothing")
	require.NoError(t, change("right", "a new password"))
	require.Equal(t, fault.InvalidValue, fault.CodeOf(change("a new password", "a new password")), "it has to be another one")
	_, err = f.Authenticate(t.Context(), elsewhere.Token)
	require.Equal(t, fault.Unauthenticated, fault.CodeOf(err))
	_, err = f.Authenticate(t.Context(), own.Token)
	require.NoError(t, err)
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "right", address)
	require.Equal(t, fault.LoginFailed, fault.CodeOf(err))
	_, err = f.Login(t.Context(), contracttest.Haidian.ID, "a new password", address)
	require.NoError(t, err)
}

func TestGuessingThePresentPasswordIsLimitedAsLoginsAre(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	var codes []fault.Code
	for i := range 6 {
		err := f.ChangePassword(t.Context(), "token", contracttest.Haidian.ID, fmt.Sprint("guess ", i), "a new password", address)
		codes = append(codes, fault.CodeOf(err))
	}
	require.Equal(t, fault.LoginFailed, codes[4])
	require.Equal(t, fault.TooManyAttempts, codes[5])
}
