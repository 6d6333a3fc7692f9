package api_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/fixtures"
	"dengji/gateway/gatewaytest"
	"dengji/verify"
	"dengji/verify/artefact"
)

func TestAFirstRegistrationFromEntryToVerifiedSlip(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	require.Equal(t, ledger.RegistrationActive, registration.Status)
	require.NotEmpty(t, registration.SlipDigest, "the slip is anchored before the answer is given")

	status, document := p.Get(contracttest.Haidian, "/registrations/"+registration.Code+"/slip.json")
	require.Equal(t, http.StatusOK, status)
	signed, err := artefact.ParseSlip(document)
	require.NoError(t, err)
	digest, err := signed.Slip.Digest()
	require.NoError(t, err)
	require.Equal(t, registration.SlipDigest, digest)

	t.Run("the code and its query code verify", func(t *testing.T) {
		report := gatewaytest.Do[verify.Report](p, gatewaytest.Guest, http.MethodPost, "/verifications",
			map[string]string{"code": registration.Code, "queryCode": signed.Slip.QueryCode}, http.StatusOK)
		require.Equal(t, verify.Authentic, report.Verdict) // a ledger in memory has no peers that attest
		require.Equal(t, ledger.RegistrationActive, report.Attestation.Status)
	})
	t.Run("the slip as a PDF verifies, and a changed one does not", func(t *testing.T) {
		status, sheet := p.Get(contracttest.Issuer, "/registrations/"+registration.Code+"/slip.pdf")
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, verify.Authentic, verifySlip(t, p, sheet).Verdict)
		tampered := bytes.Replace(document, []byte("公交线路站点信息"), []byte("公交线路站点信思"), 1)
		require.NotEqual(t, document, tampered)
		report := verifySlip(t, p, tampered)
		require.Equal(t, verify.Invalid, report.Verdict)
		signature, _ := report.Check(verify.CheckSignature)
		require.Equal(t, verify.Failed, signature.Outcome)
	})
	t.Run("the query code is neither on the ledger nor in the log", func(t *testing.T) {
		p.Stage.Scan(func(_ ledger.Key, value []byte) bool {
			require.NotContains(t, string(value), signed.Slip.QueryCode)
			return true
		})
		require.NotContains(t, p.Logged(), signed.Slip.QueryCode)
		require.NotContains(t, p.Logged(), p.Token(contracttest.Haidian))
		require.NotContains(t, p.Logged(), gatewaytest.Password)
	})
	t.Run("every step stands in the history with its article", func(t *testing.T) {
		steps := gatewaytest.Do[ledger.Page[ledger.Step]](p, contracttest.Haidian, http.MethodGet,
			"/applications/"+registration.Application+"/steps", nil, http.StatusOK)
		require.GreaterOrEqual(t, len(steps.Items), 6)
		for _, step := range steps.Items {
			require.NotEmpty(t, step.Article, step.Action)
		}
	})
	t.Run("a second issuance is refused and changes nothing", func(t *testing.T) {
		height := p.Stage.Height()
		recorder := p.Send(p.Request(contracttest.Issuer, http.MethodPost, "/applications/"+registration.Application+"/actions/issue", nil))
		require.Equal(t, http.StatusConflict, recorder.Code)
		require.Equal(t, height, p.Stage.Height())
	})
}

func verifySlip(t *testing.T, p *gatewaytest.Platform, document []byte) verify.Report {
	t.Helper()
	request := p.Request(gatewaytest.Guest, http.MethodPost, "/verifications/slip", bytes.NewReader(document))
	request.Header.Set("Content-Type", "application/octet-stream")
	recorder := p.Send(request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	var report verify.Report
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &report))
	return report
}

