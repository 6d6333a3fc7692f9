//go:build integration

package test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
	"dengji/test/browser"
	"dengji/verify"
)

// person is somebody at a browser of their own.
type person struct {
	*browser.Page
	t *testing.T
}

// sits logs an account in by the login page.
func sits(t *testing.T, account string) person {
	t.Helper()
	p := person{browser.Open(t), t}
	known := sandbox.account(t, account)
	p.Visit(sandbox.base() + "/login")
	if browser.Ask[string](p.Page, "document.documentElement.lang") == "en" {
		p.Click(`button[name=language]`)
		p.Wait(`html[lang^=zh] main`)
	}
	p.Type("#account", known.Name)
	p.Type("#password", known.Password)
	p.Click("main button")
	p.Wait(`form[action="/logout"]`)
	return p
}

// takes opens the page of an action that the case offers, and carries it out.
func (p person) takes(action string) {
	p.t.Helper()
	p.Click(`main a[href$="/actions/` + action + `"]`)
	p.Click(`main form[enctype] button`)
	p.Wait(`.alert-success, #problems`)
	require.Empty(p.t, p.Text("#problems"))
	p.RequireAccessible()
}

// follows clicks a link of a list that follows the ledger with a short delay.
func (p person) follows(list, address string) {
	p.t.Helper()
	link := `main a[href="` + address + `"]`
	require.Eventually(p.t, func() bool {
		p.Visit(sandbox.base() + list)
		return browser.Ask[bool](p.Page, "!!document.querySelector('"+link+"')")
	}, time.Minute, 200*time.Millisecond, "%s does not show %s", list, address)
	p.Click(link)
}

// freeEntry gives the identifier of an entry of an account's catalogue that no
// application names, out of the first page.
func (p *platform) freeEntry(t *testing.T, account string) string {
	t.Helper()
	session, uscc := p.login(t, account), p.account(t, account).USCC
	taken, err := session.AppliedEntries(t.Context(), uscc)
	require.NoError(t, err)
	entries, err := session.OwnEntries(t.Context(), ledger.PageRequest{PageSize: 20}) // as /mine/entries shows them
	require.NoError(t, err)
	for _, entry := range entries.Items {
		if entry.Status == ledger.EntryActive && entry.Registration == "" && !taken[entry.Identifier] {
			return entry.Identifier
		}
	}
	require.Fail(t, "every entry of the first page is taken")
	return ""
}

func TestARegistrationIsMadeByClickingOnly(t *testing.T) {
	registrant := sits(t, "registrant-transport")
	registrant.Visit(sandbox.base() + "/mine")
	registrant.Click("a[href='/mine/entries']")
	registrant.Wait("main table form button")
	registrant.Keep("guide-1-entries")
	registrant.Click(`main form:has(input[value$="/` + sandbox.freeEntry(t, "registrant-transport") + `"]) button`)
	registrant.Wait("input[name=kind]:checked")
	registrant.Click("button[name=go]")
	registrant.Wait("#dataName")
	name := browser.Ask[string](registrant.Page, "document.querySelector('#dataName').value")
	require.NotEmpty(t, name, "the form is filled in from the catalogue")
	registrant.Keep("guide-2-facts")
	registrant.Click("button[name=go]")
	registrant.Wait("fieldset.material")
	registrant.Click(".steps li:last-child a")
	registrant.Wait("#missing")
	require.Contains(t, registrant.Text("main"), "数据安全风险评估报告", "what is missing is said, and nothing filed")
	registrant.Keep("guide-3-missing")
	registrant.Click("section.alert li a")
	registrant.Wait("fieldset.material")
	for _, material := range []string{"lawful_source_commitment", "storage_location", "query_result", "operation_log", "risk_assessment"} {
		path := filepath.Join(t.TempDir(), material+".txt")
		require.NoError(t, os.WriteFile(path, []byte(material+" of "+name), 0o600))
		registrant.Choose("[id='file."+material+"']", path)
	}
	registrant.Keep("guide-4-materials")
	registrant.Click("button[name=go]")
	registrant.Wait("#ready")
	registrant.Keep("guide-5-review")
	registrant.Click("#file")
	registrant.Wait("#filed")
	listed, err := sandbox.login(t, "registrant-transport").Applications(t.Context(), ledger.PageRequest{PageSize: ledger.MaxPageSize})
	require.NoError(t, err)
	var id string
	for _, application := range listed.Items {
		if application.Publicised.DataName == name && application.State == ledger.StateBusinessReview {
			id = application.ID
		}
	}
	require.NotEmpty(t, id)

	sits(t, "authority1").does(id, "endorse_business_review")
	registrant.does(id, "file")
	acceptor := sits(t, "acceptor1")
	acceptor.follows("/work", "/cases/"+id)
	acceptor.Wait("#actions")
	acceptor.Keep("guide-6-officer")
	acceptor.takes("accept")
	sits(t, "reviewer1").does(id, "publish")

	guest := browser.Open(t)
	guest.Visit(sandbox.base() + "/notices/" + id)
	require.Contains(t, guest.Text("main"), name)
	guest.Keep("guide-7-notice")
	contested(t, person{guest, t}, registrant, id)
	operator := sandbox.login(t, "operator1")
	published, err := sandbox.login(t, "authority1").Application(t.Context(), id)
	require.NoError(t, err)
	end, err := operator.Deadline(t.Context(), published.NoticeEnd, 1)
	require.NoError(t, err)
	_, _, err = operator.AdvanceClock(t.Context(), ledger.AdvanceClockRequest{To: end.Due})
	require.NoError(t, err)

	issuer := sits(t, "issuer1")
	issuer.does(id, "issue")
	code := issuer.Text(`main a[href^="/registrations/"]`)
	code = code[strings.LastIndex(code, " ")+1:]
	registrant.follows("/mine", "/registrations/"+code)
	registrant.Wait(`a[href$="/slip/pdf"]`)
	registrant.Keep("guide-8-registration")
	registrant.RequireAccessible()
	slip := registrant.downloads("/mine/registrations/" + code + "/slip/pdf")
	require.True(t, bytes.HasPrefix(slip, []byte("%PDF-")))
	report, err := operator.VerifySlip(t.Context(), bytes.NewReader(slip))
	require.NoError(t, err)
	require.Equal(t, verify.Valid, report.Verdict, "%+v", report.Checks)
}

