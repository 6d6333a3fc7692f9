package ledger

// Every transaction takes one argument, a JSON document of the request type that
// stands beside its name, and answers with one JSON document. Unknown fields are
// refused. Names are contract:Function, as Fabric's contract API has them.
const (
	// Governance (Art. 5).
	TxInitialize      = "governance:Initialize"      // InitializeRequest -> Network; authority, once
	TxGetNetwork      = "governance:GetNetwork"      // {} -> Now
	TxHeartbeat       = "governance:Heartbeat"       // {} -> Now; operator; proves that a transaction commits
	TxProposeRulePack = "governance:ProposeRulePack" // RulePack -> RulePackRecord; authority
	TxApproveRulePack = "governance:ApproveRulePack" // PackReference -> RulePackRecord; a second organisation; puts it in force
	TxGetRulePack     = "governance:GetRulePack"     // PackReference (zero: in force) -> RulePackRecord
	TxPutCalendar     = "governance:PutCalendar"     // Calendar -> Calendar; authority
	TxGetCalendar     = "governance:GetCalendar"     // CalendarRequest -> Calendar
	TxDeadline        = "governance:Deadline"        // DeadlineRequest -> DeadlineAnswer

	// Sandbox clock.
	TxAdvanceClock = "sandbox:AdvanceClock" // AdvanceClockRequest -> Now; operator; refused in production

	// Catalogue on chain (Art. 8, 11).
	TxPutBatch         = "catalog:PutBatch" // PutBatchRequest -> []EntryOutcome; registrant
	TxWithdrawEntry    = "catalog:Withdraw" // WithdrawEntryRequest -> CatalogEntry; registrant
	TxGetEntry         = "catalog:Get"      // EntryReference -> CatalogEntry
	TxListEntries      = "catalog:List"     // PageRequest (Of: provider) -> Page[CatalogEntry]
	TxListEntryHistory = "catalog:History"  // EntryHistoryRequest -> Page[CatalogEntry], newest last, head excluded

	// Evidence (Art. 9, 14).
	TxAnchorEvidence = "evidence:Anchor" // AnchorEvidenceRequest -> Evidence; registrant, party, registrar roles
	TxGetEvidence    = "evidence:Get"    // EvidenceReference -> Evidence
	TxListEvidence   = "evidence:List"   // PageRequest (Of: owner) -> Page[Evidence]

	// Applications (Art. 13-24).
	TxSubmit           = "application:Submit"           // SubmitRequest -> Application
	TxAct              = "application:Act"              // ActRequest -> Application
	TxGetApplication   = "application:Get"              // IDRequest -> Application
	TxAvailableActions = "application:AvailableActions" // IDRequest -> []AvailableAction, for the caller
	TxListApplications = "application:List"             // PageRequest (Of: registrant) -> Page[Application]
	TxListSteps        = "application:Steps"            // PageRequest (Of: id) -> Page[Step]

	// Objections (Art. 23).
	TxRaiseObjection   = "objection:Raise"            // RaiseObjectionRequest -> Objection; party, registrant
	TxActOnObjection   = "objection:Act"              // ActRequest -> Objection
	TxGetObjection     = "objection:Get"              // IDRequest -> Objection
	TxListObjections   = "objection:List"             // PageRequest (Of: application) -> Page[Objection]
	TxObjectionSteps   = "objection:Steps"            // PageRequest (Of: id) -> Page[Step]
	TxObjectionActions = "objection:AvailableActions" // IDRequest -> []AvailableAction, for the caller

	// Mandates (Art. 9).
	TxGrantMandate    = "mandate:Grant"    // GrantMandateRequest -> Mandate; registrant
	TxWithdrawMandate = "mandate:Withdraw" // MandateReference -> Mandate; its holder
	TxGetMandate      = "mandate:Get"      // MandateReference -> Mandate
	TxListMandates    = "mandate:List"     // PageRequest (Of: holder) -> Page[Mandate]

	// Supervision and evaluation (Art. 25-28).
	TxOpenRecord        = "supervision:Open"             // OpenRecordRequest -> SupervisionRecord
	TxActOnRecord       = "supervision:Act"              // ActRequest -> SupervisionRecord
	TxGetRecord         = "supervision:Get"              // IDRequest -> SupervisionRecord
	TxListRecords       = "supervision:List"             // PageRequest (Of: concern) -> Page[SupervisionRecord]
	TxRecordSteps       = "supervision:Steps"            // PageRequest (Of: id) -> Page[Step]
	TxRecordActions     = "supervision:AvailableActions" // IDRequest -> []AvailableAction, for the caller
	TxMeasurements      = "supervision:Measurements"     // PageRequest (Of: YYYY-MM or YYYY-MM-DD) -> Page[Measurement]
	TxRegistrarStanding = "supervision:Standing"         // {} -> RegistrarStanding

	// Registrations and their verification (Art. 10, 11, 24).
	TxGetRegistration     = "registration:Get"                // IDRequest (code) -> Registration
	TxActOnRegistration   = "registration:Act"                // ActRequest (ID: code) -> Registration; revocation, expiry
	TxRegistrationActions = "registration:AvailableActions"   // IDRequest (code) -> []AvailableAction, for the caller
	TxRegistrationSteps   = "registration:Steps"              // PageRequest (Of: code) -> Page[Step]
	TxListRegistrations   = "registration:List"               // PageRequest (Of: registrant) -> Page[Registration]
	TxListVersions        = "registration:Versions"           // PageRequest (Of: code) -> Page[Registration], older versions
	TxDueList             = "registration:DueList"            // PageRequest -> Page[Registration], earliest end of validity first
	TxAnchorSlip          = "registration:AnchorSlip"         // AnchorSlipRequest -> Registration; issuer
	TxRecordNationalCode  = "registration:RecordNationalCode" // RecordNationalCodeRequest -> Registration; issuer
	TxCheck               = "verification:Check"              // VerifyRequest, transient queryCode -> Attestation
	TxAttest              = "verification:Attest"             // AttestRequest -> Attestation; endorsed, never ordered
)

