package portal_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
	"dengji/gateway/catalogfile"
	"dengji/gateway/gatewaytest"
)

// sendFile sends a form with one file in Haidian's session.
func (s site) sendFile(t *testing.T, path, name string, content []byte) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	require.NoError(t, err)
	_, _ = part.Write(content)
	require.NoError(t, form.Close())
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, &body)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Cookie", s.as(contracttest.Haidian)["Cookie"])
	recorder := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(recorder, request)
	return recorder
}

func TestAWorkbookIsAnsweredForRowByRowAndGivenBackToBeCorrected(t *testing.T) {
	s := open(t, false)
	good, bad := gatewaytest.Entry("W-1"), gatewaytest.Entry("W-2")
	bad.Name, bad.UpdateCycle = "名称"+script, "偶尔"
	entries := []catalogfile.Entry{{Provider: contracttest.Haidian.USCC, Content: good}, {Provider: contracttest.Haidian.USCC, Content: bad}}
	for i := range entries {
		entries[i].Content.ProviderName, entries[i].Content.Division = contracttest.Haidian.Name, contracttest.Haidian.Division
	}
	var book bytes.Buffer
	require.NoError(t, catalogfile.WriteWorkbook(&book, entries))
	answer := s.sendFile(t, "/mine/catalogue/file", "目录.xlsx", book.Bytes())
	require.Equal(t, http.StatusOK, answer.Code)
	require.Contains(t, answer.Body.String(), "新建")
	require.Contains(t, answer.Body.String(), "未通过")
	require.NotContains(t, answer.Body.String(), "<script>document.title")
	found := gatewaytest.Do[ledger.Page[ledger.CatalogEntry]](s.platform, contracttest.Haidian, http.MethodGet, "/catalog/entries?provider="+contracttest.Haidian.USCC, nil, http.StatusOK)
	require.Len(t, found.Items, 1)

	answer = s.sendFile(t, "/mine/catalogue/corrections", "目录.xlsx", book.Bytes())
	require.Equal(t, http.StatusOK, answer.Code)
	corrected, err := catalogfile.Parse(t.Context(), "c.xlsx", bytes.NewReader(answer.Body.Bytes()), -1, catalogfile.Options{Provider: contracttest.Haidian.USCC})
	require.NoError(t, err)
	require.Len(t, corrected.Rows, 1)
	require.Equal(t, "W-2", corrected.Rows[0].Identifier)

	height := s.platform.Stage.Height()
	answer = s.sendFile(t, "/mine/catalogue/file", "目录.xlsx", []byte("no workbook"))
	require.Equal(t, http.StatusUnprocessableEntity, answer.Code)
	require.Contains(t, answer.Body.String(), `id="problems"`)
	require.Equal(t, height, s.platform.Stage.Height())
	response, body := s.ask(t, http.MethodGet, "/mine/catalogue/template", nil, s.as(contracttest.Haidian))
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.True(t, strings.HasPrefix(body, "PK"))
}

func TestOneEntryIsPutOnChainByAForm(t *testing.T) {
	s := open(t, false)
	form := url.Values{"identifier": {"F-1"}, "name": {"门牌号"}, "classification": {"部门资源目录/公安"}, "summary": {"门牌号。"}, "format": {"数据库"},
		"items": {"门牌号，C，50\n启用日期,D"}, "sharingType": {"无条件共享"}, "sharingMethod": {"接口"}, "openType": {"不予开放"}, "updateCycle": {"每月"}, "publishDate": {"2026-01-05"}}
	response, body := s.ask(t, http.MethodPost, "/mine/catalogue/entry", form, s.as(contracttest.Haidian))
	require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
	entry := gatewaytest.Do[ledger.CatalogEntry](s.platform, contracttest.Haidian, http.MethodGet, "/catalog/entries/"+contracttest.Haidian.USCC+"/F-1", nil, http.StatusOK)
	require.Equal(t, []ledger.InformationItem{{Name: "门牌号", Type: "C", Length: 50}, {Name: "启用日期", Type: "D"}}, entry.Content.Items)
	require.Equal(t, contracttest.Haidian.Name, entry.Content.ProviderName)
	form.Set("updateCycle", "偶尔")
	form.Set("providerName", contracttest.Chaoyang.Name)
	response, body = s.ask(t, http.MethodPost, "/mine/catalogue/entry", form, s.as(contracttest.Haidian))
	require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
	require.Contains(t, body, `id="updateCycle-problem"`)
	require.Contains(t, body, "门牌号", "what was filled in stays")
}

func TestAMandateIsGrantedAndWithdrawnOnAPage(t *testing.T) {
	s := open(t, false)
	grant := url.Values{"filings": {"entrusted"}, "validUntil": {"2026-12-31"}}
	response, body := s.ask(t, http.MethodPost, "/mine/mandates", grant, s.as(contracttest.Haidian))
	require.Equal(t, http.StatusSeeOther, response.StatusCode, body)
	list := gatewaytest.Do[ledger.Page[ledger.Mandate]](s.platform, contracttest.Haidian, http.MethodGet, "/mandates", nil, http.StatusOK)
	require.Len(t, list.Items, 1)
	path := "/mine/mandates/" + list.Items[0].ID + "/withdrawal"
	response, _ = s.ask(t, http.MethodPost, path, url.Values{}, s.as(contracttest.Chaoyang))
	require.Equal(t, http.StatusNotFound, response.StatusCode, "another's")
	response, _ = s.ask(t, http.MethodPost, path, url.Values{}, s.as(contracttest.Haidian))
	require.Equal(t, http.StatusSeeOther, response.StatusCode)
	_, body = s.ask(t, http.MethodGet, "/mine/mandates", nil, s.as(contracttest.Haidian))
	require.Contains(t, body, "已失效")
	for _, wrong := range []url.Values{{"validUntil": {"2026-12-31"}}, {"filings": {"own"}, "validUntil": {"2026-12-31"}}, {"filings": {"entrusted"}, "validUntil": {"soon"}}} {
		response, body = s.ask(t, http.MethodPost, "/mine/mandates", wrong, s.as(contracttest.Haidian))
		require.Equal(t, http.StatusUnprocessableEntity, response.StatusCode, wrong)
		require.Contains(t, body, `id="problems"`)
	}
}
