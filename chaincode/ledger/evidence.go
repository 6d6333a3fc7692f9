package ledger

// EvidenceKind says what a piece of evidence shows (Art. 9, 14).
type EvidenceKind string

// The kinds of evidence.
const (
	EvidenceStorageLocation EvidenceKind = "storage-location" // 数据存储位置
	EvidenceQueryResult     EvidenceKind = "query-result"     // 数据库查询结果
	EvidenceOperationLog    EvidenceKind = "operation-log"    // 数据操作日志
	EvidenceCommitment      EvidenceKind = "commitment"       // 数据合法合规性来源承诺书
	EvidenceRiskAssessment  EvidenceKind = "risk-assessment"  // 数据安全风险评估报告
	EvidenceAgreement       EvidenceKind = "agreement"        // 授权运营协议
	EvidenceForm            EvidenceKind = "form"             // a completed section of the application form, canonical JSON
	EvidenceOther           EvidenceKind = "other"
)

// EvidenceKinds lists all kinds in the order shown to users.
var EvidenceKinds = []EvidenceKind{EvidenceStorageLocation, EvidenceQueryResult, EvidenceOperationLog,
	EvidenceCommitment, EvidenceRiskAssessment, EvidenceAgreement, EvidenceForm, EvidenceOther}

// Evidence is the anchor of a file: key evidence/<registrant USCC>/<cid>. The
// file itself is encrypted off chain; the file's name stays there too.
type Evidence struct {
	Schema    int          `json:"schema"`
	Owner     string       `json:"owner"` // USCC, from the certificate (party: the actor's key)
	CID       string       `json:"cid"`   // IPIP-499 profile unixfs-v1-2025
	SM3       string       `json:"sm3"`   // "sm3:" + 64 hex
	Kind      EvidenceKind `json:"kind"`
	Size      int64        `json:"size"` // bytes
	MediaType string       `json:"mediaType"`
	Sealed    bool         `json:"sealed"` // readable by its owner and the case workers only
	At        string       `json:"at"`     // RFC 3339 UTC
	By        Actor        `json:"by"`
	TxID      string       `json:"txId"`
}

// AnchorEvidenceRequest is the request of evidence:Anchor. Anchoring the same
// file again as the same kind answers with the first anchor and writes nothing.
type AnchorEvidenceRequest struct {
	CID       string       `json:"cid"`
	SM3       string       `json:"sm3"`
	Kind      EvidenceKind `json:"kind"`
	Size      int64        `json:"size"`
	MediaType string       `json:"mediaType"`
	Sealed    bool         `json:"sealed"`
}

// EvidenceReference names an anchor.
type EvidenceReference struct {
	Owner string `json:"owner"`
	CID   string `json:"cid"`
}
