package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/intake"
	"dengji/gateway/objector"
)

const guests = "/guest-objections"

type guestPermit struct {
	Permit string
	Files  []struct {
		Name string
		Size int64
	}
}

type guestCase struct {
	ID, Application, DataName, NoticeEnd string
	State                                ledger.State
	Files                                int
	Clocks                               []ledger.Deadline
	Steps                                []ledger.Step
	Actions                              []ledger.AvailableAction
}

type guestReceipt struct {
	TrackingCode string
	Objection    guestCase
}

func permitFor(p *gatewaytest.Platform, application string) guestPermit {
	return gatewaytest.Do[guestPermit](p, gatewaytest.Guest, http.MethodPost, guests+"/permits", map[string]any{"application": application}, http.StatusCreated)
}

// underNotice gives an application of Haidian whose public notice runs.
func underNotice(p *gatewaytest.Platform) ledger.Application {
	id := p.Application(contracttest.Haidian).ID
	p.Published(id)
	return gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodGet, "/applications/"+id, nil, http.StatusOK)
}

func refusalOf(t *testing.T, recorder *httptest.ResponseRecorder) fault.Code {
	t.Helper()
	var refused struct{ Code fault.Code }
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &refused))
	return refused.Code
}

// uploadUnder sends a file under a permit.
func uploadUnder(p *gatewaytest.Platform, permit, name, content string) *httptest.ResponseRecorder {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err != nil || form.Close() != nil {
		panic(err)
	}
	request := p.Request(gatewaytest.Guest, http.MethodPost, guests+"/files", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("X-Objection-Permit", permit)
	return p.Send(request)
}

func guestWords(permit, name string) map[string]any {
	return map[string]any{"permit": permit, "name": name, "identityNumber": "110101199003070012", "contact": "13800000001", "statement": "该数据由本人提供，权属有争议。"}
}

// guestObjects takes the whole way of somebody without an account.
func guestObjects(t *testing.T, p *gatewaytest.Platform, application, name string) guestReceipt {
	t.Helper()
	permit := permitFor(p, application).Permit
	require.Equal(t, http.StatusCreated, uploadUnder(p, permit, "权属证明.pdf", "proof of "+name).Code)
	return gatewaytest.Do[guestReceipt](p, gatewaytest.Guest, http.MethodPost, guests, guestWords(permit, name), http.StatusCreated)
}

func track(p *gatewaytest.Platform, code string) guestCase {
	return gatewaytest.Do[guestCase](p, gatewaytest.Guest, http.MethodPost, guests+"/tracking", map[string]any{"trackingCode": code}, http.StatusOK)
}

// refusedGuest posts what has to be refused with a code and without a trace on the
// ledger.
func refusedGuest(t *testing.T, p *gatewaytest.Platform, path string, body any, code fault.Code) {
	t.Helper()
	height, row := p.Stage.Height(), fault.New(code).Row()
	refused := gatewaytest.Do[struct{ Code fault.Code }](p, gatewaytest.Guest, http.MethodPost, guests+path, body, row.Status)
	require.Equal(t, code, refused.Code)
	require.Equal(t, height, p.Stage.Height(), "something was written")
}

func TestSomebodyWithoutAnAccountObjectsAndFollowsTheCaseToItsEnd(t *testing.T) {
	p := gatewaytest.New(t)
	application := underNotice(p)
	receipt := guestObjects(t, p, application.ID, "张三标记")
	require.Regexp(t, `^([A-Z2-7]{5}-){4}[A-Z2-7]{5}$`, receipt.TrackingCode)
	require.Equal(t, application.Publicised.DataName, receipt.Objection.DataName)

	raised := contracttest.Stored[ledger.Objection](p.Stage, ledger.ObjectionKey(receipt.Objection.ID))
	require.Equal(t, contracttest.Intake, raised.Objector)
	require.NotEmpty(t, raised.Guest)
	for _, personal := range []string{"张三标记", "110101199003070012", "13800000001", "权属有争议", "权属证明.pdf"} {
		p.Stage.Scan(func(key ledger.Key, value []byte) bool {
			require.NotContains(t, key.String()+string(value), personal, "the ledger learns nothing personal")
			return true
		})
		require.NotContains(t, p.Logged(), personal)
	}
	person := gatewaytest.Do[objector.Objector](p, contracttest.Reviewer, http.MethodGet, "/objections/"+raised.ID+"/objector", nil, http.StatusOK)
	require.Equal(t, "张三标记", person.Name)
	require.Equal(t, "13800000001", person.Contact)
	require.Equal(t, raised.IdentityDigest, person.IdentityDigest())

	shown := track(p, strings.ToLower(strings.ReplaceAll(receipt.TrackingCode, "-", " ")))
	require.Equal(t, ledger.State("answering"), shown.State)
	require.Equal(t, "supplement", shown.Actions[0].Action)
	require.Len(t, shown.Clocks, 1)

	answer := p.Evidence(contracttest.Haidian, ledger.EvidenceOther, "answer")
	act := func(as ledger.Actor, action string, body map[string]any) {
		gatewaytest.Do[ledger.Objection](p, as, http.MethodPost, "/objections/"+raised.ID+"/actions/"+action, body, http.StatusOK)
	}
	act(contracttest.Haidian, "answer", map[string]any{"evidence": []string{answer.CID}})
	act(contracttest.Reviewer, "request_supplement", map[string]any{"reason": "请补充采集记录"})
	require.Equal(t, "请补充采集记录", track(p, receipt.TrackingCode).Steps[2].Reason)

	permit := gatewaytest.Do[guestPermit](p, gatewaytest.Guest, http.MethodPost, guests+"/permits", map[string]any{"trackingCode": receipt.TrackingCode}, http.StatusCreated).Permit
	refusedGuest(t, p, "", guestWords(permit, "张三标记"), fault.PermitInvalid) // it is for a supplement
	refusedGuest(t, p, "/supplements", map[string]any{"permit": permit}, fault.EvidenceMissing)
	require.Equal(t, http.StatusCreated, uploadUnder(p, permit, "记录.csv", "more").Code)
	supplied := gatewaytest.Do[guestCase](p, gatewaytest.Guest, http.MethodPost, guests+"/supplements", map[string]any{"permit": permit}, http.StatusOK)
	require.Equal(t, 2, supplied.Files)
	refusedGuest(t, p, "/supplements", map[string]any{"permit": permit}, fault.PermitInvalid)

	act(contracttest.Reviewer, "uphold", map[string]any{"reason": "权属证明成立"})
	ended := track(p, receipt.TrackingCode)
	require.Equal(t, ledger.State("upheld"), ended.State)
	require.Empty(t, ended.Actions)
	last := ended.Steps[len(ended.Steps)-1]
	require.Equal(t, "权属证明成立", last.Reason)
	require.Equal(t, ledger.Actor{Role: ledger.RoleReviewer, Name: contracttest.Reviewer.Name}, last.Actor, "who acted is an office")
	require.Equal(t, ledger.State("terminated"), contracttest.Stored[ledger.Application](p.Stage, ledger.ApplicationKey(application.ID)).State)
	var permits, files int
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT (SELECT COUNT(*) FROM intake_permits), (SELECT COUNT(*) FROM intake_files)`).Scan(&permits, &files))
	require.Zero(t, permits+files, "nothing waits any more")
}

func TestGuestsAreToldApartAndKeepNobodyElseFromObjecting(t *testing.T) {
	p := gatewaytest.New(t)
	application := underNotice(p)
	first := guestObjects(t, p, application.ID, "张三")
	second := guestObjects(t, p, application.ID, "李四")
	require.NotEqual(t, first.TrackingCode, second.TrackingCode)
	require.Equal(t, first.Objection.ID, track(p, first.TrackingCode).ID)
	require.Equal(t, second.Objection.ID, track(p, second.TrackingCode).ID)

	again := permitFor(p, application.ID).Permit
	uploadUnder(p, again, "a.pdf", "proof of 张三")
	recorder := gatewaytest.Do[struct{ Code fault.Code }](p, gatewaytest.Guest, http.MethodPost, guests, guestWords(again, "张三"), http.StatusConflict)
	require.Equal(t, fault.AlreadyExists, recorder.Code, "the same objection is taken once")

	impostor := permitFor(p, application.ID).Permit // knows name and number, and has said something else in another's name
	uploadUnder(p, impostor, "a.pdf", "nothing")
	words := guestWords(impostor, "王五")
	words["statement"] = "占位"
	gatewaytest.Do[guestReceipt](p, gatewaytest.Guest, http.MethodPost, guests, words, http.StatusCreated)
	guestObjects(t, p, application.ID, "王五")
	proof := p.Evidence(contracttest.Party, ledger.EvidenceOther, "proof")
	gatewaytest.Do[ledger.Objection](p, contracttest.Party, http.MethodPost, "/objections", map[string]any{"application": application.ID,
		"name": "张三", "identityNumber": "110101199003070012", "statement": "该数据由本人提供，权属有争议。", "evidence": []string{proof.CID}}, http.StatusCreated)
}

func TestWhatAGuestHandsInIsHeldToLimits(t *testing.T) {
	p := gatewaytest.New(t)
	application := underNotice(p)
	permit := permitFor(p, application.ID).Permit
	code := func(recorder *httptest.ResponseRecorder) string { return recorder.Body.String() }

	refusedGuest(t, p, "", guestWords(permit, "张三"), fault.EvidenceMissing)
	require.Contains(t, code(uploadUnder(p, "made up", "a.pdf", "x")), string(fault.PermitInvalid))
	require.Contains(t, code(uploadUnder(p, permit, "a.pdf", "")), string(fault.InvalidValue))
	require.Contains(t, code(uploadUnder(p, permit, strings.Repeat("名", 300), "x")), string(fault.FieldTooLong))
	require.Contains(t, code(uploadUnder(p, permit, "a.pdf", strings.Repeat("x", intake.MaxFile+1))), "TOO_LARGE")
	for n := range intake.MaxFiles {
		require.Equal(t, http.StatusCreated, uploadUnder(p, permit, fmt.Sprintf("<script>%d.pdf", n), fmt.Sprint("content ", n)).Code)
	}
	require.Contains(t, code(uploadUnder(p, permit, "a.pdf", "one too many")), string(fault.TooManyItems))

	for field, values := range map[string]map[string]fault.Code{
		"name":           {"": fault.MissingField, strings.Repeat("名", 101): fault.FieldTooLong, "张\x00三": fault.InvalidValue},
		"identityNumber": {"": fault.MissingField, strings.Repeat("1", 41): fault.FieldTooLong},
		"contact":        {" ": fault.MissingField, strings.Repeat("1", 101): fault.FieldTooLong, "a\nb": fault.InvalidValue},
		"statement":      {"": fault.MissingField, strings.Repeat("述", 2001): fault.FieldTooLong, "a\x07": fault.InvalidValue},
	} {
		for value, wanted := range values {
			words := guestWords(permit, "张三")
			words[field] = value
			refusedGuest(t, p, "", words, wanted)
		}
	}
	broken := p.Request(gatewaytest.Guest, http.MethodPost, guests, strings.NewReader("{\"permit\":\"\xff\xfe\"}"))
	require.Contains(t, code(p.Send(broken)), string(fault.InvalidEncoding))
	var kept int
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM objectors`).Scan(&kept))
	require.Zero(t, kept, "nothing personal stays of what was refused")

	refusedGuest(t, p, "/permits", map[string]any{"application": application.ID, "trackingCode": "x"}, fault.MissingField)
	refusedGuest(t, p, "/permits", map[string]any{"application": "no such"}, fault.InvalidValue)
	words := guestWords(permit, `<script>alert(1)</script>`)
	words["statement"] = `"><img src=x onerror=alert(1)>`
	gatewaytest.Do[guestReceipt](p, gatewaytest.Guest, http.MethodPost, guests, words, http.StatusCreated)
	refusedGuest(t, p, "", words, fault.PermitInvalid)
}

