//go:build integration

package test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures"
	"dengji/gateway/client"
)

// endless gives a JSON text of the given number of bytes without holding it.
func endless(size int64) io.Reader {
	return io.MultiReader(strings.NewReader(`{"name":"`), io.LimitReader(filler{}, size), strings.NewReader(`"}`))
}

type filler struct{}

func (filler) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'a'
	}
	return len(into), nil
}

// unfit is a request that has to be refused, and how.
type unfit struct {
	request client.Request
	code    fault.Code
	field   string
}

func document(path, body string) client.Request {
	return client.Request{Method: http.MethodPost, Path: path, Body: strings.NewReader(body), ContentType: "application/json"}
}

func TestBadInputIsRefusedOnARealNetworkAndNoPeerWritesABlock(t *testing.T) {
	sandbox.revive(t)
	session, other := sandbox.login(t, fixtures.Haidian.Account), sandbox.login(t, fixtures.Company.Account)
	entries, err := session.EntriesOf(t.Context(), fixtures.Haidian.USCC, ledger.PageRequest{PageSize: 1})
	require.NoError(t, err)
	entry := entries.Items[0].Content.Identifier
	foreign, _, err := other.PutEvidence(t.Context(), ledger.EvidenceCommitment, false, "承诺书.txt", strings.NewReader("不属于申请人的承诺书"))
	require.NoError(t, err)

	application := func(materials, more string) client.Request {
		return document("/applications", `{"type":"first","kind":"resource","entries":[{"provider":"`+fixtures.Haidian.USCC+`","identifier":"`+entry+`"}],`+
			`"dataName":"名称","industry":"N78","dataType":"数据资源","summary":"简介","materials":[`+materials+`]`+more+`}`)
	}
	var form bytes.Buffer
	form.WriteString("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"目录.xlsx\"\r\n\r\nPK no workbook\r\n--b--\r\n")
	cases := map[string]unfit{
		"a code that fails its check digit": {application("", `,"filing":"joint","joint":[{"uscc":"11110000DJ00010158","name":"名称"}]`), fault.InvalidUSCC, "joint[0].uscc"},
		"an unknown field":                  {application("", `,"state":"registered"`), fault.UnknownField, "state"},
		"a name that is too long":           {document("/catalog/entries", `{"identifier":"X-1","name":"`+strings.Repeat("长", ledger.MaxEntryName+1)+`"}`), fault.FieldTooLong, "name"},
		"missing evidence":                  {application("", ""), fault.EvidenceMissing, ""},
		"another registrant's evidence":     {application(`{"key":"lawful_source_commitment","cid":"`+foreign.CID+`"}`, ""), fault.EvidenceForeign, ""},
		"a hundred megabytes of JSON": {client.Request{Method: http.MethodPost, Path: "/catalog/entries", Body: endless(100 << 20), ContentType: "application/json"},
			fault.RequestTooLarge, ""},
		"invalid UTF-8": {document("/catalog/entries", "{\"name\":\"\xff\xfe\"}"), fault.InvalidEncoding, ""},
		"a workbook that is none": {client.Request{Method: http.MethodPost, Path: "/catalog/imports", Query: url.Values{}, Body: &form,
			ContentType: "multipart/form-data; boundary=b"}, fault.NotAWorkbook, ""},
	}
	before := sandbox.heights(t)
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			err := session.Do(t.Context(), c.request, nil)
			var refused *client.Error
			require.True(t, errors.As(err, &refused), "%v", err)
			require.Equal(t, c.code, refused.Code, refused.Error())
			require.GreaterOrEqual(t, refused.Status, 400)
			require.Less(t, refused.Status, 500)
			require.NotEmpty(t, refused.Message.ZH)
			require.NotEmpty(t, refused.RequestID)
			if c.field != "" {
				require.Equal(t, c.field, refused.Field)
			}
			require.NotEmpty(t, refused.Article)
		})
	}
	require.Equal(t, before, sandbox.heights(t), "no peer has a block more")
}
