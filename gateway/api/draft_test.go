package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/gateway/database"
	"dengji/gateway/draft"
	"dengji/gateway/gatewaytest"
	"dengji/gateway/ledgerclient"
)

func drafted(p *gatewaytest.Platform, request ledger.SubmitRequest, prefill bool) draft.Draft {
	return gatewaytest.Do[draft.Draft](p, contracttest.Haidian, http.MethodPost, "/drafts", map[string]any{"request": request, "prefill": prefill}, http.StatusCreated)
}

// refusedWith sends what has to be refused with a code.
func refusedWith(t *testing.T, p *gatewaytest.Platform, method, path string, body any, expected fault.Code) {
	t.Helper()
	content, err := json.Marshal(body)
	require.NoError(t, err)
	recorder := p.Send(p.Request(contracttest.Haidian, method, path, strings.NewReader(string(content))))
	var refusal struct{ Code fault.Code }
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &refusal), recorder.Body.String())
	require.Equal(t, expected, refusal.Code, recorder.Body.String())
}

func TestADraftIsFilledFromTheChainSavedCheckedAndFiledOnce(t *testing.T) {
	p := gatewaytest.New(t)
	complete := p.First(contracttest.Haidian)
	made := drafted(p, ledger.SubmitRequest{Type: ledger.TypeFirst, Kind: ledger.KindResource, Entries: complete.Entries}, true)
	entry := gatewaytest.Entry("T")
	require.Equal(t, entry.Name, made.Request.DataName)
	require.Equal(t, entry.Industry, made.Request.Industry)
	require.Equal(t, "数据资源", made.Request.DataType)
	require.Equal(t, entry.Summary, made.Request.Summary)

	made.Request.Materials = complete.Materials
	path := "/drafts/" + made.ID
	saved := gatewaytest.Do[draft.Draft](p, contracttest.Haidian, http.MethodPut, path, map[string]any{"revision": 1, "request": made.Request}, http.StatusOK)
	require.Equal(t, 2, saved.Revision)
	refusedWith(t, p, http.MethodPut, path, map[string]any{"revision": 1, "request": made.Request}, fault.ConcurrentChange)

	height := p.Stage.Height()
	checked := gatewaytest.Do[draftCheck](p, contracttest.Haidian, http.MethodPost, path+"/check", nil, http.StatusOK)
	require.True(t, checked.Ready, checked.Problems)
	require.Equal(t, contracttest.Haidian.Name, checked.Preview.Publicised.RegistrantName)
	require.Equal(t, height, p.Stage.Height(), "a check writes nothing")

	first := gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, path+"/filing", nil, http.StatusCreated)
	again := gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, path+"/filing", nil, http.StatusCreated)
	require.Equal(t, first, again)
	require.Equal(t, height+1, p.Stage.Height())
	refusedWith(t, p, http.MethodPut, path, map[string]any{"revision": 2, "request": made.Request}, fault.ActionNotAvailable)
	kept := gatewaytest.Do[draft.Draft](p, contracttest.Haidian, http.MethodGet, path, nil, http.StatusOK)
	require.True(t, kept.Filed)
	require.Equal(t, first.ID, kept.Application)
}

type draftCheck struct {
	Ready    bool
	Problems []struct {
		Code   fault.Code
		Field  string
		Values map[string]string
	}
	Preview *ledger.Application
}

func TestACheckTellsAllThatIsMissingAtOnce(t *testing.T) {
	p := gatewaytest.New(t)
	request := p.First(contracttest.Haidian)
	foreign := p.Evidence(contracttest.Chaoyang, ledger.EvidenceCommitment, "another's")
	request.DataName, request.Industry, request.Summary = "", "nonsense", strings.Repeat("长", 5000)
	request.Materials = []ledger.Material{{Key: "lawful_source_commitment", CID: foreign.CID}, {Key: "storage_location", CID: request.Materials[0].CID}}
	made := drafted(p, request, false)
	checked := gatewaytest.Do[draftCheck](p, contracttest.Haidian, http.MethodPost, "/drafts/"+made.ID+"/check", nil, http.StatusOK)
	require.False(t, checked.Ready)
	require.Nil(t, checked.Preview)
	var fields []string
	for _, problem := range checked.Problems {
		fields = append(fields, problem.Field)
	}
	require.Subset(t, fields, []string{"dataName", "industry", "summary", "materials.lawful_source_commitment", "materials"})
	last := checked.Problems[len(checked.Problems)-1]
	require.Equal(t, fault.EvidenceMissing, last.Code)
	require.Contains(t, last.Values["missing"], "risk_assessment")
}