func TestAnObjectionOfAGuestAfterTheNoticeIsRefusedAndItsFilesAreSwept(t *testing.T) {
	p := gatewaytest.New(t)
	application := underNotice(p)
	permit := permitFor(p, application.ID).Permit
	require.Equal(t, http.StatusCreated, uploadUnder(p, permit, "a.pdf", "proof").Code)
	p.Stage.Clock.Set(p.Stage.Clock.Now().Add(intake.PermitLife))
	refusedGuest(t, p, "", guestWords(permit, "张三"), fault.PermitInvalid)
	require.NoError(t, p.Intake.Sweep(t.Context()))
	var rest int
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM intake_files`).Scan(&rest))
	require.Zero(t, rest)
	swept, err := p.Depot.Uploads.Sweep(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Zero(t, swept, "the file itself is gone already")

	end, err := time.ParseInLocation(time.DateOnly, application.NoticeEnd, ledger.Shanghai)
	require.NoError(t, err)
	p.Stage.Clock.Set(end.Add(23 * time.Hour))
	last := permitFor(p, application.ID).Permit
	require.Equal(t, http.StatusCreated, uploadUnder(p, last, "a.pdf", "proof").Code)
	p.Stage.Clock.Set(end.Add(24 * time.Hour))
	refused := gatewaytest.Do[struct{ Code fault.Code }](p, gatewaytest.Guest, http.MethodPost, guests, guestWords(last, "张三"), http.StatusConflict)
	require.Equal(t, fault.NoticeOver, refused.Code)
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM objectors`).Scan(&rest))
	require.Zero(t, rest, "nothing personal stays of what was refused")
}

