package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/gateway/gatewaytest"
)

// upload is a file that one caller sends in pieces.
type upload struct {
	*gatewaytest.Platform
	t  *testing.T
	as ledger.Actor
	id string
}

func (u *upload) request(method string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	u.t.Helper()
	address := "/api/v1/uploads"
	if u.id != "" {
		address += "/" + u.id
	}
	request := u.Request(u.as, method, strings.TrimPrefix(address, "/api/v1"), body)
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("Content-Type", "application/offset+octet-stream")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return u.Send(request)
}

func begin(t *testing.T, p *gatewaytest.Platform, as ledger.Actor, size int) *upload {
	t.Helper()
	u := &upload{p, t, as, ""}
	name := base64.StdEncoding.EncodeToString([]byte("操作日志.log"))
	answer := u.request(http.MethodPost, nil, "Upload-Length", strconv.Itoa(size), "Upload-Metadata", "filename "+name)
	require.Equal(t, http.StatusCreated, answer.Code, answer.Body.String())
	require.Contains(t, answer.Header().Get("Location"), "/api/v1/uploads/")
	u.id = path.Base(answer.Header().Get("Location"))
	return u
}

func (u *upload) send(offset int, content string) *httptest.ResponseRecorder {
	u.t.Helper()
	return u.request(http.MethodPatch, strings.NewReader(content), "Upload-Offset", strconv.Itoa(offset))
}

func (u *upload) offset() string {
	u.t.Helper()
	return u.request(http.MethodHead, nil).Header().Get("Upload-Offset")
}

// complete asks for the file to be stored and anchored.
func (u *upload) complete() *httptest.ResponseRecorder {
	u.t.Helper()
	return u.Send(u.Request(u.as, http.MethodPost, "/uploads/"+u.id+"/completion?kind=operation-log", nil))
}

func requireRefusal(t *testing.T, code fault.Code, answer *httptest.ResponseRecorder) {
	t.Helper()
	var refused struct {
		Code      fault.Code
		Message   ledger.Text
		RequestID string
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &refused), answer.Body.String())
	require.Equal(t, code, refused.Code)
	require.NotEmpty(t, refused.Message.ZH)
	require.NotEmpty(t, refused.RequestID)
	row, _ := fault.Lookup(code)
	require.Equal(t, row.Status, answer.Code)
}

func TestAFileSentInPiecesBecomesEvidenceOnceItIsWhole(t *testing.T) {
	p := gatewaytest.New(t)
	u := begin(t, p, contracttest.Transport, 10)
	require.Equal(t, http.StatusNoContent, u.send(0, "01234").Code)
	requireRefusal(t, fault.UploadOffset, u.send(4, "4"))
	require.Equal(t, "5", u.offset(), "after a break a client asks how much has arrived")
	requireRefusal(t, fault.UploadIncomplete, u.complete())
	require.Equal(t, http.StatusNoContent, u.send(5, "56789").Code)
	before := p.Stage.Height()
	answer := u.complete()
	require.Equal(t, http.StatusCreated, answer.Code, answer.Body.String())
	var anchored struct {
		ledger.Evidence
		Name string
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &anchored))
	require.Equal(t, "操作日志.log", anchored.Name)
	require.EqualValues(t, 10, anchored.Size)
	require.Equal(t, before+1, p.Stage.Height(), "one anchor")
	status, content := p.Get(contracttest.Transport, "/evidence/"+anchored.CID+"/content")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "0123456789", string(content))
	requireRefusal(t, fault.NotFound, u.complete())

	t.Run("and is served in ranges", func(t *testing.T) {
		request := p.Request(contracttest.Transport, http.MethodGet, "/evidence/"+anchored.CID+"/content", nil)
		request.Header.Set("Range", "bytes=3-5")
		part := p.Send(request)
		require.Equal(t, http.StatusPartialContent, part.Code)
		require.Equal(t, "345", part.Body.String())
	})
	t.Run("and as an archive", func(t *testing.T) {
		status, archive := p.Get(contracttest.Transport, "/evidence/"+anchored.CID+"/archive")
		require.Equal(t, http.StatusOK, status)
		require.True(t, bytes.Contains(archive, []byte("0123456789")))
	})
}

func TestAnUploadIsItsOwnersAlone(t *testing.T) {
	p := gatewaytest.New(t)
	u := begin(t, p, contracttest.Transport, 4)
	other := &upload{p, t, contracttest.Haidian, u.id}
	requireRefusal(t, fault.NotFound, other.send(0, "abcd"))
	requireRefusal(t, fault.NotFound, other.complete())
	require.Equal(t, "0", u.offset(), "nothing has arrived")
	require.Equal(t, http.StatusNoContent, u.request(http.MethodDelete, nil).Code)
	requireRefusal(t, fault.NotFound, u.send(0, "abcd"))
}

func TestUploadsThatCannotBecomeEvidenceAreRefusedAtOnce(t *testing.T) {
	p := gatewaytest.New(t)
	tooLarge := &upload{p, t, contracttest.Transport, ""}
	requireRefusal(t, fault.FileTooLarge, tooLarge.request(http.MethodPost, nil, "Upload-Length", strconv.FormatInt(gatewaytest.Limits.Evidence+1, 10)))
	requireRefusal(t, fault.InvalidValue, tooLarge.request(http.MethodPost, nil))
	inspector := &upload{p, t, contracttest.Supervisor, ""}
	requireRefusal(t, fault.RoleNotAllowed, inspector.request(http.MethodPost, nil, "Upload-Length", "4"))
	guest := httptest.NewRequest(http.MethodPost, "/api/v1/uploads", nil)
	requireRefusal(t, fault.Unauthenticated, p.Send(guest))
}
