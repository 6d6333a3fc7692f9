package ledger

// Limits of a catalogue entry. Lengths are in Unicode code points.
const (
	MaxIdentifier       = 64
	MaxEntryName        = 200
	MaxSummary          = 2000
	MaxInformationItems = 500
	MaxItemName         = 100
	MaxCondition        = 500
	MaxRelated          = 20
	MaxBatch            = 5000    // entries in one catalog:PutBatch
	MaxRequestBytes     = 4 << 20 // any transaction's request document
)

// EntryStatus says whether an entry is offered or withdrawn. Nothing is erased.
type EntryStatus string

// The states of a catalogue entry.
const (
	EntryActive    EntryStatus = "active"
	EntryWithdrawn EntryStatus = "withdrawn"
)

// EntryContent is what a department writes about one information resource: the
// fields of 《政务信息资源目录编制指南(试行)》 (发改高技〔2017〕1272号).
type EntryContent struct {
	Identifier       string            `json:"identifier"`                 // 信息资源代码, stable within its provider
	Name             string            `json:"name"`                       // 信息资源名称
	Classification   string            `json:"classification"`             // 信息资源分类
	ProviderName     string            `json:"providerName"`               // 信息资源提供方
	Summary          string            `json:"summary"`                    // 信息资源摘要
	Format           string            `json:"format"`                     // one of Formats
	Items            []InformationItem `json:"items"`                      // 信息项
	SharingType      string            `json:"sharingType"`                // one of SharingTypes
	SharingCondition string            `json:"sharingCondition,omitempty"` // mandatory unless unconditional
	SharingMethod    string            `json:"sharingMethod"`              // 共享方式
	OpenType         string            `json:"openType"`                   // one of OpenTypes
	OpenCondition    string            `json:"openCondition,omitempty"`
	UpdateCycle      string            `json:"updateCycle"`        // one of UpdateCycles
	PublishDate      string            `json:"publishDate"`        // YYYY-MM-DD
	Related          []string          `json:"related,omitempty"`  // 关联资源代码
	Industry         string            `json:"industry,omitempty"` // GB/T 4754-2017, section letter and up to 4 digits
	Division         string            `json:"division"`           // GB/T 2260
	Source           *EntrySource      `json:"source,omitempty"`   // where the entry was taken over from
}

// InformationItem is one 信息项.
type InformationItem struct {
	Name   string `json:"name"`
	Type   string `json:"type"` // one of ItemTypes: C N Y D T L M G B I F
	Length int    `json:"length,omitempty"`
}

// EntrySource ties an entry to the catalogue chain that it was taken from
// (DB11/T 2047-2022).
type EntrySource struct {
	Chain   string `json:"chain"`
	EntryID string `json:"entryId"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	TxID    string `json:"txId"`
}

// CatalogEntry is the head record of an entry. Its key is
// catalog/<provider USCC>/<identifier>; when a new version replaces it, the old
// one moves to catalog-version/<provider>/<identifier>/<version>.
type CatalogEntry struct {
	Schema   int          `json:"schema"`
	Provider string       `json:"provider"` // USCC, from the certificate
	Content  EntryContent `json:"content"`
	Version  int          `json:"version"` // from 1
	Status   EntryStatus  `json:"status"`
	Digest   string       `json:"digest"` // "sm3:" + hex, of the canonical content
	At       string       `json:"at"`     // RFC 3339 UTC, ledger time of this version
	By       Actor        `json:"by"`
	TxID     string       `json:"txId"`
	Reason   string       `json:"reason,omitempty"` // of a withdrawal
}

// The closed lists of the directory guide.
var (
	Formats      = []string{"电子文件", "电子表格", "数据库", "图形图像", "流媒体", "自描述格式"}
	SharingTypes = []string{"无条件共享", "有条件共享", "不予共享"}
	OpenTypes    = []string{"无条件开放", "有条件开放", "不予开放"}
	UpdateCycles = []string{"实时", "每日", "每周", "每月", "每季度", "每半年", "每年", "不定期"}
	ItemTypes    = []string{"C", "N", "Y", "D", "T", "L", "M", "G", "B", "I", "F"}
)

// PutBatchRequest is the request of catalog:PutBatch. All entries are written or
// none; unchanged ones cost nothing.
type PutBatchRequest struct {
	Entries []EntryContent `json:"entries"`
}

// Outcomes of one entry of a batch.
const (
	OutcomeCreated   = "created"
	OutcomeUpdated   = "updated"
	OutcomeUnchanged = "unchanged"
)

// EntryOutcome tells what became of one entry of a batch, in the order sent.
type EntryOutcome struct {
	Identifier string `json:"identifier"`
	Outcome    string `json:"outcome"`
	Version    int    `json:"version"`
	Digest     string `json:"digest"`
}

// WithdrawEntryRequest is the request of catalog:Withdraw.
type WithdrawEntryRequest struct {
	Identifier string `json:"identifier"`
	Reason     string `json:"reason"`
}

// EntryReference names an entry; Version 0 means the newest.
type EntryReference struct {
	Provider   string `json:"provider"`
	Identifier string `json:"identifier"`
	Version    int    `json:"version,omitempty"`
}

// PageRequest asks for a bounded page. Of narrows the range (a provider's USCC,
// an application's id); Bookmark is what the page before returned.
type PageRequest struct {
	Of       string `json:"of,omitempty"`
	PageSize int    `json:"pageSize,omitempty"` // 1..MaxPageSize, default DefaultPageSize
	Bookmark string `json:"bookmark,omitempty"`
}

// Page sizes.
const (
	DefaultPageSize = 50
	MaxPageSize     = 200
)

// Page is a bounded page in key order; Bookmark is empty on the last one.
type Page[T any] struct {
	Items    []T    `json:"items"`
	Bookmark string `json:"bookmark,omitempty"`
}