func TestTrackingCodesCannotBeGuessedAndFloodsAreStopped(t *testing.T) {
	p := gatewaytest.New(t)
	application := underNotice(p)
	codes := []fault.Code{}
	for range 25 {
		request := p.Request(gatewaytest.Guest, http.MethodPost, guests+"/tracking", strings.NewReader(`{"trackingCode":"AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"}`))
		codes = append(codes, refusalOf(t, p.Send(request)))
	}
	require.Equal(t, fault.TrackingCodeUnknown, codes[0])
	require.Equal(t, fault.TooManyAttempts, codes[24])
	var last fault.Code
	for range 25 {
		body := strings.NewReader(`{"application":"` + application.ID + `"}`)
		recorder := p.Send(p.Request(gatewaytest.Guest, http.MethodPost, guests+"/permits", body))
		if recorder.Code != http.StatusCreated {
			last = refusalOf(t, recorder)
		}
	}
	require.Equal(t, fault.TooManyAttempts, last)
	elsewhere := p.Request(gatewaytest.Guest, http.MethodPost, guests+"/permits", strings.NewReader(`{"application":"`+application.ID+`"}`))
	elsewhere.RemoteAddr = "203.0.113.7:4711"
	require.Equal(t, http.StatusCreated, p.Send(elsewhere).Code, "one who floods keeps nobody else out")
}

func TestNobodyLogsInAsTheIntake(t *testing.T) {
	p := gatewaytest.New(t)
	_, err := p.Accounts.Login(t.Context(), contracttest.Intake.ID, gatewaytest.Password, "test")
	require.Equal(t, fault.AccountDisabled, fault.CodeOf(err))
}
