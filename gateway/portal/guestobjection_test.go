package portal_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/intake"
	"dengji/test/browser"
)

// upload is a file of a form.
type upload struct{ name, content string }

// send hands in a form with files, as a guest.
func (s site) send(t *testing.T, path string, fields map[string]string, files ...upload) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		require.NoError(t, form.WriteField(name, value))
	}
	for _, file := range files {
		part, err := form.CreateFormFile("evidence", file.name)
		require.NoError(t, err)
		_, err = io.WriteString(part, file.content)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, &body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := s.Client().Do(request)
	require.NoError(t, err)
	defer response.Body.Close() //nolint:errcheck // read to the end
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(content)
}

func (s site) noticed(t *testing.T) ledger.Application {
	t.Helper()
	application := s.platform.Application(contracttest.Haidian)
	s.platform.Published(application.ID)
	return application
}

func guestFields(name string) map[string]string {
	return map[string]string{"name": name, "identityNumber": "110101199003070012", "contact": "13800000001", "statement": "有争议 " + name}
}

var (
	shownCode   = regexp.MustCompile(`id="code">([A-Z2-7-]{29})<`)
	shownPermit = regexp.MustCompile(`name="permit" value="([A-Z2-7]+)"`)
)

func TestHostileWordsOfAGuestAreTextAndNothingIsWrittenOfWhatIsRefused(t *testing.T) {
	s := open(t, false)
	path := "/notices/" + s.noticed(t).ID + "/objection"
	height := s.platform.Stage.Height()

	fields := map[string]string{}
	for name := range guestFields("") {
		fields[name] = script
	}
	fields["contact"] = ""
	status, body := s.send(t, path, fields, upload{script + ".pdf", "proof"})
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, `id="contact-problem"`)
	require.NotContains(t, body, "<script>document")
	require.NotContains(t, body, "<img src=x")
	permit := shownPermit.FindStringSubmatch(body)
	require.Len(t, permit, 2, "what has arrived stays under the permit")

	for sentence, test := range map[string]struct {
		spoil  func(map[string]string)
		file   string
		status int
	}{
		"a name that is too long":     {func(f map[string]string) { f["name"] = strings.Repeat("名", 101) }, "x", http.StatusUnprocessableEntity},
		"a statement with a control":  {func(f map[string]string) { f["statement"] = "a\x07b" }, "x", http.StatusUnprocessableEntity},
		"no file":                     {func(map[string]string) {}, "", http.StatusUnprocessableEntity},
		"a file that is too large":    {func(map[string]string) {}, strings.Repeat("x", intake.MaxFile+1), http.StatusUnprocessableEntity},
		"a permit that was made up":   {func(f map[string]string) { f["permit"] = "AAAA" + script }, "x", http.StatusForbidden},
		"a form larger than the page": {func(f map[string]string) { f["statement"] = strings.Repeat("x", 11<<20) }, "x", http.StatusRequestEntityTooLarge},
	} {
		t.Run(sentence, func(t *testing.T) {
			words := guestFields("张三")
			test.spoil(words)
			var files []upload
			if test.file != "" {
				files = append(files, upload{"a.pdf", test.file})
			}
			status, body := s.send(t, path, words, files...)
			require.Equal(t, test.status, status, body)
			require.NotContains(t, body, "<script>document")
			require.NotContains(t, body, `id="code"`)
		})
	}
	require.Equal(t, height, s.platform.Stage.Height(), "something was written")

	words := guestFields("张三")
	words["permit"] = permit[1]
	status, body = s.send(t, path, words)
	require.Equal(t, http.StatusOK, status, body)
	require.Regexp(t, shownCode, body)
	status, body = s.send(t, path, words)
	require.Equal(t, http.StatusForbidden, status, "a permit is good for one objection")
	require.NotRegexp(t, shownCode, body)
}

func TestOnlyTheHolderOfACodeSeesAnObjection(t *testing.T) {
	s := open(t, false)
	path := "/notices/" + s.noticed(t).ID + "/objection"
	_, first := s.send(t, path, guestFields("张三"), upload{"a.pdf", "one"})
	_, second := s.send(t, path, guestFields("李四"), upload{"b.pdf", "two"})
	codes := []string{shownCode.FindStringSubmatch(first)[1], shownCode.FindStringSubmatch(second)[1]}
	numbers := regexp.MustCompile(`receipt-(.*)\.txt`)
	var ids []string
	for _, code := range codes {
		response, text := s.ask(t, http.MethodPost, "/objections/track/receipt", url.Values{"trackingCode": {code}}, nil)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Contains(t, response.Header.Get("Content-Type"), "text/plain")
		require.Contains(t, text, code)
		ids = append(ids, numbers.FindStringSubmatch(response.Header.Get("Content-Disposition"))[1])
	}
	for i, code := range codes {
		_, body := s.ask(t, http.MethodPost, "/objections/track", url.Values{"trackingCode": {code}}, nil)
		require.Contains(t, body, ids[i])
		require.NotContains(t, body, ids[1-i])
		require.NotContains(t, body, "张三", "not even the holder is shown the sealed name again")
	}
	for _, wrong := range []string{"", "x", codes[0][:20], codes[0][:24] + codes[1][24:], script, strings.Repeat("A", 5000)} {
		response, body := s.ask(t, http.MethodPost, "/objections/track", url.Values{"trackingCode": {wrong}}, nil)
		require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
		require.NotContains(t, body, ids[0])
		require.NotContains(t, body, "<script>document")
		response, _ = s.ask(t, http.MethodPost, "/objections/track/receipt", url.Values{"trackingCode": {wrong}}, nil)
		require.Equal(t, http.StatusNotFound, response.StatusCode)
	}
}

func TestAGuestObjectsInABrowserAndFollowsTheObjectionByItsCode(t *testing.T) {
	s := open(t, false)
	application := s.noticed(t)
	page := browser.Open(t)
	proof := filepath.Join(t.TempDir(), "proof.txt")
	require.NoError(t, os.WriteFile(proof, []byte("proof"), 0o600))
	page.Visit(s.URL + "/notices/" + application.ID)
	page.Click(`main a[href$="/objection"]`)
	page.Type("#name", "王小明")
	page.Type("#identityNumber", "110101199003070011")
	page.Type("#contact", "13800000001")
	page.Type("#statement", "该数据的权属有争议。")
	page.Choose("#evidence", proof)
	requireFits(t, page, "guest-objecting")
	page.Click("main form[enctype] button")
	page.Wait("#code")
	code := page.Text("#code")
	require.False(t, browser.Ask[bool](page, `document.querySelector("[data-print]").hidden`))
	requireFits(t, page, "guest-receipt")

	page.Visit(s.URL + "/objections/track")
	requireFits(t, page, "guest-track")
	page.Type("#trackingCode", strings.ToLower(code))
	page.Click(`main form[action="/objections/track"] button`)
	page.Wait("#history")
	require.NotContains(t, browser.Ask[string](page, "location.href"), code[:5], "the code stands in no address")
	requireFits(t, page, "guest-case")
	page.Choose("#evidence", proof)
	page.Click(`main form[enctype] button`)
	page.Wait(".alert-success")
	found := gatewaytest.Do[ledger.Page[ledger.Objection]](s.platform, contracttest.Reviewer, http.MethodGet, "/applications/"+application.ID+"/objections", nil, http.StatusOK)
	require.Len(t, found.Items, 1)
	require.Equal(t, 2, found.Items[0].Steps)
}
