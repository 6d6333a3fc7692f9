package gatewaytest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"

	"dengji/chaincode/contracttest"
	"dengji/chaincode/ledger"
)

// Evidence uploads a file as an actor and gives its anchor.
func (p *Platform) Evidence(as ledger.Actor, kind ledger.EvidenceKind, content string) ledger.Evidence {
	p.t.Helper()
	request := p.Request(as, http.MethodPost, "/evidence?kind="+string(kind)+"&name=file.txt", strings.NewReader(content))
	request.Header.Set("Content-Type", "application/octet-stream")
	recorder := p.Send(request)
	require.Equal(p.t, http.StatusCreated, recorder.Code, recorder.Body.String())
	var anchored ledger.Evidence
	require.NoError(p.t, json.Unmarshal(recorder.Body.Bytes(), &anchored))
	return anchored
}

// Application hands in a first registration of a registrant, with one entry and
// all materials, through the interface.
func (p *Platform) Application(as ledger.Actor) ledger.Application {
	p.t.Helper()
	return Do[ledger.Application](p, as, http.MethodPost, "/applications", p.First(as), http.StatusCreated)
}

// First is the request of a first registration whose entry is on chain and whose
// evidence is anchored.
func (p *Platform) First(as ledger.Actor) ledger.SubmitRequest {
	p.t.Helper()
	entry := Entry("T-" + as.Division)
	entry.ProviderName, entry.Division = as.Name, as.Division
	Do[ledger.EntryOutcome](p, as, http.MethodPost, "/catalog/entries", entry, http.StatusOK)
	request := ledger.SubmitRequest{Type: ledger.TypeFirst, Kind: ledger.KindResource, Filing: ledger.FilingOwn,
		Entries:  []ledger.EntryReference{{Provider: as.USCC, Identifier: entry.Identifier}},
		DataName: "公交线路站点信息", Industry: "G54", DataType: "数据资源", Summary: "公交线路与站点。"}
	for key, kind := range map[string]ledger.EvidenceKind{
		"lawful_source_commitment": ledger.EvidenceCommitment, "storage_location": ledger.EvidenceStorageLocation,
		"query_result": ledger.EvidenceQueryResult, "operation_log": ledger.EvidenceOperationLog, "risk_assessment": ledger.EvidenceRiskAssessment,
	} {
		request.Materials = append(request.Materials, ledger.Material{Key: key, CID: p.Evidence(as, kind, key+as.USCC).CID})
	}
	return request
}

// Act takes a step that has to succeed.
func (p *Platform) Act(as ledger.Actor, id, action string) ledger.Application {
	p.t.Helper()
	return Do[ledger.Application](p, as, http.MethodPost, "/applications/"+id+"/actions/"+action, nil, http.StatusOK)
}

// Noticed takes an application of Haidian up to the last moment before its code is
// issued: the public notice is over.
func (p *Platform) Noticed(id string) {
	p.t.Helper()
	p.Published(id)
	application := Do[ledger.Application](p, contracttest.Haidian, http.MethodGet, "/applications/"+id, nil, http.StatusOK)
	end := contracttest.Do[ledger.DeadlineAnswer](p.Stage, contracttest.Operator, ledger.TxDeadline,
		ledger.DeadlineRequest{Start: application.NoticeEnd, WorkingDays: 1})
	Do[ledger.Now](p, contracttest.Operator, http.MethodPost, "/sandbox/clock", ledger.AdvanceClockRequest{To: end.Due}, http.StatusOK)
}

// Published takes an application of Haidian into its public notice.
func (p *Platform) Published(id string) {
	p.t.Helper()
	p.Act(contracttest.DistrictHaidian, id, "endorse_business_review")
	p.Act(contracttest.Haidian, id, "file")
	p.Act(contracttest.Acceptor, id, "accept")
	p.Act(contracttest.Reviewer, id, "publish")
}

// Issued gives a registration of Haidian, with its slip.
func (p *Platform) Issued() ledger.Registration {
	p.t.Helper()
	application := p.Application(contracttest.Haidian)
	p.Noticed(application.ID)
	issued := p.Act(contracttest.Issuer, application.ID, "issue")
	return Do[ledger.Registration](p, contracttest.Haidian, http.MethodGet, "/registrations/"+issued.Registration, nil, http.StatusOK)
}

// Get reads a document as bytes.
func (p *Platform) Get(as ledger.Actor, path string) (int, []byte) {
	p.t.Helper()
	recorder := p.Send(p.Request(as, http.MethodGet, path, nil))
	return recorder.Code, bytes.Clone(recorder.Body.Bytes())
}
