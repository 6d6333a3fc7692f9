package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/objector"
)

func TestAnObjectionUnderARealNameKeepsTheNameOffTheLedger(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	p.Published(application.ID)
	proof := p.Evidence(contracttest.Party, ledger.EvidenceOther, "proof of the objector")
	body := map[string]any{"application": application.ID, "name": "王小明", "identityNumber": "110101199003070011",
		"statement": "该数据的权属有争议。", "evidence": []string{proof.CID}}
	objection := gatewaytest.Do[ledger.Objection](p, contracttest.Party, http.MethodPost, "/objections", body, http.StatusCreated)

	p.Stage.Scan(func(_ ledger.Key, value []byte) bool {
		require.NotContains(t, string(value), "王小明")
		require.NotContains(t, string(value), "110101199003070011")
		return true
	})
	require.NotContains(t, p.Logged(), "王小明")
	var stored string
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT sealed_document FROM objectors`).Scan(&stored))
	require.NotContains(t, stored, "王小明")

	for _, as := range contracttest.Cast {
		t.Run("the real name for "+as.ID, func(t *testing.T) {
			status, content := p.Get(as, "/objections/"+objection.ID+"/objector")
			if as.Role != ledger.RoleReviewer && as.Role != ledger.RoleAuthority && as != contracttest.Party {
				require.Equal(t, http.StatusForbidden, status, string(content))
				require.NotContains(t, string(content), "王小明")
				return
			}
			require.Equal(t, http.StatusOK, status, string(content))
			var found objector.Objector
			require.NoError(t, json.Unmarshal(content, &found))
			require.Equal(t, "王小明", found.Name)
			require.Equal(t, objection.IdentityDigest, found.IdentityDigest(), "the ledger's digest is this person's")
			require.Equal(t, objection.StatementDigest, found.StatementDigest())
		})
	}
	t.Run("the registrant answers and the reviewer dismisses", func(t *testing.T) {
		answer := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "proof of the registrant")
		gatewaytest.Do[ledger.Objection](p, contracttest.Haidian, http.MethodPost, "/objections/"+objection.ID+"/actions/answer",
			map[string]any{"evidence": []string{answer.CID}}, http.StatusOK)
		dismissed := gatewaytest.Do[ledger.Objection](p, contracttest.Reviewer, http.MethodPost, "/objections/"+objection.ID+"/actions/dismiss",
			map[string]any{"reason": "权属证明充分。"}, http.StatusOK)
		require.Equal(t, ledger.State("dismissed"), dismissed.State)
	})
}

func TestAnObjectionThatIsRefusedLeavesNothingPersonalBehind(t *testing.T) {
	p := gatewaytest.New(t)
	recorder := p.Send(p.Request(contracttest.Party, http.MethodPost, "/objections",
		strings.NewReader(`{"application":"none","name":"王小明","identityNumber":"1","statement":"s","evidence":[]}`)))
	require.GreaterOrEqual(t, recorder.Code, 400)
	require.Less(t, recorder.Code, 500, recorder.Body.String())
	var kept int
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM objectors`).Scan(&kept))
	require.Zero(t, kept)
}