// TransientQueryCode is the transient key that carries a query code.
const TransientQueryCode = "queryCode"

// InitializeRequest is the request of governance:Initialize.
type InitializeRequest struct {
	Mode          Mode   `json:"mode"`
	Name          string `json:"name"`
	Division      string `json:"division"`
	Registrar     string `json:"registrar"`
	RegistrarUSCC string `json:"registrarUscc"`
}

// AdvanceClockRequest is the request of sandbox:AdvanceClock: forward by Seconds,
// or to the start of the day To (YYYY-MM-DD, Asia/Shanghai) plus one minute.
type AdvanceClockRequest struct {
	Seconds int64  `json:"seconds,omitempty"`
	To      string `json:"to,omitempty"`
}

// CalendarRequest names a year's calendar.
type CalendarRequest struct {
	Year int `json:"year"`
}

// DeadlineRequest asks for the day on which a period ends.
type DeadlineRequest struct {
	Start       string `json:"start"` // YYYY-MM-DD, not counted
	WorkingDays int    `json:"workingDays"`
}

// IDRequest names a record by its id.
type IDRequest struct {
	ID string `json:"id"`
}

// EntryHistoryRequest asks for the older versions of an entry, from the reference's
// version on.
type EntryHistoryRequest struct {
	Entry EntryReference `json:"entry"`
	Page  PageRequest    `json:"page"`
}

// RulePackRecord is a rule pack with its life.
type RulePackRecord struct {
	Pack       RulePack `json:"pack"`
	Status     string   `json:"status"` // proposed, in-force, superseded
	Digest     string   `json:"digest"`
	ProposedBy Actor    `json:"proposedBy"`
	ProposedAt string   `json:"proposedAt"`
	ApprovedBy *Actor   `json:"approvedBy,omitempty"`
	ApprovedAt string   `json:"approvedAt,omitempty"`
	TxID       string   `json:"txId"`
}