func TestAFilingThatIsCutOffIsFoundAgainAndNeverDoubled(t *testing.T) {
	p := gatewaytest.New(t)
	submissions := func(call ledgerclient.Call) error {
		if call.Transaction == ledger.TxSubmit {
			return fault.New(fault.CommitUnknown)
		}
		return nil
	}
	t.Run("after it was ordered", func(t *testing.T) {
		made := drafted(p, p.First(contracttest.Haidian), false)
		path := "/drafts/" + made.ID + "/filing"
		p.Ledger.After = submissions
		refusedWith(t, p, http.MethodPost, path, nil, fault.CommitUnknown)
		p.Ledger.After = nil
		height := p.Stage.Height()
		found := gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, path, nil, http.StatusCreated)
		require.Equal(t, height, p.Stage.Height(), "nothing is ordered a second time")
		require.Equal(t, ledger.StateBusinessReview, found.State)
	})
	t.Run("before it was ordered", func(t *testing.T) {
		made := drafted(p, p.First(contracttest.Haidian), false)
		path := "/drafts/" + made.ID + "/filing"
		p.Ledger.Before = submissions
		refusedWith(t, p, http.MethodPost, path, nil, fault.CommitUnknown)
		p.Ledger.Before = nil
		height := p.Stage.Height()
		gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, path, nil, http.StatusCreated)
		require.Equal(t, height+1, p.Stage.Height())
	})
	t.Run("with an order of which nothing is known yet", func(t *testing.T) {
		made := drafted(p, p.First(contracttest.Haidian), false)
		path := "/drafts/" + made.ID + "/filing"
		_, err := p.Database.ExecContext(t.Context(), `UPDATE drafts SET application = ?, ordered_at = ? WHERE id = ?`,
			code.Identifier(code.LetterApplication, "lost"), database.Stamp(p.Stage.Clock.Now()), made.ID)
		require.NoError(t, err)
		height := p.Stage.Height()
		refusedWith(t, p, http.MethodPost, path, nil, fault.CommitUnknown)
		require.Equal(t, height, p.Stage.Height())
		p.Stage.Clock.Set(p.Stage.Clock.Now().Add(6 * time.Minute))
		gatewaytest.Do[ledger.Application](p, contracttest.Haidian, http.MethodPost, path, nil, http.StatusCreated)
		require.Equal(t, height+1, p.Stage.Height())
	})
}

func TestAnAccountHoldsABoundedNumberOfBoundedDrafts(t *testing.T) {
	p := gatewaytest.New(t)
	refusedWith(t, p, http.MethodPost, "/drafts", map[string]any{"request": ledger.SubmitRequest{Summary: strings.Repeat("x", draft.MaxBytes)}}, fault.RequestTooLarge)
	const around = 1 << 10 // bytes of JSON around the summary, at most
	large := ledger.SubmitRequest{Type: ledger.TypeFirst, Summary: strings.Repeat("x", draft.MaxBytes-around)}
	require.Equal(t, large.Summary, drafted(p, large, false).Request.Summary, "what is within the limit is kept")
	for range draft.MaxDrafts - 1 {
		drafted(p, ledger.SubmitRequest{Type: ledger.TypeFirst}, false)
	}
	refusedWith(t, p, http.MethodPost, "/drafts", map[string]any{"request": ledger.SubmitRequest{}}, fault.TooManyItems)
	require.Len(t, gatewaytest.Do[ledger.Page[draft.Draft]](p, contracttest.Haidian, http.MethodGet, "/drafts", nil, http.StatusOK).Items, draft.MaxDrafts)
	require.Empty(t, gatewaytest.Do[ledger.Page[draft.Draft]](p, contracttest.Chaoyang, http.MethodGet, "/drafts", nil, http.StatusOK).Items)
	var sealed string
	require.NoError(t, p.Database.QueryRowContext(t.Context(), `SELECT sealed_document FROM drafts LIMIT 1`).Scan(&sealed))
	require.NotContains(t, sealed, "first")
}
