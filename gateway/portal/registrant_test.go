package portal_test

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/draft"
	"dengji/gateway/gatewaytest"
	"dengji/test/browser"
)

// as gives the header of a request in somebody's session.
func (s site) as(actor ledger.Actor) map[string]string {
	return map[string]string{"Cookie": "dengji-session=" + s.platform.Token(actor)}
}

// withEntry has an entry of Haidian on chain, and evidence for all but the letter.
func withEntry(t *testing.T) (site, ledger.SubmitRequest) {
	t.Helper()
	s := open(t, false)
	return s, s.platform.First(contracttest.Haidian)
}

// start begins a draft by the form of the page and gives its address.
func (s site) start(t *testing.T, actor ledger.Actor, form url.Values) string {
	t.Helper()
	response, body := s.ask(t, http.MethodPost, "/mine/drafts", form, s.as(actor))
	require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
	return strings.TrimSuffix(response.Header.Get("Location"), "/subject")
}

func TestAnEntryOffersItsFirstRegistrationUntilItHasOne(t *testing.T) {
	s, _ := withEntry(t)
	_, body := s.visit(t, contracttest.Haidian, http.MethodGet, "/mine/entries", nil)
	require.Contains(t, body, `name="type" value="first"`)
	registration := s.platform.Issued()
	_, body = s.visit(t, contracttest.Haidian, http.MethodGet, "/mine/entries", nil)
	require.NotContains(t, body, `name="type" value="first"`)
	require.Contains(t, body, `href="/registrations/`+registration.Code+`"`)
}

func TestARegistrantGoesFromACatalogueEntryToAFiledApplicationByClickingOnly(t *testing.T) {
	s, request := withEntry(t)
	letter := filepath.Join(t.TempDir(), "承诺书.txt")
	require.NoError(t, os.WriteFile(letter, []byte("数据来源合法的承诺"), 0o600))
	page := browser.Open(t)
	page.Visit(s.URL + "/login?next=/mine")
	page.Type("#account", contracttest.Haidian.ID)
	page.Type("#password", gatewaytest.Password)
	page.Click("main form button")
	page.Click("a[href='/mine/entries']")
	page.Click("main table form button")

	page.Wait("input[name=kind]:checked")
	page.Keep("registrant-subject")
	page.RequireAccessible()
	page.Click("button[name=go]")
	page.Wait("#dataName")
	require.Equal(t, gatewaytest.Entry("T").Name, browser.Ask[string](page, "document.querySelector('#dataName').value"), "filled from the entry")
	page.Keep("registrant-facts")
	page.RequireAccessible()
	page.Click("button[name=go]")
	page.Wait("fieldset.material")
	page.Click(".steps li:last-child a")
	page.Wait("#missing")
	require.Contains(t, page.Text("main"), "Commitment on the lawful source")
	page.Keep("registrant-missing")
	page.RequireAccessible()

	page.Click("section.alert li a")
	page.Wait("fieldset.material")
	page.Choose("[id='file.lawful_source_commitment']", letter)
	for _, material := range request.Materials {
		if material.Key != "lawful_source_commitment" {
			page.Type("[id='cid."+material.Key+"']", kb.ArrowDown)
		}
	}
	page.Resize(320, 900)
	page.Keep("registrant-materials")
	page.RequireAccessible()
	require.LessOrEqual(t, browser.Ask[int64](page, "document.documentElement.scrollWidth"), int64(320))
	page.Click("button[name=go]")
	page.Wait("#ready")
	require.Contains(t, page.Text("main"), contracttest.Haidian.Name, "the preview shows what will be public")
	page.Keep("registrant-review")
	page.RequireAccessible()
	page.Resize(1280, 900)
	page.Click("#file")
	page.Wait("#filed")
	page.Keep("registrant-filed")
	page.RequireAccessible()
	page.Click("main p a.btn-primary")
	page.Wait("#applications")
	require.Contains(t, page.Text("main"), gatewaytest.Entry("T").Name)
	page.Keep("registrant-mine")
	applications := gatewaytest.Do[ledger.Page[ledger.Application]](s.platform, contracttest.Haidian, http.MethodGet, "/applications", nil, http.StatusOK)
	require.Len(t, applications.Items, 1)
	require.Equal(t, ledger.StateBusinessReview, applications.Items[0].State)
	require.Len(t, applications.Items[0].Materials, 5)
}

