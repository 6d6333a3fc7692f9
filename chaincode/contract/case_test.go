package contract_test

import (
	"strings"
	"testing"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"dengji/chaincode/canonical"
	"dengji/chaincode/contracttest"
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/fixtures/calendars"
	"dengji/fixtures/rulepacks"
)

// caseStage is a stage with calendars and a rule pack in force.
type caseStage struct {
	*contracttest.Stage
	t testing.TB
}

func newCase(t testing.TB) *caseStage { return newCaseUnder(t, rulepacks.BeijingDraft2025) }

func newCaseUnder(t testing.TB, pack string) *caseStage {
	c := &caseStage{Stage: contracttest.Founded(t, ledger.ModeSandbox), t: t}
	all, err := calendars.All()
	require.NoError(t, err)
	for _, calendar := range all {
		c.Changed(contracttest.Authority, ledger.TxPutCalendar, calendar)
	}
	c.putInForce(pack)
	return c
}

func (c *caseStage) putInForce(name string) {
	c.t.Helper()
	p, err := rulepacks.Read(name)
	require.NoError(c.t, err)
	c.Changed(contracttest.Authority, ledger.TxProposeRulePack, p)
	c.Changed(contracttest.Supervisor, ledger.TxApproveRulePack, p.Reference())
}

func (c *caseStage) branch() *caseStage { return &caseStage{Stage: c.Branch(), t: c.t} }

// entry puts an entry on chain for a registrant.
func (c *caseStage) entry(by ledger.Actor, identifier string) ledger.EntryReference {
	c.t.Helper()
	contracttest.Do[[]ledger.EntryOutcome](c.Stage, by, ledger.TxPutBatch, ledger.PutBatchRequest{Entries: []ledger.EntryContent{{
		Identifier: identifier, Name: "公共停车场目录", Classification: "城市管理", ProviderName: by.Name, Summary: "停车场的位置和泊位数",
		Format: "数据库", Items: []ledger.InformationItem{{Name: "名称", Type: "C", Length: 100}}, SharingType: "无条件共享",
		SharingMethod: "共享平台", OpenType: "无条件开放", UpdateCycle: "每日", PublishDate: "2026-01-05", Industry: "G54", Division: by.Division,
	}}})
	return ledger.EntryReference{Provider: by.USCC, Identifier: identifier}
}

// anchored anchors a made-up file of a kind and gives its CID.
func (c *caseStage) anchored(by ledger.Actor, kind ledger.EvidenceKind, content string) string {
	c.t.Helper()
	// the intake may anchor nothing that is not sealed
	return c.anchoredAs(by, kind, content, by.Role == ledger.RoleIntake)
}

func (c *caseStage) anchoredAs(by ledger.Actor, kind ledger.EvidenceKind, content string, sealed bool) string {
	c.t.Helper()
	text, id := fileOf(kind, content), fileCID(kind, content)
	contracttest.Do[ledger.Evidence](c.Stage, by, ledger.TxAnchorEvidence, ledger.AnchorEvidenceRequest{CID: id,
		SM3: canonical.DigestOf([]byte(text)), Kind: kind, Size: int64(len(text)), MediaType: "application/pdf", Sealed: sealed})
	return id
}

// fileOf is the text of a made-up file, fileCID its CID.
func fileOf(kind ledger.EvidenceKind, content string) string { return string(kind) + "/" + content }

func fileCID(kind ledger.EvidenceKind, content string) string {
	hash, err := multihash.Sum([]byte(fileOf(kind, content)), multihash.SHA2_256, -1)
	if err != nil {
		panic(err)
	}
	return cid.NewCidV1(cid.Raw, hash).String()
}

// material anchors a file and gives it as a material.
func (c *caseStage) material(by ledger.Actor, key string, kind ledger.EvidenceKind, content string) ledger.Material {
	return ledger.Material{Key: key, CID: c.anchored(by, kind, key+content)}
}

// firstMaterials are the materials that a first registration of a data resource needs.
func (c *caseStage) firstMaterials(by ledger.Actor) []ledger.Material {
	return []ledger.Material{
		c.material(by, "lawful_source_commitment", ledger.EvidenceCommitment, ""),
		c.material(by, "storage_location", ledger.EvidenceStorageLocation, ""),
		c.material(by, "query_result", ledger.EvidenceQueryResult, ""),
		c.material(by, "operation_log", ledger.EvidenceOperationLog, ""),
		c.material(by, "risk_assessment", ledger.EvidenceRiskAssessment, ""),
	}
}

func (c *caseStage) firstRequest(by ledger.Actor) ledger.SubmitRequest {
	return ledger.SubmitRequest{Type: ledger.TypeFirst, Kind: ledger.KindResource, Filing: ledger.FilingOwn,
		Entries: []ledger.EntryReference{c.entry(by, "parking-1")}, DataName: "海淀区公共停车场目录", Industry: "G54",
		DataType: "数据资源", Summary: "海淀区公共停车场的位置和泊位数。", Materials: c.firstMaterials(by)}
}

func (c *caseStage) submit(by ledger.Actor, request ledger.SubmitRequest) ledger.Application {
	c.t.Helper()
	return contracttest.Do[ledger.Application](c.Stage, by, ledger.TxSubmit, request)
}

// act takes a step; change completes the request.
func (c *caseStage) act(by ledger.Actor, a ledger.Application, action string, change func(*ledger.ActRequest)) ledger.Application {
	c.t.Helper()
	return contracttest.Do[ledger.Application](c.Stage, by, ledger.TxAct, actRequest(a.ID, action, change))
}

func (c *caseStage) refused(by ledger.Actor, a ledger.Application, action string, change func(*ledger.ActRequest), code fault.Code) *fault.Error {
	c.t.Helper()
	return c.Refused(by, ledger.TxAct, actRequest(a.ID, action, change), code)
}

func actRequest(id, action string, change func(*ledger.ActRequest)) ledger.ActRequest {
	request := ledger.ActRequest{ID: id, Action: action}
	if change != nil {
		change(&request)
	}
	return request
}

func (c *caseStage) issue() func(*ledger.ActRequest) {
	return func(r *ledger.ActRequest) {
		r.Issue = &ledger.IssueRequest{QueryCodeDigest: canonical.DigestOf([]byte("salt and query code")), QueryCodeSalt: strings.Repeat("ab", 16)}
	}
}

func because(reason string) func(*ledger.ActRequest) {
	return func(r *ledger.ActRequest) { r.Reason = reason }
}
