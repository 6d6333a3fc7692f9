package ledger

// Limits of an application.
const (
	MaxEntriesPerApplication = 50
	MaxMaterials             = 60
	MaxReason                = 2000 // code points
	MaxDefects               = 60
)

// Kind is what is registered.
type Kind string

// The kinds of thing that is registered, with their letter in the code.
const (
	KindResource Kind = "resource" // 数据资源, R
	KindProduct  Kind = "product"  // 数据产品, P
	KindService  Kind = "service"  // 数据服务, S
)

// ApplicationType is one of the types of Art. 13; renewal is an act of Art. 24.
type ApplicationType string

// The application types.
const (
	TypeFirst        ApplicationType = "first"
	TypeChange       ApplicationType = "change"
	TypeCorrection   ApplicationType = "correction"
	TypeCancellation ApplicationType = "cancellation"
	TypeRenewal      ApplicationType = "renewal"
)

// Filing says who files for whom (Art. 9).
type Filing string

// The ways of filing.
const (
	FilingOwn       Filing = "own"       // 自行登记
	FilingEntrusted Filing = "entrusted" // 委托登记: the registrar files, the holder is the registrant
	FilingOnBehalf  Filing = "on-behalf" // 代为登记: the registrar is the registrant
	FilingJoint     Filing = "joint"     // 共同申请
)

// State is a state of the transition table; which exist is the rule pack's
// business. StateNone is the state before the first step. The constants are
// those that every pack must have, because code issuance depends on them.
type State string

// States that every pack has.
const (
	StateNone           State = ""
	StateBusinessReview State = "business_review"
	StateReady          State = "ready" // business review passed, the registrant may file
	StateFiled          State = "filed"
	StateAccepted       State = "accepted"
	StatePublicNotice   State = "public_notice"
	StateRegistered     State = "registered"
)

// Publicised holds exactly the seven fields of Art. 22.
type Publicised struct {
	DataName       string `json:"dataName"`       // 登记数据名称
	RegistrantName string `json:"registrantName"` // 登记主体名称
	Industry       string `json:"industry"`       // 行业分类, GB/T 4754-2017
	DataType       string `json:"dataType"`       // 登记数据类型
	Registrar      string `json:"registrar"`      // 登记机构
	Platform       string `json:"platform"`       // 登记平台
	Summary        string `json:"summary"`        // 数据内容简介
}

// Material is one of the documents that the rule pack asks for (Art. 14), bound
// to anchored evidence of the registrant. A completed form section is a material
// too: canonical JSON, anchored with the kind "form".
type Material struct {
	Key string `json:"key"` // key in the rule pack
	CID string `json:"cid"`
	SM3 string `json:"sm3"` // copied from the anchor by the chaincode
}