// complete fills a draft that was started, without a browser.
func (s site) complete(t *testing.T, path string, request ledger.SubmitRequest) {
	t.Helper()
	made := gatewaytest.Do[draft.Draft](s.platform, contracttest.Haidian, http.MethodGet, "/drafts/"+strings.TrimPrefix(path, "/mine/drafts/"), nil, http.StatusOK)
	materials := url.Values{"revision": {"1"}}
	require.Equal(t, 1, made.Revision)
	for _, material := range request.Materials {
		materials.Set("cid."+material.Key, material.CID)
	}
	response, body := s.ask(t, http.MethodPost, path+"/materials", materials, s.as(contracttest.Haidian))
	require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
	require.Equal(t, path+"/review", response.Header.Get("Location"))
}

func TestFormsThatWereTamperedWithAreRefusedAndNothingIsWritten(t *testing.T) {
	s, request := withEntry(t)
	entry := contracttest.Haidian.USCC + "/" + request.Entries[0].Identifier
	own := url.Values{"type": {"first"}, "entry": {entry}}
	path := s.start(t, contracttest.Haidian, own)
	foreign := s.platform.First(contracttest.Chaoyang)
	height := s.platform.Stage.Height()

	t.Run("another's draft", func(t *testing.T) {
		for _, step := range []string{"", "/subject", "/review"} {
			response, _ := s.ask(t, http.MethodGet, path+step, nil, s.as(contracttest.Chaoyang))
			require.Equal(t, http.StatusNotFound, response.StatusCode)
		}
		for _, action := range []string{"/facts", "/filing", "/deletion"} {
			response, _ := s.ask(t, http.MethodPost, path+action, url.Values{"revision": {"1"}}, s.as(contracttest.Chaoyang))
			require.Equal(t, http.StatusNotFound, response.StatusCode, action)
		}
	})
	t.Run("a revision that is not the newest", func(t *testing.T) {
		for _, revision := range []string{"", "0", "7", "x"} {
			for _, action := range []string{"/facts", "/filing"} {
				response, _ := s.ask(t, http.MethodPost, path+action, url.Values{"revision": {revision}, "dataName": {"改"}}, s.as(contracttest.Haidian))
				require.Equal(t, http.StatusConflict, response.StatusCode, revision)
			}
		}
	})
	t.Run("an entry of another", func(t *testing.T) {
		other := s.start(t, contracttest.Haidian, url.Values{"type": {"first"}, "entry": {contracttest.Chaoyang.USCC + "/" + foreign.Entries[0].Identifier}})
		s.complete(t, other, request)
		response, _ := s.ask(t, http.MethodPost, other+"/filing", url.Values{"revision": {"2"}}, s.as(contracttest.Haidian))
		require.Equal(t, other+"/review", response.Header.Get("Location"), "back to what is wrong")
	})
	t.Run("evidence of another", func(t *testing.T) {
		other := s.start(t, contracttest.Haidian, own)
		s.complete(t, other, foreign)
		response, _ := s.ask(t, http.MethodPost, other+"/filing", url.Values{"revision": {"2"}}, s.as(contracttest.Haidian))
		require.Equal(t, other+"/review", response.Header.Get("Location"))
	})
	t.Run("a type that does not exist", func(t *testing.T) {
		other := s.start(t, contracttest.Haidian, url.Values{"type": {"seizure"}, "entry": {entry}})
		_, _ = s.ask(t, http.MethodPost, other+"/filing", url.Values{"revision": {"1"}}, s.as(contracttest.Haidian))
	})
	require.Equal(t, height, s.platform.Stage.Height())
	for _, as := range []ledger.Actor{contracttest.Reviewer, contracttest.Supervisor, contracttest.Operator} {
		response, _ := s.ask(t, http.MethodGet, "/mine", nil, s.as(as))
		require.Equal(t, http.StatusForbidden, response.StatusCode, as.ID)
	}
}

