package portal_test

import (
	"bytes"
	"crypto/rand"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/client"
	"dengji/gateway/gatewaytest"
	"dengji/test/browser"
)

// upload sends the evidence form as a browser without scripts does.
func (s site) upload(t *testing.T, fields map[string]string, name, content string) (*http.Response, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range []string{"kind", "sealed"} {
		if value, given := fields[field]; given {
			require.NoError(t, form.WriteField(field, value))
		}
	}
	part, err := form.CreateFormFile("file", name)
	require.NoError(t, err)
	_, _ = part.Write([]byte(content))
	require.NoError(t, form.Close())
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/mine/evidence", &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Cookie", s.as(contracttest.Haidian)["Cookie"])
	recorder := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(recorder, request)
	return recorder.Result(), recorder.Body.String()
}

func ownEvidence(s site) []client.NamedEvidence {
	return gatewaytest.Do[ledger.Page[client.NamedEvidence]](s.platform, contracttest.Haidian, http.MethodGet, "/evidence", nil, http.StatusOK).Items
}

func TestEvidenceIsUploadedByAPlainForm(t *testing.T) {
	s := open(t, false)
	response, body := s.upload(t, map[string]string{"kind": "commitment", "sealed": "true"}, "承诺书"+script+".txt", "content")
	require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
	found := ownEvidence(s)
	require.Len(t, found, 1)
	require.True(t, found[0].Sealed)
	_, body = s.ask(t, http.MethodGet, "/mine/evidence", nil, s.as(contracttest.Haidian))
	require.Contains(t, body, "<noscript>")
	require.Contains(t, body, "不能显示进度")
	require.NotContains(t, body, "<script>document.title")
	answer, content := s.ask(t, http.MethodGet, "/mine/evidence/"+found[0].CID+"/content", nil, s.as(contracttest.Haidian))
	require.Equal(t, "content", content)
	require.Contains(t, answer.Header.Get("Content-Disposition"), "attachment")
	require.Equal(t, "application/octet-stream", answer.Header.Get("Content-Type"))
	answer, _ = s.ask(t, http.MethodGet, "/mine/evidence/"+found[0].CID+"/content", nil, s.as(contracttest.Chaoyang))
	require.Equal(t, http.StatusNotFound, answer.StatusCode)

	height := s.platform.Stage.Height()
	for name, fields := range map[string]map[string]string{"no kind": {}, "a kind that does not exist": {"kind": "gossip"}} {
		response, body := s.upload(t, fields, "a.txt", name)
		require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode, name)
		require.Contains(t, body, `id="problems"`, name)
	}
	response, _ = s.upload(t, map[string]string{"kind": "other"}, "", "")
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode, "no file")
	require.Equal(t, height, s.platform.Stage.Height())
}

func TestAnUploadIsPausedResumedAndAnchoredInTheBrowser(t *testing.T) {
	s := open(t, false)
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch && r.Header.Get("Upload-Offset") != "0" {
			once.Do(func() {
				close(held)
				<-release
				panic(http.ErrAbortHandler) // the line breaks
			})
		}
		s.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(slow.CloseClientConnections)
	content := make([]byte, 6<<20) // two pieces
	rand.Read(content)
	file := filepath.Join(t.TempDir(), "日志.bin")
	require.NoError(t, os.WriteFile(file, content, 0o600))

	page := browser.Open(t)
	page.Visit(slow.URL + "/help")
	setCookie(page, "dengji-session="+s.platform.Token(contracttest.Haidian)+"; path=/")
	page.Visit(slow.URL + "/mine/evidence")
	page.Type("#kind", strings.Repeat(kb.ArrowDown, 3))
	page.Choose("#file", file)
	page.Click("form[data-resumable] button.btn-primary")
	select {
	case <-held:
	case <-time.After(20 * time.Second):
		require.Fail(t, "no second piece", page.Text("[data-said]"))
	}
	page.Click("[data-pause]")
	page.Wait("[data-go-on]")
	page.Keep("registrant-paused")
	page.RequireAccessible()
	close(release)
	require.Empty(t, ownEvidence(s))
	page.Click("[data-go-on]")
	page.Wait("table [data-copy]")
	found := ownEvidence(s)
	require.Len(t, found, 1)
	require.Equal(t, ledger.EvidenceOperationLog, found[0].Kind)
	require.Equal(t, int64(len(content)), found[0].Size)
	require.Equal(t, "日志.bin", found[0].Name)
	status, stored := s.platform.Get(contracttest.Haidian, "/evidence/"+found[0].CID+"/content")
	require.Equal(t, http.StatusOK, status)
	require.True(t, bytes.Equal(content, stored))
}

func TestAnUploadThatIsRefusedSaysWhyInTheReadersLanguage(t *testing.T) {
	s := open(t, false)
	file := filepath.Join(t.TempDir(), "big.bin")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Truncate(file, gatewaytest.Limits.Evidence+1))
	row, _ := fault.Lookup(fault.FileTooLarge)
	for language, sentence := range map[string]string{"zh": row.ZH, "en": row.EN} {
		page := browser.Open(t)
		page.Visit(s.URL + "/help")
		setCookie(page, "dengji-session="+s.platform.Token(contracttest.Haidian)+"; path=/")
		setCookie(page, "dengji-language="+language+"; path=/")
		page.Visit(s.URL + "/mine/evidence")
		page.Type("#kind", kb.ArrowDown)
		page.Choose("#file", file)
		page.Click("form[data-resumable] button.btn-primary")
		require.Eventually(t, func() bool { return strings.Contains(page.Text("[data-said]"), sentence) },
			20*time.Second, 50*time.Millisecond, sentence)
	}
	require.Empty(t, ownEvidence(s))
}