func TestWhoMayReadWhat(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	sealed := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "the content of a file of Haidian")
	p.Published(application.ID)
	evidence := "/evidence/" + sealed.CID
	owner := "?owner=" + contracttest.Haidian.USCC
	everybody := append([]ledger.Actor{gatewaytest.Guest}, contracttest.Cast...)
	caseWorkers := []ledger.Actor{contracttest.Authority, contracttest.DistrictHaidian, contracttest.Acceptor, contracttest.Reviewer, contracttest.Issuer}
	readers := append([]ledger.Actor{contracttest.Haidian, contracttest.Supervisor}, caseWorkers...)
	resources := map[string]struct {
		path   string
		allow  []ledger.Actor
		secret string
	}{
		"an application":         {"/applications/" + application.ID, readers, contracttest.Haidian.USCC},
		"its history":            {"/applications/" + application.ID + "/steps", readers, "endorse_business_review"},
		"what can be done":       {"/applications/" + application.ID + "/actions", readers, "["},
		"an anchor":              {evidence + owner, readers, sealed.SM3},
		"the content of a file":  {evidence + "/content" + owner, readers, "the content of a file"},
		"a public notice":        {"/notices/" + application.ID, everybody, "公交线路站点信息"},
		"an entry of the public": {"/catalog/entries/" + contracttest.Haidian.USCC + "/T-110108", everybody, "公交线路站点信息"},
	}
	for name, resource := range resources {
		for _, as := range everybody {
			t.Run(name+" for "+string(as.Role)+" "+as.ID, func(t *testing.T) {
				status, body := p.Get(as, resource.path)
				if contains(resource.allow, as) {
					require.Equal(t, http.StatusOK, status, string(body))
					require.Contains(t, string(body), resource.secret)
					return
				}
				require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, status, string(body))
				require.Contains(t, string(body), `"requestId"`)
				require.NotContains(t, strings.ReplaceAll(string(body), `"requestId"`, ""), resource.secret)
			})
		}
	}
}

func contains(actors []ledger.Actor, wanted ledger.Actor) bool {
	for _, actor := range actors {
		if actor == wanted {
			return true
		}
	}
	return false
}

func TestNobodyActsOnWhatIsAnothers(t *testing.T) {
	p := gatewaytest.New(t)
	application := p.Application(contracttest.Haidian)
	foreign := p.First(contracttest.Chaoyang)
	foreign.Materials = p.First(contracttest.Haidian).Materials
	stolen, err := json.Marshal(foreign)
	require.NoError(t, err)
	entry := "/catalog/entries/" + contracttest.Haidian.USCC + "/T-110108"
	act := "/applications/" + application.ID + "/actions/"
	p.Run(t, gatewaytest.NewValidator(t, p), map[string]gatewaytest.Scenario{
		"another registrant does not withdraw an entry": {As: contracttest.Chaoyang, Method: http.MethodDelete, URL: entry,
			Body: `{"reason":"r"}`, ExpectedStatus: 403, ExpectedContent: []string{"NOT_OWNER"}},
		"another district does not review": {As: contracttest.DistrictChaoyang, Method: http.MethodPost, URL: act + "endorse_business_review",
			ExpectedStatus: 403, ExpectedContent: []string{"OTHER_DIVISION", `"article":"5"`}},
		"an acceptor does not do a district's review": {As: contracttest.Acceptor, Method: http.MethodPost, URL: act + "endorse_business_review", ExpectedStatus: 403},
		"nobody issues before the notice":             {As: contracttest.Issuer, Method: http.MethodPost, URL: act + "issue", ExpectedStatus: 409, ExpectedContent: []string{"ACTION_NOT_AVAILABLE"}},
		"evidence of another registrant is no material": {As: contracttest.Chaoyang, Method: http.MethodPost, URL: "/applications", Body: string(stolen),
			ExpectedStatus: 403, ExpectedContent: []string{"EVIDENCE_FOREIGN", `"article":"9"`}},
		"a supervisor anchors nothing": {As: contracttest.Supervisor, Method: http.MethodPost, URL: "/evidence?kind=other",
			Header: map[string]string{"Content-Type": "application/octet-stream"}, Body: "x", ExpectedStatus: 403, ExpectedContent: []string{"ROLE_NOT_ALLOWED"}},
		"a registrant does not move the clock": {As: contracttest.Haidian, Method: http.MethodPost, URL: "/sandbox/clock", Body: `{"seconds":60}`, ExpectedStatus: 403, ExpectedContent: []string{"ROLE_NOT_ALLOWED"}},
	})
}