func TestScriptsInEveryFieldOfTheApplicationFormAreShownAsText(t *testing.T) {
	s, request := withEntry(t)
	path := s.start(t, contracttest.Haidian, url.Values{"type": {"first"}, "entry": {contracttest.Haidian.USCC + "/" + request.Entries[0].Identifier}})
	fields := map[string][]string{"subject": {"kind", "filing", "joint", "entry"}, "facts": {"dataName", "industry", "dataType", "summary", "deliveryDate", "agreementEnd", "grounds", "reason"}}
	revision := 1
	for step, names := range fields {
		form := url.Values{"revision": {string(rune('0' + revision))}}
		for _, name := range names {
			form.Set(name, script+"/x")
		}
		response, body := s.ask(t, http.MethodPost, path+"/"+step, form, s.as(contracttest.Haidian))
		require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
		revision++
	}
	for _, page := range []string{"/mine", path + "/subject", path + "/facts", path + "/materials", path + "/review"} {
		response, body := s.ask(t, http.MethodGet, page, nil, s.as(contracttest.Haidian))
		require.Equal(t, http.StatusOK, response.StatusCode, page)
		require.NotContains(t, body, "<script>document.title", page)
		require.NotContains(t, body, "<img src=x", page)
		require.NotRegexp(t, fragile, body, page)
	}
}

func TestADraftIsFiledOnceWithoutScripts(t *testing.T) {
	s, request := withEntry(t)
	path := s.start(t, contracttest.Haidian, url.Values{"type": {"first"}, "entry": {contracttest.Haidian.USCC + "/" + request.Entries[0].Identifier}})
	s.complete(t, path, request)
	height := s.platform.Stage.Height()
	for range 2 {
		response, body := s.ask(t, http.MethodPost, path+"/filing", url.Values{"revision": {"2"}}, s.as(contracttest.Haidian))
		require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
		require.Equal(t, path, response.Header.Get("Location"))
	}
	require.Equal(t, height+1, s.platform.Stage.Height())
	_, body := s.ask(t, http.MethodGet, path, nil, s.as(contracttest.Haidian))
	require.Contains(t, body, "已记入账本")
	_, body = s.ask(t, http.MethodGet, "/mine", nil, s.as(contracttest.Haidian))
	require.Contains(t, body, "业务审核")
	require.Contains(t, body, "没有草稿")
}

var daysLeft = regexp.MustCompile(`剩余 \d+ 个工作日`)