// contested has somebody without an account object to a notice, and the registrar
// deal with it to the end, by pages alone.
func contested(t *testing.T, guest, registrant person, id string) {
	t.Helper()
	proof := filepath.Join(t.TempDir(), "proof.txt")
	require.NoError(t, os.WriteFile(proof, []byte("proof of "+id), 0o600))
	guest.Click(`main a[href$="/objection"]`)
	guest.Type("#name", "王小明")
	guest.Type("#identityNumber", "110101199003070011")
	guest.Type("#contact", "13800000001")
	guest.Type("#statement", "该数据的权属有争议。")
	guest.Choose("#evidence", proof)
	guest.Click("main form[enctype] button")
	guest.Wait("#code")
	code := guest.Text("#code")
	raised, err := sandbox.login(t, "reviewer1").ObjectionsTo(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, raised, 1)
	require.Equal(t, ledger.RoleIntake, raised[0].Objector.Role)

	at := "/work/objections/" + raised[0].ID
	registrant.Visit(sandbox.base() + at)
	registrant.Click(`main a[href$="/actions/answer"]`)
	registrant.Choose("#evidenceFiles", proof)
	registrant.Click(`main form[enctype] button`)
	registrant.Wait(`.alert-success, #problems`)
	require.Empty(t, registrant.Text("#problems"))
	reviewer := sits(t, "reviewer1")
	for _, step := range [][2]string{{"request_supplement", "请补充采集记录"}, {"dismiss", "证据不足以证明权属"}} {
		reviewer.Visit(sandbox.base() + at)
		require.Contains(t, reviewer.Text("main"), "王小明", "who re-examines knows the real name")
		reviewer.Click(`main a[href$="/actions/` + step[0] + `"]`)
		reviewer.Type("#reason", step[1])
		reviewer.Click(`main form[enctype] button`)
		reviewer.Wait(`.alert-success, #problems`)
		require.Empty(t, reviewer.Text("#problems"))
		guest.Visit(sandbox.base() + "/objections/track")
		guest.Type("#trackingCode", code)
		guest.Click(`main form[action="/objections/track"] button`)
		guest.Wait("#history")
		require.Contains(t, guest.Text("#main"), step[1], "the registrar's words reach the objector")
	}
}

// does takes one step of a case that it opens by its address.
func (p person) does(id, action string) {
	p.t.Helper()
	p.Visit(sandbox.base() + "/cases/" + id)
	p.takes(action)
}

// fetching reads a file of this site in the page's own session, as base64.
const fetching = `fetch(%q).then((answer) => answer.ok ? answer.blob() : Promise.reject(answer.status)).then((content) => new Promise((done) => {
	const reader = new FileReader();
	reader.onload = () => done(reader.result.split(",")[1]);
	reader.readAsDataURL(content);
}))`

// downloads fetches a file in the browser's session.
func (p person) downloads(path string) []byte {
	p.t.Helper()
	content, err := base64.StdEncoding.DecodeString(browser.Ask[string](p.Page, fmt.Sprintf(fetching, path)))
	require.NoError(p.t, err)
	return content
}
