package notification_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/notification"
)

// TestWhoseEntryHasChangedIsToldOfTheCasesThatRestOnIt has a registration and an
// application under way, both of which name an entry that changes, and is withdrawn.
func TestWhoseEntryHasChangedIsToldOfTheCasesThatRestOnIt(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	waiting := p.Application(contracttest.Chaoyang)
	p.Told()
	change := func(of ledger.Actor, summary string) {
		entry := gatewaytest.Entry("T-" + of.Division)
		entry.ProviderName, entry.Division, entry.Summary = of.Name, of.Division, summary
		gatewaytest.Do[ledger.EntryOutcome](p, of, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	}
	outdated := func(of ledger.Actor) (cases []string) {
		for _, each := range box(t, p, of) {
			if each.Kind == notification.Outdated {
				cases = append(cases, each.Case+": "+each.State.EN)
			}
		}
		return cases
	}
	require.Empty(t, outdated(contracttest.Haidian))
	change(contracttest.Haidian, "另一摘要")
	change(contracttest.Chaoyang, "另一摘要")
	p.Told()
	p.Told()
	require.Equal(t, []string{registration.Code + ": Entry T-110108 went from version 1 to version 2"}, outdated(contracttest.Haidian), "also who changed it is told, once")
	require.Equal(t, []string{waiting.ID + ": Entry T-110105 went from version 1 to version 2"}, outdated(contracttest.Chaoyang))
	require.Empty(t, outdated(contracttest.Transport), "nobody else")
	gatewaytest.Do[ledger.CatalogEntry](p, contracttest.Haidian, http.MethodDelete, "/catalog/entries/"+contracttest.Haidian.USCC+"/T-110108", map[string]string{"reason": "停用"}, http.StatusOK)
	p.Told()
	require.Equal(t, registration.Code+": Entry T-110108 was withdrawn", outdated(contracttest.Haidian)[0])
	gatewaytest.Do[ledger.Application](p, contracttest.Chaoyang, http.MethodPost, "/applications/"+waiting.ID+"/actions/withdraw", map[string]any{"reason": "不再申请"}, http.StatusOK)
	change(contracttest.Chaoyang, "第三个摘要")
	p.Told()
	require.Len(t, outdated(contracttest.Chaoyang), 1, "of what is over nobody is told")
}
