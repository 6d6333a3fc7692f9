package api_test

import (
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/cataloguechain/wire"
	"dengji/gateway/cataloguesource"
	"dengji/gateway/draft"
	"dengji/gateway/gatewaytest"
)

//go:embed testdata/access.txt
var accessTable string

// attempt is one operation as everybody tries it.
type attempt struct {
	operation, method, url, body string
	header                       map[string]string
}

// secret is a text that only some may ever read, whatever they ask for.
type secret struct {
	text    string
	readers []ledger.Actor
}

// accessWorld holds one of everything, and knows who may read what of it.
type accessWorld struct {
	*gatewaytest.Platform
	attempts []attempt
	secrets  []secret
}

func newAccessWorld(t *testing.T) *accessWorld {
	t.Helper()
	w := &accessWorld{Platform: gatewaytest.New(t)}
	source := w.catalogueSource()
	registration := w.Issued()
	noticed := w.secondApplication("已公示的第二件", "T-2")
	w.Published(noticed.ID)
	hidden := w.secondApplication("未公示的申请标记", "T-3")
	proof := w.Evidence(contracttest.Party, ledger.EvidenceOther, "objector's proof, marked")
	objection := gatewaytest.Do[ledger.Objection](w.Platform, contracttest.Party, http.MethodPost, "/objections", map[string]any{
		"application": noticed.ID, "name": "异议人标记", "identityNumber": "110101199003070011", "statement": "该数据的权属有争议标记。", "evidence": []string{proof.CID}}, http.StatusCreated)
	record := gatewaytest.Do[ledger.SupervisionRecord](w.Platform, contracttest.Supervisor, http.MethodPost, "/supervision", map[string]any{
		"concern": registration.Registrant, "registration": registration.Code, "ground": "concealment_or_fraud", "reason": "监管记录标记"}, http.StatusCreated)
	uploaded := begin(t, w.Platform, contracttest.Haidian, 5)
	evidence := hidden.Materials[0].CID
	drafted := gatewaytest.Do[draft.Draft](w.Platform, contracttest.Haidian, http.MethodPost, "/drafts",
		map[string]any{"request": ledger.SubmitRequest{Type: ledger.TypeFirst, Summary: "草稿标记"}}, http.StatusCreated)

	officers := []ledger.Actor{contracttest.Authority, contracttest.DistrictHaidian, contracttest.Acceptor, contracttest.Reviewer, contracttest.Issuer, contracttest.Supervisor}
	w.secrets = []secret{
		{"未公示的申请标记", append(slices.Clone(officers), contracttest.Haidian)},
		{"objector's proof, marked", append(slices.Clone(officers), contracttest.Haidian, contracttest.Party)},
		{"异议人标记", []ledger.Actor{contracttest.Authority, contracttest.Reviewer, contracttest.Party}},
		{"110101199003070011", []ledger.Actor{contracttest.Authority, contracttest.Reviewer, contracttest.Party}},
		// Findings are shared among all offices (Art. 25).
		{"监管记录标记", append(slices.Clone(officers), contracttest.DistrictChaoyang, contracttest.Haidian)},
		{"草稿标记", []ledger.Actor{contracttest.Haidian}},
		{"来源标记", []ledger.Actor{contracttest.Haidian}},
		{"目录链标记", []ledger.Actor{contracttest.Authority, contracttest.Supervisor, contracttest.Operator, contracttest.Haidian}},
		{registration.QueryCodeDigest, append(slices.Clone(officers), contracttest.Haidian)},
	}
	w.attempts = w.everything(registration, noticed.ID, hidden.ID, objection.ID, record.ID, uploaded.id, evidence)
	w.attempts = append(w.attempts, draftAttempts(drafted.ID)...)
	w.attempts = append(w.attempts, sourceAttempts(source.ID)...)
	return w
}

