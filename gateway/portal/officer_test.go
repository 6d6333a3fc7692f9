package portal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/fixtures/rulepacks"
	"dengji/gateway/gatewaytest"
	"dengji/test/browser"
)

// visit asks in somebody's session.
func (s site) visit(t *testing.T, actor ledger.Actor, method, path string, form url.Values) (*http.Response, string) {
	t.Helper()
	return s.ask(t, method, path, form, s.as(actor))
}

// filed gives an application that waits for acceptance.
func (s site) filed(district, registrant ledger.Actor) ledger.Application {
	application := s.platform.Application(registrant)
	s.platform.Act(district, application.ID, "endorse_business_review")
	return s.platform.Act(registrant, application.ID, "file")
}

func TestTheQueueShowsWhatWaitsForItsVisitorWithTheDaysThatAreLeft(t *testing.T) {
	s := open(t, false)
	haidian, chaoyang := s.filed(contracttest.DistrictHaidian, contracttest.Haidian), s.filed(contracttest.DistrictChaoyang, contracttest.Chaoyang)
	_, body := s.visit(t, contracttest.Acceptor, http.MethodGet, "/work", nil)
	require.Contains(t, body, "/cases/"+haidian.ID)
	require.Contains(t, body, "/cases/"+chaoyang.ID)
	require.Contains(t, body, "剩余 3 个工作日")
	require.Contains(t, body, "海淀区")
	for query, listed := range map[string]bool{"division=110108": true, "division=110105": false, "type=renewal": false, "state=filed&type=first": true, "late=1": false} {
		_, body = s.visit(t, contracttest.Acceptor, http.MethodGet, "/work?"+query, nil)
		require.Equal(t, listed, strings.Contains(body, "/cases/"+haidian.ID), query)
	}
	_, body = s.visit(t, contracttest.Reviewer, http.MethodGet, "/work", nil)
	require.NotContains(t, body, haidian.ID, "it waits for acceptance")
	response, _ := s.visit(t, contracttest.Acceptor, http.MethodGet, "/work?state=registered", nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	response, _ = s.visit(t, contracttest.Operator, http.MethodGet, "/work", nil)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
}

func TestWhatIsLateIsListedApartAndSaidInWords(t *testing.T) {
	s := open(t, false)
	application := s.filed(contracttest.DistrictHaidian, contracttest.Haidian)
	gatewaytest.Do[ledger.Now](s.platform, contracttest.Operator, http.MethodPost, "/sandbox/clock", ledger.AdvanceClockRequest{To: s.due(t, application.Clocks[0].Due, 2)}, http.StatusOK)
	_, body := s.visit(t, contracttest.Acceptor, http.MethodGet, "/work?late=1", nil)
	require.Contains(t, body, "/cases/"+application.ID)
	require.Contains(t, body, "已超期 2 个工作日")
	require.Contains(t, body, "有 1 件已超期")
}

// due gives the day some working days after another.
func (s site) due(t *testing.T, start string, days int) string {
	t.Helper()
	return contracttest.Do[ledger.DeadlineAnswer](s.platform.Stage, contracttest.Operator, ledger.TxDeadline, ledger.DeadlineRequest{Start: start, WorkingDays: days}).Due
}

func TestOnlyTheActionsOfTheVisitorAreOfferedAndBlockedOnesSayWhy(t *testing.T) {
	s := open(t, false)
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Published(application.ID)
	path := "/cases/" + application.ID
	_, body := s.visit(t, contracttest.Issuer, http.MethodGet, path, nil)
	require.Contains(t, body, "赋码")
	require.Contains(t, body, "公示期未满，不能赋码")
	require.NotContains(t, body, path+"/actions/issue", "a blocked action has no form to go to")
	_, body = s.visit(t, contracttest.Reviewer, http.MethodGet, path, nil)
	require.Contains(t, body, path+"/actions/reject")
	require.NotContains(t, body, "/actions/withdraw")
	_, body = s.visit(t, contracttest.Supervisor, http.MethodGet, path, nil)
	require.NotContains(t, body, "/actions/")
	response, _ := s.visit(t, contracttest.DistrictChaoyang, http.MethodGet, path, nil)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	height := s.platform.Stage.Height()
	response, _ = s.visit(t, contracttest.Acceptor, http.MethodPost, path+"/actions/publish", url.Values{})
	require.Equal(t, http.StatusConflict, response.StatusCode)
	require.Equal(t, height, s.platform.Stage.Height(), "something was written")
}

func TestADeficiencyNoticeNamesMaterialsAndIsGivenOnce(t *testing.T) {
	s := open(t, false)
	application := s.filed(contracttest.DistrictHaidian, contracttest.Haidian)
	path := "/cases/" + application.ID
	height := s.platform.Stage.Height()
	response, body := s.visit(t, contracttest.Acceptor, http.MethodPost, path+"/actions/notify_deficiency", url.Values{"reason": {"见清单"}})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `href="#defects"`)
	require.Contains(t, body, "见清单", "what was written is kept")
	require.Equal(t, height, s.platform.Stage.Height(), "something was written")
	response, _ = s.visit(t, contracttest.Acceptor, http.MethodPost, path+"/actions/notify_deficiency",
		url.Values{"defect-query_result": {"缺少" + script}, "defect-summary": {"过于简略"}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.visit(t, contracttest.Haidian, http.MethodGet, path, nil)
	require.Contains(t, body, "待补正（受理）")
	require.Contains(t, body, "过于简略")
	require.NotContains(t, body, "<script>document")
}

func TestSeveralCasesAreAcceptedWithOneReportEach(t *testing.T) {
	s := open(t, false)
	first, second := s.filed(contracttest.DistrictHaidian, contracttest.Haidian), s.filed(contracttest.DistrictChaoyang, contracttest.Chaoyang)
	s.platform.Act(contracttest.Acceptor, second.ID, "accept")
	response, body := s.visit(t, contracttest.Acceptor, http.MethodPost, "/work/acceptance", url.Values{"case": {first.ID, second.ID, `<script>`}})
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Regexp(t, `(?s)`+first.ID+`.*已受理`, body)
	require.Equal(t, 2, strings.Count(body, "未受理"), "accepted before, and no case at all")
	response, _ = s.visit(t, contracttest.Acceptor, http.MethodPost, "/work/acceptance", url.Values{})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
}

func TestTheDigestsOfAMaterialAreComputedAnew(t *testing.T) {
	s := open(t, false)
	application := s.filed(contracttest.DistrictHaidian, contracttest.Haidian)
	material := application.Materials[0]
	path := "/cases/" + application.ID + "/materials/" + material.CID
	_, body := s.visit(t, contracttest.Acceptor, http.MethodGet, path, nil)
	require.Contains(t, body, "文件与账本上的存证一致")
	require.Equal(t, 2, strings.Count(body, material.SM3))
	response, content := s.visit(t, contracttest.Acceptor, http.MethodGet, path+"/file", nil)
	require.Equal(t, material.Key+contracttest.Haidian.USCC, content)
	require.Contains(t, response.Header.Get("Content-Disposition"), "attachment")
	response, _ = s.visit(t, contracttest.Chaoyang, http.MethodGet, path+"/file", nil)
	require.Equal(t, http.StatusForbidden, response.StatusCode)
}

func TestAnObjectionIsReexaminedByThoseWhoMayKnowWhoObjects(t *testing.T) {
	s := open(t, false)
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Published(application.ID)
	proof := s.platform.Evidence(contracttest.Party, ledger.EvidenceOther, "proof")
	objection := gatewaytest.Do[ledger.Objection](s.platform, contracttest.Party, http.MethodPost, "/objections", map[string]any{"application": application.ID,
		"name": "王某", "identityNumber": "110101199003070011", "statement": "数据归我方", "evidence": []string{proof.CID}}, http.StatusCreated)
	path := "/work/objections/" + objection.ID
	_, body := s.visit(t, contracttest.Reviewer, http.MethodGet, "/cases/"+application.ID, nil)
	require.Contains(t, body, path)
	_, body = s.visit(t, contracttest.Reviewer, http.MethodGet, path, nil)
	require.Contains(t, body, "数据归我方")
	_, body = s.visit(t, contracttest.Reviewer, http.MethodGet, path+"/evidence/"+proof.CID, nil)
	require.Equal(t, "proof", body)
	_, body = s.visit(t, contracttest.Acceptor, http.MethodGet, path, nil)
	require.NotContains(t, body, "王某")
	answer := s.platform.Evidence(contracttest.Haidian, ledger.EvidenceOther, "answer")
	response, _ := s.visit(t, contracttest.Haidian, http.MethodPost, path+"/actions/answer", url.Values{"evidence": {answer.CID}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	response, body = s.visit(t, contracttest.Reviewer, http.MethodPost, path+"/actions/escalate", url.Values{})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `href="#reason"`)
	response, _ = s.visit(t, contracttest.Reviewer, http.MethodPost, path+"/actions/escalate", url.Values{"reason": {"难以核实"}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.visit(t, contracttest.Authority, http.MethodGet, "/work/objections", nil)
	require.Contains(t, body, path)
	require.Contains(t, body, "已上报主管部门")
}

// An officer's day by clicking alone: review, acceptance, publication, issuance.
func TestOfficersTakeACaseToItsCodeByClicking(t *testing.T) {
	s := open(t, false)
	application := s.platform.Application(contracttest.Haidian)
	page := browser.Open(t)
	s.clickThrough(page, contracttest.DistrictHaidian, "endorse_business_review")
	s.platform.Act(contracttest.Haidian, application.ID, "file")
	s.clickThrough(page, contracttest.Acceptor, "accept")
	s.clickThrough(page, contracttest.Reviewer, "publish")
	gatewaytest.Do[ledger.Now](s.platform, contracttest.Operator, http.MethodPost, "/sandbox/clock",
		ledger.AdvanceClockRequest{To: s.due(t, s.application(application.ID).NoticeEnd, 1)}, http.StatusOK)
	seen := s.clickThrough(page, contracttest.Issuer, "issue")
	issued := s.application(application.ID)
	require.Equal(t, ledger.StateRegistered, issued.State)
	require.Contains(t, seen, issued.Registration)
	require.Contains(t, seen, "Issue the code. It is on the ledger.")
}

func (s site) application(id string) ledger.Application {
	return gatewaytest.Do[ledger.Application](s.platform, contracttest.Reviewer, http.MethodGet, "/applications/"+id, nil, http.StatusOK)
}

// clickThrough logs an officer in, opens the first case of the queue and takes a
// step on it. It gives what the officer sees then, and logs out.
func (s site) clickThrough(page *browser.Page, as ledger.Actor, action string) string {
	page.Visit(s.URL + "/login")
	page.Type("#account", as.ID)
	page.Type("#password", gatewaytest.Password)
	page.Click("main button")
	page.Click(`.sections a[href="/work"]`)
	page.Click(`table a[href^="/cases/"]`)
	page.Click(`a[href$="/actions/` + action + `"]`)
	page.Click("main form button")
	page.Wait(`[role=status]`)
	page.RequireAccessible()
	seen := page.Text("main")
	page.Click(`form[action="/logout"] button`)
	page.Wait(`a[href="/login"]`)
	return seen
}

func TestARecordIsOpenedVerifiedAndListed(t *testing.T) {
	s := open(t, false)
	height := s.platform.Stage.Height()
	response, body := s.visit(t, contracttest.Supervisor, http.MethodPost, "/supervision/new?about=registrar", url.Values{"ground": {"duty_neglected"}})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `href="#reason"`)
	require.Equal(t, height, s.platform.Stage.Height(), "something was written")
	response, _ = s.visit(t, contracttest.Supervisor, http.MethodPost, "/supervision/new?about=registrar",
		url.Values{"ground": {"duty_neglected"}, "reason": {"超期" + script}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	path, _, _ := strings.Cut(response.Header.Get("Location"), "?")
	_, body = s.visit(t, contracttest.Authority, http.MethodGet, path, nil)
	require.Contains(t, body, "履职不当或拒不履职")
	require.NotContains(t, body, "<script>document")
	response, _ = s.visit(t, contracttest.Authority, http.MethodPost, path+"/actions/verify", url.Values{"reason": {"属实"}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.visit(t, contracttest.Supervisor, http.MethodGet, "/supervision", nil)
	require.Contains(t, body, path)
	require.Contains(t, body, "已核实认定")
	require.Contains(t, body, "登记机构可以正常履职")
}

func TestTheEvaluationSaysHowEachPeriodWasKept(t *testing.T) {
	s := open(t, false)
	s.platform.Issued()
	_, body := s.visit(t, contracttest.Supervisor, http.MethodGet, "/evaluation", nil)
	require.Regexp(t, `(?s)受理期限.*登记机构受理岗.*100 %`, body)
	require.Contains(t, body, "赋码")
	response, _ := s.ask(t, http.MethodGet, "/evaluation?from=yesterday", nil, nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
}

func TestARulePackIsProposedComparedAndApprovedByAnother(t *testing.T) {
	s := open(t, false)
	pack, err := rulepacks.Read(rulepacks.ExtendedNotice)
	require.NoError(t, err)
	content, err := json.Marshal(pack)
	require.NoError(t, err)
	height := s.platform.Stage.Height()
	response, body := s.visit(t, contracttest.Authority, http.MethodPost, "/rules", url.Values{"pack": {`{"id":` + script}})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `href="#pack"`)
	require.NotContains(t, body, "<script>document")
	require.Equal(t, height, s.platform.Stage.Height(), "something was written")
	response, _ = s.visit(t, contracttest.Authority, http.MethodPost, "/rules", url.Values{"pack": {string(content)}})
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	name := url.Values{"pack": {pack.Reference().String()}}
	response, _ = s.visit(t, contracttest.Authority, http.MethodPost, "/rules/approvals", name)
	require.Equal(t, http.StatusForbidden, response.StatusCode, "the proposer does not approve")
	response, _ = s.visit(t, contracttest.Reviewer, http.MethodPost, "/rules/approvals", name)
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.ask(t, http.MethodGet, "/rules", nil, nil)
	require.Regexp(t, `(?s)`+pack.ID+`.*现行有效`, body)
	_, body = s.ask(t, http.MethodGet, "/rules/comparison?before=beijing-draft-2025@1&after="+name.Get("pack"), nil, nil)
	require.Regexp(t, `clocks\.public_notice\.workingDays</code></th><td[^>]*><del>10</del></td><td[^>]*><ins>`, body)
	require.NotContains(t, body, "clocks.acceptance.article", "it is the same in both")
}

func TestACalendarTellsDaysOffFromWeekendsThatAreWorked(t *testing.T) {
	s := open(t, false)
	_, body := s.ask(t, http.MethodGet, "/rules/calendars/2026", nil, nil)
	require.Contains(t, body, "2026年10月1日")
	require.Contains(t, body, "调休上班")
	response, _ := s.ask(t, http.MethodGet, "/rules/calendars/next", nil, nil)
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
}

func TestNobodyIsSaidToBeLateWhenThePublicNoticeIsOver(t *testing.T) {
	s := open(t, false)
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Noticed(application.ID)
	_, body := s.visit(t, contracttest.Issuer, http.MethodGet, "/cases/"+application.ID, nil)
	require.Contains(t, body, "已届满")
	require.NotContains(t, body, "已超期")
}

func TestReportsAndComparisonsHaveNoBarriers(t *testing.T) {
	s := open(t, false)
	s.filed(contracttest.DistrictHaidian, contracttest.Haidian)
	pack, err := rulepacks.Read(rulepacks.ExtendedNotice)
	require.NoError(t, err)
	gatewaytest.Do[ledger.RulePackRecord](s.platform, contracttest.Authority, http.MethodPost, "/rule-packs", pack, http.StatusCreated)
	page := browser.Open(t)
	page.Visit(s.URL + "/help")
	setCookie(page, "dengji-session="+s.platform.Token(contracttest.Acceptor)+"; path=/")
	page.Visit(s.URL + "/work")
	browser.Ask[bool](page, "(window.confirm = () => true)()")
	page.Click("input[name=case]")
	page.Click(`form[action="/work/acceptance"] button`)
	page.Wait("main .clock.calm")
	requireFits(t, page, "report")
	page.Visit(s.URL + "/rules/comparison?before=beijing-draft-2025@1&after=" + pack.ID + "@1")
	requireFits(t, page, "comparison")
}

// requireFits holds the page that is open to both widths.
func requireFits(t *testing.T, page *browser.Page, name string) {
	t.Helper()
	for _, width := range []int64{1280, 320} {
		page.Resize(width, 900)
		page.Keep(fmt.Sprint(name, "-", width))
		page.RequireAccessible()
		require.LessOrEqual(t, browser.Ask[int64](page, "document.documentElement.scrollWidth"), width, name)
	}
}

func TestAnObjectionIsRaisedOnAPageWithProofAndFollowedByItsNumber(t *testing.T) {
	s := open(t, false)
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Published(application.ID)
	path := "/notices/" + application.ID
	_, body := s.ask(t, http.MethodGet, path, nil, nil)
	require.Contains(t, body, path+"/objection")
	_, body = s.visit(t, contracttest.Reviewer, http.MethodGet, path, nil)
	require.NotContains(t, body, path+"/objection", "an officer does not object")

	height := s.platform.Stage.Height()
	response, body := s.visit(t, contracttest.Party, http.MethodPost, path+"/objection", url.Values{"name": {"王" + script}, "statement": {"有争议"}})
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `id="problems"`)
	require.NotContains(t, body, "<script>document")
	require.Equal(t, height, s.platform.Stage.Height(), "something was written")

	page := browser.Open(t)
	page.Visit(s.URL + "/help")
	setCookie(page, "dengji-session="+s.platform.Token(contracttest.Party)+"; path=/")
	proof := filepath.Join(t.TempDir(), "proof.txt")
	require.NoError(t, os.WriteFile(proof, []byte("proof"), 0o600))
	page.Visit(s.URL + path)
	page.Click(`main a[href$="/objection"]`)
	page.Type("#name", "王小明")
	page.Type("#identityNumber", "110101199003070011")
	page.Type("#statement", "该数据的权属有争议。")
	page.Choose("#evidence", proof)
	page.RequireAccessible()
	page.Keep("objecting")
	page.Click("main form[enctype] button")
	page.Wait("#history")
	require.Contains(t, page.Text("main"), "王小明", "the objector sees what was raised")
	id := filepath.Base(browser.Ask[string](page, "location.pathname"))
	found := gatewaytest.Do[ledger.Objection](s.platform, contracttest.Party, http.MethodGet, "/objections/"+id, nil, http.StatusOK)
	require.Equal(t, application.ID, found.Application)
	require.Len(t, found.Evidence, 1)
	_, body = s.ask(t, http.MethodGet, path, nil, nil)
	require.NotContains(t, body, "王小明", "the name is nobody else's business")
}