// Application is the head record of an application: key application/<id>. Its
// size is bounded; the steps stand in keys of their own
// (application-step/<id>/<seq>).
type Application struct {
	Schema       int               `json:"schema"`
	ID           string            `json:"id"` // derived from the transaction id
	Type         ApplicationType   `json:"type"`
	Kind         Kind              `json:"kind"`
	Filing       Filing            `json:"filing"`
	Pack         string            `json:"pack"` // rule pack id and version in force when it was submitted, "id@version"
	State        State             `json:"state"`
	Registrant   string            `json:"registrant"` // USCC
	Division     string            `json:"division"`
	Applicant    Actor             `json:"applicant"` // who submitted; differs from the registrant for correction and entrusted filing
	Joint        []JointParty      `json:"joint,omitempty"`
	Mandate      *MandateReference `json:"mandate,omitempty"` // of an entrusted or on-behalf filing
	Entries      []EntryReference  `json:"entries"`
	Publicised   Publicised        `json:"publicised"`
	Authorised   bool              `json:"authorised,omitempty"`   // within authorised operation (Art. 7, 19, 24)
	DeliveryDate string            `json:"deliveryDate,omitempty"` // YYYY-MM-DD, Art. 19
	LateDays     int               `json:"lateDays,omitempty"`     // working days past the limit of Art. 19
	AgreementEnd string            `json:"agreementEnd,omitempty"` // YYYY-MM-DD, Art. 24
	Materials    []Material        `json:"materials"`
	Registration string            `json:"registration,omitempty"` // code concerned (change...) or issued
	Grounds      string            `json:"grounds,omitempty"`      // of cancellation or correction
	Reason       string            `json:"reason,omitempty"`
	Duplicates   []string          `json:"duplicates,omitempty"`  // ids or codes found at filing (Art. 20)
	Clocks       []Deadline        `json:"clocks"`                // those that run; ended ones stand in the steps
	ClockStarts  map[string]int    `json:"clockStarts,omitempty"` // how often each clock was started
	Handlers     map[string]Actor  `json:"handlers,omitempty"`    // action -> who last did it (separation of duties)
	Defects      []Defect          `json:"defects,omitempty"`     // of the newest deficiency notice
	Changed      map[string]int    `json:"changed,omitempty"`     // material or publicised field -> step that last changed it
	Examined     map[string]int    `json:"examined,omitempty"`    // stage -> step of its last notice or pass (one-time rule)
	NewEntries   bool              `json:"newEntries,omitempty"`  // a change of the entries themselves
	Differs      []string          `json:"differs,omitempty"`     // publicised fields that differ from the registration concerned
	Objections   ObjectionCount    `json:"objections"`
	Steps        int               `json:"steps"` // number of steps written so far
	NoticeStart  string            `json:"noticeStart,omitempty"`
	NoticeEnd    string            `json:"noticeEnd,omitempty"` // last day of the notice, YYYY-MM-DD
	SubmittedAt  string            `json:"submittedAt"`
	FiledAt      string            `json:"filedAt,omitempty"`
	UpdatedAt    string            `json:"updatedAt"`
	TxID         string            `json:"txId"` // of the last step
}

// JointParty is one of several registrants of a joint application.
type JointParty struct {
	USCC      string `json:"uscc"`
	Name      string `json:"name"`
	Confirmed bool   `json:"confirmed"`
}

// ObjectionCount keeps an application's objections countable without a scan.
type ObjectionCount struct {
	Open      int `json:"open"`
	Dismissed int `json:"dismissed"`
	Upheld    int `json:"upheld"`
}

// Defect is one line of a deficiency notice, tied to a material (Art. 20, 21).
type Defect struct {
	Material string `json:"material"`
	Reason   string `json:"reason"`
	Stage    string `json:"stage,omitempty"` // acceptance or review; set by the chaincode
	Open     bool   `json:"open,omitempty"`  // set by the chaincode
}