func TestGovernanceSupervisionAndMandatesThroughTheInterface(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	p.Run(t, gatewaytest.NewValidator(t, p), map[string]gatewaytest.Scenario{
		"a holder grants a mandate": {As: contracttest.Transport, Method: http.MethodPost, URL: "/mandates", Writes: true,
			Body: `{"filings":["entrusted"],"validUntil":"2027-01-01"}`, ExpectedStatus: 201, ExpectedContent: []string{contracttest.Transport.USCC}},
		"a holder lists its mandates":   {As: contracttest.Transport, Method: http.MethodGet, URL: "/mandates", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"the standing of the registrar": {As: contracttest.Supervisor, Method: http.MethodGet, URL: "/registrar/standing", ExpectedStatus: 200, ExpectedContent: []string{`"disqualified":false`}},
		"the figures of a month":        {As: contracttest.Supervisor, Method: http.MethodGet, URL: "/measurements?period=2026-03", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"a registrant opens no supervision record": {As: contracttest.Haidian, Method: http.MethodPost, URL: "/supervision",
			Body: `{"concern":"registrar","ground":"dereliction","reason":"r"}`, ExpectedStatus: 403, ExpectedContent: []string{"ROLE_NOT_ALLOWED"}},
		"a registrant lists its registrations": {As: contracttest.Haidian, Method: http.MethodGet, URL: "/registrations", ExpectedStatus: 200, ExpectedContent: []string{registration.Code}},
		"the due list":                         {As: contracttest.Issuer, Method: http.MethodGet, URL: "/due-registrations", ExpectedStatus: 200, ExpectedContent: []string{registration.Code}},
		"the history of a registration":        {As: contracttest.Haidian, Method: http.MethodGet, URL: "/registrations/" + registration.Code + "/steps", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"what can be done with a registration": {As: contracttest.Issuer, Method: http.MethodGet, URL: "/registrations/" + registration.Code + "/actions", ExpectedStatus: 200, ExpectedContent: []string{`"revoke"`}},
		"the versions of a registration":       {As: contracttest.Haidian, Method: http.MethodGet, URL: "/registrations/" + registration.Code + "/versions", ExpectedStatus: 200, ExpectedContent: []string{`"items"`}},
		"another registrant does not see digests of the query code": {As: contracttest.Chaoyang, Method: http.MethodGet, URL: "/registrations/" + registration.Code,
			ExpectedStatus: 200, NotExpectedContent: []string{registration.QueryCodeDigest, registration.QueryCodeSalt}},
		"another registrant does not get the slip": {As: contracttest.Chaoyang, Method: http.MethodGet, URL: "/registrations/" + registration.Code + "/slip.json", ExpectedStatus: 403, ExpectedContent: []string{"ACCESS_DENIED"}},
		"a slip in a form that is not offered": {As: contracttest.Haidian, Method: http.MethodGet, URL: "/registrations/" + registration.Code + "/slip", Header: map[string]string{"Accept": "image/png"},
			ExpectedStatus: 406, ExpectedContent: []string{"NOT_ACCEPTABLE"}},
		"a code that is none": {As: contracttest.Haidian, Method: http.MethodGet, URL: "/registrations/none", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_VALUE"}},
		"a registrant publishes no calendar": {As: contracttest.Haidian, Method: http.MethodPost, URL: "/calendar/years",
			Body: `{"schema":1,"year":2027,"source":"s","holidays":{},"workdays":{}}`, ExpectedStatus: 403, ExpectedContent: []string{"ROLE_NOT_ALLOWED"}},
	})
}

func TestARevocationNamesTheVerifiedFindingThatItRestsOn(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	record := gatewaytest.Do[ledger.SupervisionRecord](p, contracttest.Supervisor, http.MethodPost, "/supervision", map[string]any{
		"concern": registration.Registrant, "registration": registration.Code, "ground": "concealment_or_fraud", "reason": "提供虚假材料"}, http.StatusCreated)
	revoke := "/registrations/" + registration.Code + "/actions/revoke"
	body := map[string]any{"reasonCode": "concealment_or_fraud", "reason": "提供虚假材料", "finding": record.ID}
	gatewaytest.Do[struct{}](p, contracttest.Issuer, http.MethodPost, revoke, body, http.StatusUnprocessableEntity)
	gatewaytest.Do[ledger.SupervisionRecord](p, contracttest.Authority, http.MethodPost, "/supervision/"+record.ID+"/actions/verify", map[string]any{"reason": "属实"}, http.StatusOK)
	revoked := gatewaytest.Do[ledger.Registration](p, contracttest.Issuer, http.MethodPost, revoke, body, http.StatusOK)
	require.Equal(t, ledger.RegistrationRevoked, revoked.Status)
}

func TestTheDescriptionNamesExactlyTheRoutes(t *testing.T) {
	p := gatewaytest.New(t)
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(p.Server.Document(), &document))
	described, names := map[string]bool{}, map[string]bool{}
	parameter := regexp.MustCompile(`\{(\w+)\}`)
	for path, operations := range document.Paths {
		for method, operation := range operations {
			described[strings.ToUpper(method)+" "+parameter.ReplaceAllString(path, ":$1")] = true
			require.False(t, names[operation.OperationID], "operationId %s stands twice", operation.OperationID)
			names[operation.OperationID] = true
		}
	}
	served := map[string]bool{}
	for _, route := range p.Server.Routes() {
		served[route] = true
	}
	require.Equal(t, served, described)
}

func TestTheServiceEndpointsAnswerWithoutALogin(t *testing.T) {
	p := gatewaytest.New(t)
	p.Get(gatewaytest.Guest, "/network") // something to count
	for path, expected := range map[string]string{"/healthz": "ok", "/readyz": "ready", "/metrics": "dengji_http_requests_total",
		"/api/v1/openapi.json": `"openapi":"3.1.0"`, "/api/v1/docs": "登记平台接口"} {
		request := p.Request(gatewaytest.Guest, http.MethodGet, "/network", nil)
		request.URL.Path = path
		recorder := p.Send(request)
		require.Equal(t, http.StatusOK, recorder.Code, path)
		require.Contains(t, recorder.Body.String(), expected, path)
		require.NotContains(t, recorder.Body.String(), "https://cdn", "no other host is asked")
	}
}
