package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/audit"
	"dengji/gateway/gatewaytest"
)

func TestEveryRequestLeavesALineThatSaysWhoDidWhatAndNoSecret(t *testing.T) {
	p := gatewaytest.New(t)
	search := func(query url.Values) []audit.Entry {
		return gatewaytest.Do[ledger.Page[audit.Entry]](p, contracttest.Supervisor, http.MethodGet, "/audit/entries?"+query.Encode(), nil, http.StatusOK).Items
	}
	await := func(query url.Values) audit.Entry {
		var found []audit.Entry
		require.Eventually(t, func() bool { found = search(query); return len(found) > 0 }, 10*time.Second, 10*time.Millisecond)
		return found[0]
	}
	anchored := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "audited evidence")
	wrote := await(url.Values{"account": {contracttest.Haidian.ID}, "text": {"/evidence"}})
	require.Equal(t, ledger.RoleRegistrant, wrote.Role)
	require.Equal(t, http.StatusCreated, wrote.Status)
	require.NotEmpty(t, wrote.TxID, "what reached the ledger is named")
	require.NotEmpty(t, wrote.RequestID)

	gatewaytest.Do[any](p, contracttest.Chaoyang, http.MethodGet, "/evidence/"+anchored.CID+"?owner="+contracttest.Haidian.USCC, nil, http.StatusForbidden)
	refused := await(url.Values{"account": {contracttest.Chaoyang.ID}, "refused": {"true"}})
	require.Equal(t, string(fault.EvidenceForeign), refused.Code)
	require.Equal(t, "/api/v1/evidence/"+anchored.CID, refused.Path, "without its query")

	await(url.Values{"text": {"/audit/entries"}, "account": {contracttest.Supervisor.ID}})
	head := gatewaytest.Do[audit.Head](p, contracttest.Operator, http.MethodGet, "/audit/head", nil, http.StatusOK)
	end, err := audit.Verify(t.Context(), p.Database, head)
	require.NoError(t, err)
	require.GreaterOrEqual(t, end.Sequence, head.Sequence)
	all, err := json.Marshal(search(nil))
	require.NoError(t, err)
	require.NotContains(t, string(all), "owner=")
}

func TestASearchOfTheAuditLogThatCannotBeMeantIsRefused(t *testing.T) {
	p := gatewaytest.New(t)
	for _, query := range []string{"from=yesterday", "to=2026-1-1", "refused=perhaps", "bookmark=x", "pageSize=0x"} {
		gatewaytest.Do[any](p, contracttest.Authority, http.MethodGet, "/audit/entries?"+query, nil, http.StatusUnprocessableEntity)
	}
}
