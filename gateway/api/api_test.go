package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
)

func entryDocument() string {
	content, err := json.Marshal(gatewaytest.Entry("T-001"))
	if err != nil {
		panic(err)
	}
	return string(content)
}

func TestPublicReferenceIsOpenToEverybody(t *testing.T) {
	p := gatewaytest.New(t)
	p.Run(t, gatewaytest.NewValidator(t, p), map[string]gatewaytest.Scenario{
		"a guest reads the network and its ledger time": {
			Method: http.MethodGet, URL: "/network", ExpectedStatus: 200, ExpectedContent: []string{`"mode":"sandbox"`, "北京市公共数据资源登记平台"}},
		"a guest counts twenty working days over the Spring Festival": {
			Method: http.MethodGet, URL: "/calendar/deadline?start=2026-02-13&working_days=20", ExpectedStatus: 200, ExpectedContent: []string{`"due":"2026-03-19"`}},
		"a start that is no day is named": {
			Method: http.MethodGet, URL: "/calendar/deadline?start=2026-02-30&working_days=20", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_DATE", `"field":"start"`}},
		"a period beyond the calculator's bound is refused": {
			Method: http.MethodGet, URL: "/calendar/deadline?start=2026-02-13&working_days=100000", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_VALUE", `"field":"working_days"`}},
		"a guest reads a year's calendar": {
			Method: http.MethodGet, URL: "/calendar/years/2026", ExpectedStatus: 200, ExpectedContent: []string{"2026-02-17"}},
		"a guest reads the rule pack in force": {
			Method: http.MethodGet, URL: "/rule-packs/current", ExpectedStatus: 200, ExpectedContent: []string{"beijing-draft-2025", "in-force"}},
		"a guest reads a rule pack by its version": {
			Method: http.MethodGet, URL: "/rule-packs/beijing-draft-2025/versions/1", ExpectedStatus: 200, ExpectedContent: []string{`"version":1`, "in-force"}},
		"a version that was never proposed is not found": {
			Method: http.MethodGet, URL: "/rule-packs/beijing-draft-2025/versions/2", ExpectedStatus: 404, ExpectedContent: []string{"NOT_FOUND"}},
		"a version that is no number is named": {
			Method: http.MethodGet, URL: "/rule-packs/beijing-draft-2025/versions/0", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_VALUE", `"field":"version"`}},
		"a guest reads the table of errors": {
			Method: http.MethodGet, URL: "/errors", ExpectedStatus: 200, ExpectedContent: []string{"INVALID_USCC", "INTERNAL"}},
		"a guest reads the trust anchors": {
			Method: http.MethodGet, URL: "/trust.json", ExpectedStatus: 200, ExpectedContent: []string{"dengji-trust"}},
		"a wrong query code is not told from a code that does not exist": {
			Method: http.MethodPost, URL: "/verifications", Body: `{"code":"110000R2026ABCDEFG0","queryCode":"0123456789ABCDEF"}`,
			ExpectedStatus: 404, ExpectedContent: []string{"WRONG_QUERY_CODE"}},
	})
}

func TestEveryOperationThatIsNotPublicWantsALogin(t *testing.T) {
	p := gatewaytest.New(t)
	var document struct {
		Paths map[string]map[string]struct {
			Security []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(p.Server.Document(), &document))
	closed := 0
	for path, operations := range document.Paths {
		for method, operation := range operations {
			if len(operation.Security) > 1 {
				continue
			}
			closed++
			t.Run(method+" "+path, func(t *testing.T) {
				request := httptest.NewRequestWithContext(t.Context(), strings.ToUpper(method), path, strings.NewReader("{}"))
				recorder := p.Send(request)
				require.Equal(t, http.StatusUnauthorized, recorder.Code)
				require.Contains(t, recorder.Body.String(), string(fault.Unauthenticated))
				require.Contains(t, recorder.Header().Get("WWW-Authenticate"), "Bearer")
			})
		}
	}
	require.Greater(t, closed, 10)
}

func TestSessions(t *testing.T) {
	p := gatewaytest.New(t)
	p.Run(t, gatewaytest.NewValidator(t, p), map[string]gatewaytest.Scenario{
		"the right password opens a session": {
			Method: http.MethodPost, URL: "/sessions", Body: `{"account":"issuer-1","password":"` + gatewaytest.Password + `"}`,
			ExpectedStatus: 201, ExpectedContent: []string{`"token"`, `"role":"issuer"`}},
		"a wrong password is refused": {
			Method: http.MethodPost, URL: "/sessions", Body: `{"account":"acceptor-1","password":"wrong"}`, ExpectedStatus: 401, ExpectedContent: []string{"LOGIN_FAILED"}},
		"an unknown account is refused alike": {
			Method: http.MethodPost, URL: "/sessions", Body: `{"account":"nobody","password":"wrong"}`, ExpectedStatus: 401, ExpectedContent: []string{"LOGIN_FAILED"}},
		"an unknown field is named": {
			Method: http.MethodPost, URL: "/sessions", Body: `{"account":"a","password":"b","admin":true}`, Malformed: true, ExpectedStatus: 400, ExpectedContent: []string{"UNKNOWN_FIELD", `"field":"admin"`}},
		"a token that was never given is refused even where none is needed": {
			Method: http.MethodGet, URL: "/network", Header: map[string]string{"Authorization": "Bearer stolen"}, ExpectedStatus: 401, ExpectedContent: []string{"UNAUTHENTICATED"}},
		"an account sees who it is": {
			As: contracttest.Haidian, Method: http.MethodGet, URL: "/me", ExpectedStatus: 200, ExpectedContent: []string{contracttest.Haidian.USCC, `"role":"registrant"`}},
	})
}

func TestALogoutEndsTheSession(t *testing.T) {
	p := gatewaytest.New(t)
	request := p.Request(contracttest.Haidian, http.MethodDelete, "/sessions/current", nil)
	require.Equal(t, http.StatusNoContent, p.Send(request).Code)
	again := p.Send(p.Request(contracttest.Haidian, http.MethodGet, "/me", nil))
	require.Equal(t, http.StatusUnauthorized, again.Code)
}

func TestBadInputIsRefusedWithCodeFieldAndArticleAndWritesNothing(t *testing.T) {
	p := gatewaytest.New(t)
	valid := entryDocument()
	p.Run(t, gatewaytest.NewValidator(t, p), map[string]gatewaytest.Scenario{
		"an unknown field": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/entries", Malformed: true,
			Body: strings.Replace(valid, `{`, `{"owner":"me",`, 1), ExpectedStatus: 400, ExpectedContent: []string{"UNKNOWN_FIELD", `"field":"owner"`}},
		"an over-long name": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/entries",
			Body: strings.Replace(valid, `"name":"`, `"name":"`+strings.Repeat("长", ledger.MaxEntryName+1), 1), ExpectedStatus: 422, ExpectedContent: []string{"FIELD_TOO_LONG", `"field":"name"`}},
		"invalid UTF-8": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/entries", Malformed: true,
			Body: strings.Replace(valid, `"name":"`, "\"name\":\"\xff\xfe", 1), ExpectedStatus: 400, ExpectedContent: []string{"INVALID_ENCODING"}},
		"something behind the document": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/entries", Malformed: true,
			Body: valid + valid, ExpectedStatus: 400, ExpectedContent: []string{"MALFORMED_REQUEST"}},
		"a hundred megabytes of JSON": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/entries", Malformed: true,
			Body: `{"name":"` + strings.Repeat("a", 100<<20) + `"}`, ExpectedStatus: 413, ExpectedContent: []string{"REQUEST_TOO_LARGE"}},
		"a body that says it is something else": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/entries", Malformed: true,
			Header: map[string]string{"Content-Type": "text/plain"}, Body: valid, ExpectedStatus: 415, ExpectedContent: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		"a registrant's code that fails its check digit": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/applications",
			Body: `{"type":"first","kind":"resource","filing":"joint","joint":[{"uscc":"11110000DJ00010158","name":"n","confirmed":false}],"entries":[{"provider":"11110000DJ00010157","identifier":"T-001"}],` +
				`"dataName":"n","industry":"I65","dataType":"t","summary":"s","materials":[]}`,
			ExpectedStatus: 422, ExpectedContent: []string{"INVALID_USCC", `joint[0].uscc`, `"article":"14"`}},
		"an application without its evidence": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/applications",
			Body: `{"type":"first","kind":"resource","filing":"own","entries":[{"provider":"11110000DJ00010157","identifier":"T-404"}],` +
				`"dataName":"n","industry":"I65","dataType":"t","summary":"s","materials":[]}`,
			ExpectedStatus: 422, ExpectedContent: []string{`"article"`}},
		"a workbook that is none": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/imports",
			Header:         map[string]string{"Content-Type": "multipart/form-data; boundary=b"},
			Body:           "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xlsx\"\r\n\r\nnot a workbook\r\n--b--\r\n",
			ExpectedStatus: 422, ExpectedContent: []string{"NOT_A_WORKBOOK", `"article":"8"`}},
		"an import without a file": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/catalog/imports", Malformed: true,
			Header: map[string]string{"Content-Type": "multipart/form-data; boundary=b"}, Body: "--b--\r\n", ExpectedStatus: 422, ExpectedContent: []string{"MISSING_FIELD", `"field":"file"`}},
		"evidence without its kind": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/evidence", Malformed: true,
			Header: map[string]string{"Content-Type": "application/octet-stream"}, Body: "file", ExpectedStatus: 422, ExpectedContent: []string{"MISSING_FIELD", `"field":"kind"`}},
		"evidence of an unknown kind": {
			As: contracttest.Transport, Method: http.MethodPost, URL: "/evidence?kind=gossip", Malformed: true,
			Header: map[string]string{"Content-Type": "application/octet-stream"}, Body: "file", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_VALUE", `"field":"kind"`}},
		"an address that does not exist": {
			Method: http.MethodGet, URL: "/nowhere", Undescribed: true, ExpectedStatus: 404, ExpectedContent: []string{"NOT_FOUND", `"requestId"`}},
		"a method that an address does not take": {
			Method: http.MethodPut, URL: "/network", Undescribed: true, ExpectedStatus: 405, ExpectedContent: []string{"METHOD_NOT_ALLOWED"}},
		"a page larger than the limit": {
			Method: http.MethodGet, URL: "/catalog/entries?pageSize=5000", ExpectedStatus: 422, ExpectedContent: []string{"INVALID_VALUE", `"field":"pageSize"`}},
	})
}