func TestTheDashboardShowsClocksInWordsSlipsAndWhatHasChanged(t *testing.T) {
	s := open(t, false)
	registered := s.platform.Issued()
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	s.platform.Act(contracttest.Haidian, application.ID, "file")
	entry := gatewaytest.Entry(registered.Entries[0].Identifier)
	entry.ProviderName, entry.Division, entry.Summary = contracttest.Haidian.Name, contracttest.Haidian.Division, "站点有了新的字段。"
	gatewaytest.Do[ledger.EntryOutcome](s.platform, contracttest.Haidian, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	_, body := s.ask(t, http.MethodGet, "/mine", nil, s.as(contracttest.Haidian))
	require.Regexp(t, daysLeft, body)
	require.Contains(t, body, "登记时第 1 版，现为第 2 版")

	change := s.start(t, contracttest.Haidian, url.Values{"type": {"change"}, "registration": {registered.Code}, "entry": {registered.Entries[0].Provider + "/" + entry.Identifier}})
	_, body = s.ask(t, http.MethodGet, change+"/facts", nil, s.as(contracttest.Haidian))
	require.Contains(t, body, "站点有了新的字段。")
	for format, begin := range map[string]string{"pdf": "%PDF-", "json": "{"} {
		response, body := s.ask(t, http.MethodGet, "/mine/registrations/"+registered.Code+"/slip/"+format, nil, s.as(contracttest.Haidian))
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.True(t, strings.HasPrefix(body, begin), format)
		require.Contains(t, response.Header.Get("Content-Disposition"), registered.Code+"."+format)
		response, _ = s.ask(t, http.MethodGet, "/mine/registrations/"+registered.Code+"/slip/"+format, nil, s.as(contracttest.Chaoyang))
		require.Equal(t, http.StatusForbidden, response.StatusCode)
	}
	_, body = s.ask(t, http.MethodGet, "/mine", nil, s.as(contracttest.Party))
	require.NotContains(t, body, registered.Code)
}

func TestARegistrantAnswersADeficiencyNoticeBesideWhatItSaysAndSeesObjections(t *testing.T) {
	s := open(t, false)
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Act(contracttest.DistrictHaidian, application.ID, "endorse_business_review")
	s.platform.Act(contracttest.Haidian, application.ID, "file")
	gatewaytest.Do[ledger.Application](s.platform, contracttest.Acceptor, http.MethodPost, "/applications/"+application.ID+"/actions/notify_deficiency",
		map[string]any{"defects": []ledger.Defect{{Material: "storage_location", Reason: "存储位置不清" + script}}}, http.StatusOK)
	_, body := s.ask(t, http.MethodGet, "/mine", nil, s.as(contracttest.Haidian))
	require.Contains(t, body, `href="/cases/`+application.ID+`"`)

	better := filepath.Join(t.TempDir(), "位置.txt")
	require.NoError(t, os.WriteFile(better, []byte("机房甲，三层"), 0o600))
	page := browser.Open(t)
	page.Visit(s.URL + "/help")
	setCookie(page, "dengji-session="+s.platform.Token(contracttest.Haidian)+"; path=/")
	page.Visit(s.URL + "/cases/" + application.ID)
	page.Click("main a[href$='/actions/resubmit']")
	page.Wait(".answer")
	require.Contains(t, page.Text(".answer"), "存储位置不清"+script)
	require.True(t, browser.Ask[bool](page, `(() => { const notice = document.querySelector(".answer .defect").getBoundingClientRect(), answer = document.querySelector(".answer input").getBoundingClientRect();
		return notice.right <= answer.left && Math.abs(notice.top - answer.top) < 40 })()`), "the answer stands beside the notice")
	page.Keep("registrant-deficiency")
	page.RequireAccessible()
	page.Choose("#material-storage_location", better)
	page.Click("main form button.btn-primary")
	page.Wait(".timeline, #facts")
	page.Keep("registrant-case")
	answered := gatewaytest.Do[ledger.Application](s.platform, contracttest.Haidian, http.MethodGet, "/applications/"+application.ID, nil, http.StatusOK)
	require.Equal(t, ledger.StateFiled, answered.State)

	s.platform.Act(contracttest.Acceptor, application.ID, "accept")
	s.platform.Act(contracttest.Reviewer, application.ID, "publish")
	proof := s.platform.Evidence(contracttest.Party, ledger.EvidenceOther, "proof")
	objection := gatewaytest.Do[ledger.Objection](s.platform, contracttest.Party, http.MethodPost, "/objections", map[string]any{"application": application.ID,
		"name": "王某", "identityNumber": "110101199003070011", "statement": "数据归我方", "evidence": []string{proof.CID}}, http.StatusCreated)
	_, body = s.ask(t, http.MethodGet, "/mine", nil, s.as(contracttest.Haidian))
	require.Contains(t, body, "/work/objections/"+objection.ID)
	require.NotContains(t, body, "王某")
	_, body = s.ask(t, http.MethodGet, "/mine", nil, s.as(contracttest.Chaoyang))
	require.NotContains(t, body, objection.ID)
}

func TestEveryTypeOfApplicationIsFiledByTheFormAlone(t *testing.T) {
	facts := url.Values{"reason": {"单位更名"}, "dataName": {"公交线路站点信息"}, "industry": {"G54"}, "dataType": {"数据资源"}}
	for kind, c := range map[string]struct {
		facts     url.Values
		materials url.Values
		state     ledger.State
	}{
		"change":       {url.Values{"summary": {"新的简介。"}}, url.Values{"text.change_form": {"更改简介"}, "text.change_evidence": {"见通知"}}, ledger.StateBusinessReview},
		"correction":   {url.Values{"summary": {"更正的简介。"}}, url.Values{"text.correction_form": {"更正简介"}, "text.error_proof": {"笔误"}}, ledger.StateFiled},
		"cancellation": {url.Values{}, url.Values{"text.cancellation_proof": {"资源已停止更新"}}, ledger.StateFiled},
	} {
		t.Run(kind, func(t *testing.T) {
			s := open(t, false)
			path := s.start(t, contracttest.Haidian, url.Values{"type": {kind}, "registration": {s.platform.Issued().Code}})
			_, body := s.ask(t, http.MethodGet, path+"/facts", nil, s.as(contracttest.Haidian))
			form := url.Values{"revision": {"1"}}
			maps.Copy(form, c.facts)
			form.Set("reason", "单位更名")
			if kind == "cancellation" {
				ground := regexp.MustCompile(`<option value="([a-z_]+)"`).FindStringSubmatch(body)
				require.NotNil(t, ground, "the grounds are offered")
				form.Set("grounds", ground[1])
			} else {
				for _, field := range []string{"dataName", "industry", "dataType"} {
					form.Set(field, facts.Get(field))
				}
			}
			response, body := s.ask(t, http.MethodPost, path+"/facts", form, s.as(contracttest.Haidian))
			require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
			c.materials.Set("revision", "2")
			response, body = s.ask(t, http.MethodPost, path+"/materials", c.materials, s.as(contracttest.Haidian))
			require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
			_, body = s.ask(t, http.MethodGet, path+"/review", nil, s.as(contracttest.Haidian))
			require.Contains(t, body, `id="ready"`)
			response, body = s.ask(t, http.MethodPost, path+"/filing", url.Values{"revision": {"3"}}, s.as(contracttest.Haidian))
			require.Equal(t, path, response.Header.Get("Location"), body)
			_, body = s.ask(t, http.MethodGet, path, nil, s.as(contracttest.Haidian))
			id := regexp.MustCompile(`/cases/([A-Z0-9]+)`).FindStringSubmatch(body)
			require.NotNil(t, id)
			filed := gatewaytest.Do[ledger.Application](s.platform, contracttest.Haidian, http.MethodGet, "/applications/"+id[1], nil, http.StatusOK)
			require.Equal(t, c.state, filed.State)
		})
	}
	t.Run("a joint application", func(t *testing.T) {
		s, request := withEntry(t)
		entry := contracttest.Haidian.USCC + "/" + request.Entries[0].Identifier
		path := s.start(t, contracttest.Haidian, url.Values{"type": {"first"}, "entry": {entry}})
		form := url.Values{"revision": {"1"}, "kind": {"resource"}, "filing": {"joint"}, "entry": {entry}, "joint": {contracttest.Chaoyang.USCC + " " + contracttest.Chaoyang.Name}}
		response, body := s.ask(t, http.MethodPost, path+"/subject", form, s.as(contracttest.Haidian))
		require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
		materials := url.Values{"revision": {"2"}}
		for _, material := range request.Materials {
			materials.Set("cid."+material.Key, material.CID)
		}
		_, _ = s.ask(t, http.MethodPost, path+"/materials", materials, s.as(contracttest.Haidian))
		_, body = s.ask(t, http.MethodGet, path+"/review", nil, s.as(contracttest.Haidian))
		require.Contains(t, body, `id="ready"`)
		require.Contains(t, body, contracttest.Haidian.Name+"、"+contracttest.Chaoyang.Name)
	})
}
