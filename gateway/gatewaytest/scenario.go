package gatewaytest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/ledger"
)

// Scenario is one request with what has to come of it.
type Scenario struct {
	As                 ledger.Actor // Guest: nobody
	Method             string
	URL                string // below the interface's base
	Body               string
	Header             map[string]string
	Malformed          bool // the request breaks the description on purpose
	Undescribed        bool // no operation of the description
	ExpectedStatus     int
	ExpectedContent    []string
	NotExpectedContent []string
	Writes             bool // whether the ledger may have grown
}

// Validator holds requests and answers against the OpenAPI description.
type Validator struct{ validator.Validator }

// validators are kept by description: all platforms of a test program have one.
var validators sync.Map

// NewValidator reads a platform's description, which has to be a valid one.
func NewValidator(t testing.TB, p *Platform) Validator {
	t.Helper()
	text := string(p.Server.Document())
	if made, known := validators.Load(text); known {
		return made.(Validator)
	}
	made := readDescription(t, text)
	validators.Store(text, made)
	return made
}

func readDescription(t testing.TB, text string) Validator {
	t.Helper()
	document, err := libopenapi.NewDocument([]byte(text))
	require.NoError(t, err)
	made, failures := validator.NewValidator(document)
	require.Empty(t, failures)
	valid, problems := made.ValidateDocument()
	require.True(t, valid, "%v", problems)
	return Validator{made}
}

// NewValidatorOf makes the validator of another interface's description.
func NewValidatorOf(t testing.TB, text string) Validator { return readDescription(t, text) }

// Breaks says how a request or its answer breaks the description; empty: not at all.
func (v Validator) Breaks(request *http.Request, recorder *httptest.ResponseRecorder) string {
	_, asked := v.ValidateHttpRequest(request)
	_, answered := v.ValidateHttpResponse(request, recorder.Result())
	if len(asked)+len(answered) == 0 {
		return ""
	}
	return fmt.Sprint(asked, answered)
}

// Run sends scenarios, each named by a sentence, in any order. Every answer has to
// keep to the description, and every request that is not malformed on purpose.
func (p *Platform) Run(t *testing.T, description Validator, scenarios map[string]Scenario) {
	t.Helper()
	for name, scenario := range scenarios {
		t.Run(name, func(t *testing.T) { p.play(t, description, scenario) })
	}
}

func (p *Platform) play(t *testing.T, description Validator, scenario Scenario) {
	t.Helper()
	height := p.Stage.Height()
	request := p.Request(scenario.As, scenario.Method, scenario.URL, bodyOf(scenario))
	for name, value := range scenario.Header {
		request.Header.Set(name, value)
	}
	if !scenario.Malformed && !scenario.Undescribed {
		description.holdsRequest(t, request)
	}
	recorder := p.Send(request)
	text := recorder.Body.String()
	require.Equal(t, scenario.ExpectedStatus, recorder.Code, text)
	require.NotEmpty(t, recorder.Header().Get("X-Request-Id"))
	if !scenario.Undescribed {
		description.Holds(t, request, recorder)
	}
	for _, expected := range scenario.ExpectedContent {
		require.Contains(t, text, expected)
	}
	for _, hidden := range scenario.NotExpectedContent {
		require.NotContains(t, text, hidden)
	}
	if !scenario.Writes {
		require.Equal(t, height, p.Stage.Height(), "something was written")
	}
}

func bodyOf(scenario Scenario) io.Reader {
	if scenario.Body == "" {
		return nil
	}
	return strings.NewReader(scenario.Body)
}

// holdsRequest keeps the body readable for the server.
func (v Validator) holdsRequest(t *testing.T, request *http.Request) {
	t.Helper()
	var content []byte
	if request.Body != nil {
		var err error
		content, err = io.ReadAll(request.Body)
		require.NoError(t, err)
		request.Body = io.NopCloser(bytes.NewReader(content))
	}
	valid, problems := v.ValidateHttpRequest(request)
	require.True(t, valid, "the request breaks the description: %v", problems)
	if content != nil {
		request.Body = io.NopCloser(bytes.NewReader(content))
	}
}

// Entry is a sound catalogue entry.
func Entry(identifier string) ledger.EntryContent {
	return ledger.EntryContent{
		Identifier: identifier, Name: "公交线路站点信息", Classification: "部门资源目录/交通", ProviderName: "北京市示例交通委员会",
		Summary: "全市公交线路与站点的名称、位置和首末班时间。", Format: "数据库",
		Items:       []ledger.InformationItem{{Name: "线路名称", Type: "C", Length: 50}, {Name: "站点数", Type: "N", Length: 4}},
		SharingType: "有条件共享", SharingCondition: "用于城市运行管理", SharingMethod: "接口", OpenType: "无条件开放",
		UpdateCycle: "每日", PublishDate: "2026-01-05", Industry: "G54", Division: "110000",
	}
}

// Holds holds a recorded answer against the description.
func (v Validator) Holds(t *testing.T, request *http.Request, recorder *httptest.ResponseRecorder) {
	t.Helper()
	valid, problems := v.ValidateHttpResponse(request, recorder.Result())
	require.True(t, valid, "the answer breaks the description: %v", problems)
}
