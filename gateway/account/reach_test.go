package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/account"
)

func TestWhomAnAccountKeeps(t *testing.T) {
	f := newDirectory(t)
	for _, actor := range contracttest.Cast {
		f.put(t, actor, "right")
	}
	reached := func(by account.Account) (names []string) {
		list, err := f.List(t.Context(), by.Reach(), ledger.PageRequest{})
		require.NoError(t, err)
		for _, each := range list.Items {
			names = append(names, each.Account)
		}
		return names
	}
	as := func(actor ledger.Actor, administrator bool) account.Account {
		return account.Account{Actor: actor, Administrator: administrator}
	}
	require.Len(t, reached(as(contracttest.Operator, false)), len(contracttest.Cast), "operators keep all")
	require.Empty(t, reached(as(contracttest.Haidian, false)))
	require.Equal(t, []string{contracttest.Haidian.ID}, reached(as(contracttest.Haidian, true)))
	require.Equal(t, []string{contracttest.DistrictHaidian.ID}, reached(as(contracttest.DistrictHaidian, true)), "not the other district's")
	require.Equal(t, []string{contracttest.Acceptor.ID, contracttest.Issuer.ID, contracttest.Reviewer.ID}, reached(as(contracttest.Reviewer, true)),
		"the registrar's clerks, and not the operator who has the same MSP")
	require.Empty(t, reached(as(contracttest.Party, true)), "nobody keeps interested parties by a mark")
}

func TestAccountsOfAnOlderReleaseGetTheirOrganisationAtTheNextStart(t *testing.T) {
	f := newDirectory(t)
	f.put(t, contracttest.Haidian, "right")
	f.put(t, contracttest.Operator, "right")
	f.forgetOrganisations(t)
	again := f.reopen(t)
	list, err := again.List(t.Context(), account.Account{Actor: contracttest.Haidian, Administrator: true}.Reach(), ledger.PageRequest{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	require.Equal(t, contracttest.Haidian.ID, list.Items[0].Account)
}