// Step is one step of a history: key application-step/<id>/<seq>. Replaying the
// steps in order gives the head record's state.
type Step struct {
	Schema     int         `json:"schema"`
	Subject    string      `json:"subject"`
	Seq        int         `json:"seq"` // from 1
	Action     string      `json:"action"`
	From       State       `json:"from"`
	To         State       `json:"to"`
	Article    string      `json:"article"`
	Actor      Actor       `json:"actor"`
	ReasonCode string      `json:"reasonCode,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	Defects    []Defect    `json:"defects,omitempty"`
	Evidence   []string    `json:"evidence,omitempty"`  // CIDs put forward in this step
	Materials  []Material  `json:"materials,omitempty"` // handed in with this step
	Fields     *Publicised `json:"fields,omitempty"`    // as they are after this step, when it wrote them
	Started    []Deadline  `json:"started,omitempty"`
	Recomputed []Deadline  `json:"recomputed,omitempty"` // provisional clocks whose calendar arrived since
	Ended      []Deadline  `json:"ended,omitempty"`
	At         string      `json:"at"`
	TxID       string      `json:"txId"`
}

// Deadline is a clock: it can be recomputed by anyone from its own fields and
// the calendars on the ledger.
type Deadline struct {
	Clock          string `json:"clock"` // name in the rule pack
	Article        string `json:"article"`
	Start          string `json:"start"`                 // day of the starting event, YYYY-MM-DD in Asia/Shanghai, not counted
	WorkingDays    int    `json:"workingDays"`           // length
	Due            string `json:"due"`                   // last day, YYYY-MM-DD, ends at 24:00 Asia/Shanghai
	CalendarDigest string `json:"calendarDigest"`        // of the calendars used
	Provisional    bool   `json:"provisional"`           // reaches a year without a calendar
	EndedOn        string `json:"endedOn,omitempty"`     // YYYY-MM-DD
	OverdueDays    int    `json:"overdueDays,omitempty"` // working days past Due when it ended
	UsedDays       int    `json:"usedDays,omitempty"`    // working days from Start until it ended
	Restarts       int    `json:"restarts,omitempty"`
}

// SubmitRequest is the request of application:Submit: the applicant hands the
// completed form over, for business review (Art. 9) or as the pack says.
type SubmitRequest struct {
	Type         ApplicationType   `json:"type"`
	Kind         Kind              `json:"kind"`
	Filing       Filing            `json:"filing"`
	Registrant   string            `json:"registrant,omitempty"` // for entrusted and correction by others; else from the certificate
	Joint        []JointParty      `json:"joint,omitempty"`
	Mandate      *MandateReference `json:"mandate,omitempty"`
	Entries      []EntryReference  `json:"entries"`
	DataName     string            `json:"dataName"`
	Industry     string            `json:"industry"`
	DataType     string            `json:"dataType"`
	Summary      string            `json:"summary"`
	Authorised   bool              `json:"authorised,omitempty"`
	DeliveryDate string            `json:"deliveryDate,omitempty"`
	AgreementEnd string            `json:"agreementEnd,omitempty"`
	Materials    []Material        `json:"materials"`
	Registration string            `json:"registration,omitempty"`
	Grounds      string            `json:"grounds,omitempty"`
	Reason       string            `json:"reason,omitempty"`
}

// ActRequest is the request of every Act transaction: one step of the table, on
// the application, objection, registration (by its code) or supervision record ID.
type ActRequest struct {
	ID         string        `json:"id"`
	Action     string        `json:"action"`
	ReasonCode string        `json:"reasonCode,omitempty"`
	Reason     string        `json:"reason,omitempty"`
	Defects    []Defect      `json:"defects,omitempty"`
	Materials  []Material    `json:"materials,omitempty"` // replaced by a resubmission
	Fields     *Publicised   `json:"fields,omitempty"`    // corrected by a resubmission; registrar, platform and registrant name are ignored
	Evidence   []string      `json:"evidence,omitempty"`
	Issue      *IssueRequest `json:"issue,omitempty"`   // with the action "issue"
	Finding    string        `json:"finding,omitempty"` // id of the supervision record that a revocation rests on
}

// IssueRequest goes with the action that issues a code. The query code itself is
// made off chain and never reaches the ledger.
type IssueRequest struct {
	QueryCodeDigest string `json:"queryCodeDigest"` // "sm3:" + hex of salt || query code
	QueryCodeSalt   string `json:"queryCodeSalt"`   // 32 hex digits
}

// AvailableAction is one thing that a caller can do now, out of the table.
type AvailableAction struct {
	Action      string    `json:"action"`
	To          State     `json:"to"`
	Role        Role      `json:"role"`
	Article     string    `json:"article"`
	Label       Text      `json:"label"`
	Deadline    *Deadline `json:"deadline,omitempty"`
	ReasonCodes []string  `json:"reasonCodes,omitempty"`
	Inputs      []string  `json:"inputs,omitempty"`   // required fields of ActRequest
	Optional    []string  `json:"optional,omitempty"` // further fields that the action takes
	Blocked     string    `json:"blocked,omitempty"`  // fault code of the guard that stands in the way now
}

// Text is a text in both languages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}
