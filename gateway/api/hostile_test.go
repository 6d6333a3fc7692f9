package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/gateway/api"
	"dengji/gateway/gatewaytest"
)

// jsonOperations lists the paths that take a JSON body, with their parameters
// filled in with something hostile.
func jsonOperations(t *testing.T, p *gatewaytest.Platform) []string {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			RequestBody *struct {
				Content map[string]any `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(p.Server.Document(), &document))
	var found []string
	for path, operations := range document.Paths {
		operation, posts := operations["post"]
		if posts && operation.RequestBody != nil && operation.RequestBody.Content["application/json"] != nil && !strings.HasSuffix(path, "/slip") {
			found = append(found, strings.NewReplacer(api.Base, "", "{id}", "..%2f%00", "{action}", "%F0%9F%92%A3", "{code}", "';--").Replace(path))
		}
	}
	sort.Strings(found)
	return found
}

func TestNoBodyWhateverMakesTheGatewayFail(t *testing.T) {
	p := gatewaytest.New(t)
	p.ConnectCatalogueChain()
	paths := jsonOperations(t, p)
	require.Greater(t, len(paths), 8)
	values := rapid.SampledFrom([]string{`null`, `""`, `"<script>"`, `-1`, `1e400`, `9223372036854775808`, `[]`, `[[[[]]]]`, `{}`, `{"a":{}}`, `true`,
		`"\ud800"`, `"\u0000"`, `["` + strings.Repeat("长", 5000) + `"]`, `[null]`, `[{"provider":1}]`})
	names := rapid.SampledFrom([]string{"type", "kind", "entries", "materials", "identifier", "name", "items", "to", "seconds", "code", "queryCode",
		"application", "evidence", "filings", "validUntil", "id", "version", "transitions", "holidays", "year", "account", "password", "reason", "concern", "__proto__"})
	rapid.Check(t, func(t *rapid.T) {
		as := rapid.SampledFrom(contracttest.Cast).Draw(t, "as")
		path := rapid.SampledFrom(paths).Draw(t, "path")
		var body []byte
		if rapid.Bool().Draw(t, "raw") {
			body = rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "bytes")
		} else {
			var fields []string
			for range rapid.IntRange(0, 4).Draw(t, "fields") {
				fields = append(fields, `"`+names.Draw(t, "name")+`":`+values.Draw(t, "value"))
			}
			body = []byte("{" + strings.Join(fields, ",") + "}")
		}
		recorder := p.Send(p.Request(as, http.MethodPost, path, bytes.NewReader(body)))
		if recorder.Code >= 400 {
			var refusal struct {
				Code fault.Code `json:"code"`
			}
			if err := json.Unmarshal(recorder.Body.Bytes(), &refusal); err != nil || recorder.Code >= 500 {
				t.Fatalf("%s as %s with %q: %d %s", path, as.ID, body, recorder.Code, recorder.Body)
			}
			if row, known := fault.Lookup(refusal.Code); !known || row.Status != recorder.Code {
				t.Fatalf("%s: %d with code %s", path, recorder.Code, refusal.Code)
			}
		}
	})
}