func TestAWorkbookOfADepartmentIsImportedRowByRow(t *testing.T) {
	p := gatewaytest.New(t)
	dry := importFile(t, p, contracttest.Transport, "registrant-transport.xlsx", "?dryRun=true")
	require.Zero(t, dry.Counts["created"])
	require.Positive(t, dry.Counts["ready"])
	height := p.Stage.Height()
	first := importFile(t, p, contracttest.Transport, "registrant-transport.xlsx", "")
	require.Equal(t, dry.Counts["ready"], first.Counts["created"])
	require.Greater(t, p.Stage.Height(), height)
	written := p.Stage.Height()
	again := importFile(t, p, contracttest.Transport, "registrant-transport.xlsx", "")
	require.Equal(t, first.Counts["created"], again.Counts["unchanged"], "the same file again costs nothing")
	for _, outcome := range p.Stage.Committed(written) {
		require.Empty(t, outcome.Writes)
	}
	foreign := importFile(t, p, contracttest.Chaoyang, "registrant-transport.xlsx", "")
	require.Zero(t, foreign.Counts["created"])
	require.Equal(t, first.Counts["created"], foreign.Counts["foreign"])
}

type importReport struct {
	Counts map[string]int `json:"counts"`
}

func importFile(t *testing.T, p *gatewaytest.Platform, as ledger.Actor, name, query string) importReport {
	t.Helper()
	content, err := fixtures.Files.ReadFile("catalog/" + name)
	require.NoError(t, err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, form.Close())
	request := p.Request(as, http.MethodPost, "/catalog/imports"+query, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	recorder := p.Send(request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	gatewaytest.NewValidator(t, p).Holds(t, request, recorder)
	var report importReport
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &report))
	return report
}

func TestEvidenceIsServedWholeInRangesAndNeverAsActiveContent(t *testing.T) {
	p := gatewaytest.New(t)
	content := "<script>alert(1)</script>" + strings.Repeat("0123456789", 1000)
	anchored := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, content)
	again := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, content)
	require.Equal(t, anchored, again, "the same file is the same anchor")

	fetch := func(header http.Header) *httptest.ResponseRecorder {
		request := p.Request(contracttest.Haidian, http.MethodGet, "/evidence/"+url.PathEscape(anchored.CID)+"/content", nil)
		for name, values := range header {
			request.Header[name] = values
		}
		return p.Send(request)
	}
	whole := fetch(nil)
	require.Equal(t, content, whole.Body.String())
	require.Equal(t, "application/octet-stream", whole.Header().Get("Content-Type"))
	require.Contains(t, whole.Header().Get("Content-Disposition"), "attachment")
	require.Equal(t, "nosniff", whole.Header().Get("X-Content-Type-Options"))
	part := fetch(http.Header{"Range": {"bytes=5-9"}})
	require.Equal(t, http.StatusPartialContent, part.Code)
	require.Equal(t, content[5:10], part.Body.String())
	require.Equal(t, http.StatusNotModified, fetch(http.Header{"If-None-Match": {`"` + anchored.CID + `"`}}).Code)
}

func TestAFileOverTheLimitIsRefusedAndNotAnchored(t *testing.T) {
	p := gatewaytest.New(t)
	height := p.Stage.Height()
	request := p.Request(contracttest.Haidian, http.MethodPost, "/evidence?kind=other", bytes.NewReader(make([]byte, gatewaytest.Limits.Evidence+1)))
	request.Header.Set("Content-Type", "application/octet-stream")
	recorder := p.Send(request)
	require.Equal(t, http.StatusRequestEntityTooLarge, recorder.Code)
	require.Contains(t, recorder.Body.String(), "FILE_TOO_LARGE")
	require.Equal(t, height, p.Stage.Height())
}