// secondApplication hands in another registration of Haidian, about an entry of
// its own.
func (w *accessWorld) secondApplication(name, identifier string) ledger.Application {
	request := w.First(contracttest.Haidian)
	entry := gatewaytest.Entry(identifier)
	entry.ProviderName, entry.Division = contracttest.Haidian.Name, contracttest.Haidian.Division
	gatewaytest.Do[ledger.EntryOutcome](w.Platform, contracttest.Haidian, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	request.Entries[0].Identifier, request.DataName, request.Summary = identifier, name, "摘要："+name
	return gatewaytest.Do[ledger.Application](w.Platform, contracttest.Haidian, http.MethodPost, "/applications", request, http.StatusCreated)
}

func get(operation, url string) attempt {
	return attempt{operation: operation, method: http.MethodGet, url: url}
}

func post(operation, url string, body any) attempt {
	content, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return attempt{operation: operation, method: http.MethodPost, url: url, body: string(content)}
}

// everything lists an attempt at every operation. Those that write stand last, in
// an order in which none spoils another.
func (w *accessWorld) everything(registration ledger.Registration, noticed, hidden, objection, record, uploaded, evidence string) []attempt {
	file, owner := "/evidence/"+evidence, "?owner="+contracttest.Haidian.USCC
	application, code := "/applications/"+hidden, "/registrations/"+registration.Code
	entry := "/catalog/entries/" + contracttest.Haidian.USCC + "/T-3"
	tus := map[string]string{"Tus-Resumable": "1.0.0"}
	why := map[string]any{"reason": "理由"}
	return []attempt{
		get("listApplications", "/applications?registrant="+contracttest.Haidian.USCC),
		get("getApplication", application), get("applicationSteps", application+"/steps"), get("applicationActions", application+"/actions"),
		get("listObjections", "/applications/"+noticed+"/objections"),
		get("getObjection", "/objections/"+objection), get("stepsOfObjection", "/objections/"+objection+"/steps"),
		get("actionsOfObjection", "/objections/"+objection+"/actions"), get("getObjector", "/objections/"+objection+"/objector"),
		get("listEvidence", "/evidence?owner="+contracttest.Haidian.USCC), get("getEvidence", file+owner), get("evidenceContent", file+"/content"+owner), get("evidenceArchive", file+"/archive"+owner),
		get("listRegistrations", "/registrations?registrant="+contracttest.Haidian.USCC), get("getRegistration", code), get("stepsOfRegistration", code+"/steps"),
		get("actionsOfRegistration", code+"/actions"), get("listVersions", code+"/versions"), get("dueRegistrations", "/due-registrations"),
		get("getSlip", code+"/slip"), get("getSlipJSON", code+"/slip.json"), get("getSlipPDF", code+"/slip.pdf"), get("getAttestation", code+"/attestation"),
		get("listMandates", "/mandates?holder="+contracttest.Haidian.USCC), get("me", "/me"), get("registrarStanding", "/registrar/standing"),
		get("listMeasurements", "/measurements?period=2026-03"), get("listSupervisionRecords", "/supervision?concern="+contracttest.Haidian.USCC),
		get("getSupervisionRecord", "/supervision/"+record), get("stepsOfSupervisionRecord", "/supervision/"+record+"/steps"), get("actionsOfSupervisionRecord", "/supervision/"+record+"/actions"),
		get("listWork", "/work"), get("summariseWork", "/work/summary"), get("listObjectionWork", "/work/objections"), get("listOutdated", "/work/outdated"), get("listOwnEntries", "/work/entries"), get("listSupervisionWork", "/work/supervision"),
		get("listEntries", "/catalog/entries?provider="+contracttest.Haidian.USCC), get("getEntry", entry), get("entryHistory", entry+"/history"),
		get("findResources", "/discovery/resources"), get("findRegistrations", "/discovery/registrations"), get("suggest", "/discovery/suggestions?q=标记"), get("figures", "/figures"), get("statistics", "/statistics?from=2026-01-01&to=2026-12-31"),
		get("listDeliveries", "/national/deliveries"), get("listAuditEntries", "/audit/entries"), get("auditHead", "/audit/head"), get("getChecks", "/checks"), get("listAccounts", "/accounts"), get("listNotifications", "/notifications"), get("getFederation", "/federation"),
		get("listNotices", "/notices"), get("getNotice", "/notices/"+noticed), get("getNetwork", "/network"), get("getTrust", "/trust.json"), get("listErrors", "/errors"),
		get("deadline", "/calendar/deadline?start=2026-03-02&working_days=3"), get("getCalendar", "/calendar/years/2026"), get("currentRulePack", "/rule-packs/current"),
		get("listRulePacks", "/rule-packs"), get("listCalendars", "/calendar/years"), get("getRulePack", "/rule-packs/beijing-draft-2025/versions/1"),
		get("getCatalogueChain", "/catalog/chain"), get("listChainChanges", "/catalog/chain/changes"),
		{operation: "uploadOffset", method: http.MethodHead, url: "/uploads/" + uploaded, header: tus},

		post("disableAccount", "/accounts/nobody/disable", map[string]any{}), {operation: "appointAdministrator", method: http.MethodPut, url: "/accounts/nobody/administrator", body: "{}"}, {operation: "dismissAdministrator", method: http.MethodDelete, url: "/accounts/nobody/administrator"},
		post("enableAccount", "/accounts/nobody/enable", map[string]any{}),
		post("revokeAccount", "/accounts/nobody/revocation", map[string]any{}), get("listInvitations", "/invitations"),
		post("invite", "/invitations", map[string]any{"grant": map[string]any{"label": map[string]any{"zh": "甲", "en": "A"}, "role": "party", "administrator": false}}),
		post("withdrawInvitation", "/invitations/none/withdrawal", map[string]any{}), post("openInvitation", "/invitations/offers", map[string]any{"token": "none"}),
		post("acceptInvitation", "/invitations/acceptances", map[string]any{"token": "none", "account": "somebody", "password": "a pass phrase of tests"}),
		{operation: "changePassword", method: http.MethodPut, url: "/me/password", body: `{"present":"present","password":"short"}`},
		post("startFederation", "/federation/starts", map[string]any{}), post("loginFederated", "/sessions/federated", map[string]any{"ticket": "t", "state": "s", "code": "c"}),
		{operation: "linkFederation", method: http.MethodPut, url: "/me/federation", body: `{"ticket":"t","state":"s","code":"c"}`},
		{operation: "unlinkFederation", method: http.MethodDelete, url: "/me/federation"},
		post("readNotifications", "/notifications/read", map[string]any{"upTo": 0}),
		{operation: "setEmail", method: http.MethodPut, url: "/me/email", body: `{"email":"no address"}`},
		post("replayDelivery", "/national/deliveries/1/replay", map[string]any{}), post("reconcile", "/national/reconciliations", map[string]any{"resend": false}),
		post("verifyCode", "/verifications", map[string]any{"code": registration.Code, "queryCode": "AAAA-AAAA-AAAA-AAAA"}),
		post("verifySlip", "/verifications/slip", map[string]any{}),
		post("putEntry", "/catalog/entries", gatewaytest.Entry("T-9")), post("putBatch", "/catalog/batches", map[string]any{"entries": []any{gatewaytest.Entry("T-9")}}), post("importEntries", "/catalog/imports", map[string]any{}),
		get("catalogTemplate", "/catalog/template"), post("correctEntries", "/catalog/corrections", map[string]any{}),
		post("submitApplication", "/applications", map[string]any{"type": "first", "kind": "resource", "filing": "own",
			"entries": []any{map[string]any{"provider": contracttest.Haidian.USCC, "identifier": "T-3"}}, "dataName": "n", "industry": "G54", "dataType": "t", "summary": "s", "materials": []any{}}),
		post("beginGuestObjection", "/guest-objections/permits", map[string]any{"application": noticed}),
		{operation: "addObjectionFile", method: http.MethodPost, url: "/guest-objections/files?name=a.pdf", body: `{}`, header: map[string]string{"X-Objection-Permit": "made up"}},
		{operation: "getObjectionPermit", method: http.MethodGet, url: "/guest-objections/permit", header: map[string]string{"X-Objection-Permit": "made up"}},
		post("raiseGuestObjection", "/guest-objections", map[string]any{"permit": "made up", "name": "n", "identityNumber": "1", "contact": "c", "statement": "s"}),
		post("supplementGuestObjection", "/guest-objections/supplements", map[string]any{"permit": "made up"}),
		post("trackGuestObjection", "/guest-objections/tracking", map[string]any{"trackingCode": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"}),
		post("raiseObjection", "/objections", map[string]any{"application": hidden, "name": "n", "identityNumber": "1", "statement": "s", "evidence": []string{}}),
		post("actOnApplication", application+"/actions/endorse_business_review", map[string]any{}),
		post("actOnObjection", "/objections/"+objection+"/actions/dismiss", why),
		post("actOnRegistration", code+"/actions/revoke", map[string]any{"reasonCode": "concealment_or_fraud", "reason": "理由", "finding": record}),
		post("actOnSupervisionRecord", "/supervision/"+record+"/actions/verify", why),
		post("openSupervisionRecord", "/supervision", map[string]any{"concern": "registrar", "ground": "duty_neglected", "reason": "理由"}),
		post("grantMandate", "/mandates", map[string]any{"filings": []string{"entrusted"}, "validUntil": "2027-01-01"}),
		post("withdrawMandate", "/mandates/withdrawals", map[string]any{"holder": contracttest.Haidian.USCC, "id": "M00000000000000"}),
		post("putCalendar", "/calendar/years", map[string]any{"schema": 1, "year": 2031, "source": "s", "holidays": map[string]any{}, "workdays": map[string]any{}}),
		post("proposeRulePack", "/rule-packs", map[string]any{}), post("approveRulePack", "/rule-packs/approvals", map[string]any{"id": "none", "version": 9}),
		post("advanceClock", "/sandbox/clock", map[string]any{"to": "2020-01-01T00:00:00Z"}),
		{operation: "putEvidence", method: http.MethodPost, url: "/evidence?kind=other&name=a.txt", body: "one", header: map[string]string{"Content-Type": "application/octet-stream"}},
		{operation: "beginUpload", method: http.MethodPost, url: "/uploads", header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "5"}},
		{operation: "continueUpload", method: http.MethodPatch, url: "/uploads/" + uploaded, body: "abc",
			header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}},
		post("completeUpload", "/uploads/"+uploaded+"/completion?kind=other", map[string]any{}),
		{operation: "giveUpUpload", method: http.MethodDelete, url: "/uploads/" + uploaded, header: tus},
		{operation: "withdrawEntry", method: http.MethodDelete, url: entry, body: `{"reason":"理由"}`},
	}
}

// catalogueSource joins the platform with a catalogue chain that has given a change
// of haidian's that is not fit, and gives a source of haidian's.
func (w *accessWorld) catalogueSource() cataloguesource.Source {
	unfit := wire.Change{EntryID: "目录链标记", Provider: contracttest.Haidian.USCC, Action: wire.Put, Content: []byte(`{"信息资源名称":""}`), Digest: "sm3:"}
	err := w.ConnectCatalogueChain().Append(context.Background(), unfit)
	if err == nil {
		err = w.Chain.Pass(context.Background())
	}
	if err != nil {
		panic(err)
	}
	return gatewaytest.Do[cataloguesource.Source](w.Platform, contracttest.Haidian, http.MethodPost, "/catalog/sources", sourceSettings("来源标记"), http.StatusCreated)
}

func sourceSettings(label string) cataloguesource.Settings {
	return cataloguesource.Settings{Label: label, Address: "https://data.example.org/catalog.jsonl", Format: "jsonl", EveryMinutes: 60}
}

// sourceAttempts are those at a source of haidian's and at its part of the catalogue
// chain.
func sourceAttempts(id string) []attempt {
	one := "/catalog/sources/" + id
	changing := post("changeCatalogueSource", one, sourceSettings("来源标记"))
	changing.method = http.MethodPut
	return []attempt{get("listCatalogueSources", "/catalog/sources"), get("getCatalogueSource", one), get("listSourceDifferences", one+"/differences"), get("listRefusedRows", one+"/refused"),
		post("registerCatalogueSource", "/catalog/sources", sourceSettings("another")), changing, post("readCatalogueSource", one+"/readings", map[string]any{}),
		post("applySourceDifferences", one+"/applications", map[string]any{"revision": 0, "withdrawals": false}), {operation: "removeCatalogueSource", method: http.MethodDelete, url: one},
		post("retryChainChange", "/catalog/chain/changes/1/retry", map[string]any{}), post("resumeCatalogueChain", "/catalog/chain/resumption", map[string]any{}),
		{operation: "subscribeToCatalogueChain", method: http.MethodPut, url: "/catalog/chain/subscription", body: "{}", header: map[string]string{"Content-Type": "application/json"}},
		{operation: "unsubscribeFromCatalogueChain", method: http.MethodDelete, url: "/catalog/chain/subscription"}}
}

// draftAttempts are those at a draft of haidian that lacks nearly everything.
func draftAttempts(id string) []attempt {
	one := "/drafts/" + id
	saving := post("saveDraft", one, map[string]any{"revision": 1, "request": ledger.SubmitRequest{Type: ledger.TypeFirst, Summary: "草稿标记"}})
	saving.method = http.MethodPut
	return []attempt{get("listDrafts", "/drafts"), get("getDraft", one), post("createDraft", "/drafts", map[string]any{"request": ledger.SubmitRequest{}}),
		saving, post("checkDraft", one+"/check", map[string]any{}), post("fileDraft", one+"/filing", map[string]any{}),
		{operation: "deleteDraft", method: http.MethodDelete, url: one}}
}

// TestEveryOperationForEveryone holds testdata/access.txt to the interface: what
// each actor of the cast gets for each operation, and that no answer to anybody
// holds what is another's.
func TestEveryOperationForEveryone(t *testing.T) {
	w := newAccessWorld(t)
	actors := append([]ledger.Actor{gatewaytest.Guest}, contracttest.Cast...)
	expected := readAccessTable(t, actors)
	tried := map[string]bool{}
	for _, a := range w.attempts {
		tried[a.operation] = true
		t.Run(a.operation, func(t *testing.T) {
			answers := w.everybodyTries(t, a, actors, expected[a.operation])
			require.Equal(t, strings.Join(expected[a.operation], " "), strings.Join(answers, " "), "%s %s; the line for the table:\n%s %s", a.method, a.url, a.operation, strings.Join(answers, " "))
		})
	}
	for _, operation := range operationsOf(t, w.Platform) {
		require.True(t, tried[operation] || slices.Contains([]string{"login", "logout"}, operation), "%s is not tried", operation)
	}
}

// everybodyTries sends an attempt first as those who are to be refused, which
// writes nothing, then as the others.
func (w *accessWorld) everybodyTries(t *testing.T, a attempt, actors []ledger.Actor, expected []string) []string {
	t.Helper()
	answers := make([]string, len(actors))
	height := w.Stage.Height()
	for _, refused := range []bool{true, false} {
		for i, as := range actors {
			if (i < len(expected) && isRefusal(expected[i])) != refused {
				continue
			}
			status, body := w.try(a, as)
			answers[i] = strconv.Itoa(status)
			w.tellsNothing(t, as, body)
		}
		if refused {
			require.Equal(t, height, w.Stage.Height(), "who is refused writes nothing")
		}
	}
	return answers
}

func isRefusal(status string) bool { return status == "401" || status == "403" || status == "404" }

func (w *accessWorld) try(a attempt, as ledger.Actor) (int, string) {
	request := w.Request(as, a.method, a.url, strings.NewReader(a.body))
	request.RemoteAddr = "[2001:db8::" + hex.EncodeToString([]byte(as.ID)[:min(2, len(as.ID))]) + "]:1" // nobody uses up another's attempts
	for name, value := range a.header {
		request.Header.Set(name, value)
	}
	recorder := w.Send(request)
	return recorder.Code, recorder.Body.String()
}

// tellsNothing asserts that an answer holds no secret but those of the caller.
func (w *accessWorld) tellsNothing(t *testing.T, as ledger.Actor, body string) {
	t.Helper()
	for _, hidden := range w.secrets {
		if !slices.Contains(hidden.readers, as) {
			assert.NotContains(t, body, hidden.text, "%q reads what is another's", as.ID)
		}
	}
}

func readAccessTable(t *testing.T, actors []ledger.Actor) map[string][]string {
	t.Helper()
	rows := map[string][]string{}
	for line := range strings.Lines(accessTable) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		require.Len(t, fields, len(actors)+1, line)
		rows[fields[0]] = fields[1:]
	}
	return rows
}

func operationsOf(t *testing.T, p *gatewaytest.Platform) []string {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(p.Server.Document(), &document))
	var names []string
	for path, operations := range document.Paths {
		for method, operation := range operations {
			require.NotEmpty(t, operation.OperationID, fmt.Sprint(method, path))
			names = append(names, operation.OperationID)
		}
	}
	return names
}