func TestEveryAnswerAndLogLineNamesTheRequest(t *testing.T) {
	p := gatewaytest.New(t)
	request := p.Request(gatewaytest.Guest, http.MethodGet, "/registrations/none", nil)
	request.Header.Set("X-Request-Id", "caller-chosen-0001")
	recorder := p.Send(request)
	require.Equal(t, "caller-chosen-0001", recorder.Header().Get("X-Request-Id"))
	require.Contains(t, recorder.Body.String(), `"requestId":"caller-chosen-0001"`)
	require.Contains(t, p.Logged(), `"requestId":"caller-chosen-0001"`)
	hostile := p.Request(gatewaytest.Guest, http.MethodGet, "/network", nil)
	hostile.Header.Set("X-Request-Id", "a\nb forged line")
	require.NotContains(t, p.Send(hostile).Header().Get("X-Request-Id"), "forged")
}

func TestTheLanguageOfTheSentenceFollowsTheCaller(t *testing.T) {
	p := gatewaytest.New(t)
	for accept, expected := range map[string]string{"": `"text":"请先登录`, "en-GB,en;q=0.9": `"text":"Log in first`, "zh-CN": `"text":"请先登录`, "fr": `"text":"请先登录`} {
		request := p.Request(gatewaytest.Guest, http.MethodGet, "/me", nil)
		request.Header.Set("Accept-Language", accept)
		require.Contains(t, p.Send(request).Body.String(), expected, "Accept-Language %q", accept)
	}
}

func TestAnAddressThatACallerClaimsIsNotBelieved(t *testing.T) {
	p := gatewaytest.New(t)
	request := p.Request(gatewaytest.Guest, http.MethodGet, "/network", nil)
	request.Header.Set("X-Forwarded-For", "203.0.113.9")
	request.Header.Set("X-Real-Ip", "203.0.113.9")
	require.Equal(t, http.StatusOK, p.Send(request).Code)
	require.NotContains(t, p.Logged(), "203.0.113.9")
}

func TestQueryCodesCannotBeGuessedByTrying(t *testing.T) {
	p := gatewaytest.New(t)
	registration := p.Issued()
	slip := gatewaytest.Do[artefact.SignedSlip](p, contracttest.Haidian, http.MethodGet, "/registrations/"+registration.Code+"/slip.json", nil, http.StatusOK)
	try := func(address, number, query string) (int, string) {
		body, err := json.Marshal(map[string]string{"code": number, "queryCode": query})
		require.NoError(t, err)
		request := p.Request(gatewaytest.Guest, http.MethodPost, "/verifications", bytes.NewReader(body))
		request.RemoteAddr = address
		recorder := p.Send(request)
		return recorder.Code, recorder.Body.String()
	}
	const guesser, other = "192.0.2.7:1", "192.0.2.8:1"
	for range 30 {
		status, body := try(guesser, registration.Code, slip.Slip.QueryCode)
		require.Equal(t, http.StatusOK, status, "who knows the query code may ask as often as they like: %s", body)
	}
	for range 10 {
		status, body := try(guesser, registration.Code, "0000-0000-0000-0000")
		require.Equal(t, http.StatusNotFound, status, body)
	}
	for _, query := range []string{"0000-0000-0000-0000", slip.Slip.QueryCode} {
		status, body := try(guesser, strings.ToLower(registration.Code), query)
		require.Equal(t, http.StatusTooManyRequests, status, "also the right one now tells nothing")
		require.Contains(t, body, "TOO_MANY_ATTEMPTS")
	}
	status, body := try(guesser, code.FormatRegistration(registration.Code), slip.Slip.QueryCode)
	require.Equal(t, http.StatusTooManyRequests, status, "with hyphens it is the same code: %s", body)
	status, body = try(other, registration.Code, slip.Slip.QueryCode)
	require.Equal(t, http.StatusOK, status, "nobody keeps others from verifying: %s", body)

	refused := 0
	for i := range 100 {
		if status, _ := try(guesser, "110108R2026"+strconv.Itoa(i), "0000-0000-0000-0000"); status == http.StatusTooManyRequests {
			refused++
		}
	}
	require.GreaterOrEqual(t, refused, 49, "an address does not try one code after the other")
}
