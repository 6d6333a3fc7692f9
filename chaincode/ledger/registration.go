package ledger

// RegistrationStatus is the status of a registration. The ends are four, each
// with its own actor and grounds.
type RegistrationStatus string

// The statuses of a registration.
const (
	RegistrationActive    RegistrationStatus = "active"
	RegistrationCancelled RegistrationStatus = "cancelled" // Art. 17
	RegistrationExpired   RegistrationStatus = "expired"   // Art. 24, cancelled by the registrar
	RegistrationRevoked   RegistrationStatus = "revoked"   // Art. 28
)

// Registration is the result of the procedure: key registration/<code>, under
// the key-level endorsement policy Authority AND Registrar. Older versions move
// to registration-version/<code>/<version>.
type Registration struct {
	Schema          int                `json:"schema"`
	Code            string             `json:"code"` // 19 characters, without hyphens
	Version         int                `json:"version"`
	Status          RegistrationStatus `json:"status"`
	Kind            Kind               `json:"kind"`
	Registrant      string             `json:"registrant"` // USCC
	Joint           []JointParty       `json:"joint,omitempty"`
	Division        string             `json:"division"`
	Entries         []EntryReference   `json:"entries"`
	Publicised      Publicised         `json:"publicised"`
	Evidence        []string           `json:"evidence"` // CIDs of the materials
	Authorised      bool               `json:"authorised,omitempty"`
	AgreementEnd    string             `json:"agreementEnd,omitempty"`
	Application     string             `json:"application"` // that led to this version
	Pack            string             `json:"pack"`
	IssuedAt        string             `json:"issuedAt"`   // RFC 3339 UTC, first issuance
	ValidFrom       string             `json:"validFrom"`  // YYYY-MM-DD
	ValidUntil      string             `json:"validUntil"` // YYYY-MM-DD, last day
	TermFrom        string             `json:"termFrom"`   // YYYY-MM-DD, first day of the newest term; differs from ValidFrom after a renewal
	QueryCodeDigest string             `json:"queryCodeDigest"`
	QueryCodeSalt   string             `json:"queryCodeSalt"`
	SlipDigest      string             `json:"slipDigest,omitempty"` // "sm3:" + hex of the signed slip's canonical JSON
	NationalCode    string             `json:"nationalCode,omitempty"`
	EndedAt         string             `json:"endedAt,omitempty"`
	EndReason       string             `json:"endReason,omitempty"`
	Steps           int                `json:"steps"`
	UpdatedAt       string             `json:"updatedAt"`
	TxID            string             `json:"txId"`
}

// AnchorSlipRequest is the request of registration:AnchorSlip: the digest of the
// slip signed for the present version. The same digest again writes nothing;
// another one for the same version is refused.
type AnchorSlipRequest struct {
	Code   string `json:"code"`
	Digest string `json:"digest"`
}

// RecordNationalCodeRequest is the request of registration:RecordNationalCode: the
// code that the national platform has given to a registration (Art. 10). The same
// code again writes nothing; another one, or one that belongs to another
// registration, is refused.
type RecordNationalCodeRequest struct {
	Code         string `json:"code"`
	NationalCode string `json:"nationalCode"`
}

// VerifyRequest is the request of verification:Check. The query code reaches the
// chaincode as transient data under the key "queryCode", never as an argument.
type VerifyRequest struct {
	Code string `json:"code"`
}

// AttestRequest is the request of verification:Attest, endorsed by several
// organisations and never ordered (design decision 13).
type AttestRequest struct {
	Code  string `json:"code"`
	Nonce string `json:"nonce"` // 32 hex digits
}

// Attestation is the answer of verification:Attest: what a peer's ledger says of
// a code. Equal on every honest peer at the same height.
type Attestation struct {
	Schema     int                `json:"schema"`
	Mode       Mode               `json:"mode"`
	Code       string             `json:"code"`
	Nonce      string             `json:"nonce"`
	Found      bool               `json:"found"`
	Status     RegistrationStatus `json:"status,omitempty"`
	Version    int                `json:"version,omitempty"`
	ValidFrom  string             `json:"validFrom,omitempty"`
	ValidUntil string             `json:"validUntil,omitempty"`
	Publicised *Publicised        `json:"publicised,omitempty"`
	Registrant string             `json:"registrant,omitempty"`
	SlipDigest string             `json:"slipDigest,omitempty"`
	IssuedTxID string             `json:"issuedTxId,omitempty"`
	LedgerTime string             `json:"ledgerTime"` // RFC 3339 UTC, offset included

	// OffsetSeconds is how far a sandbox's ledger time runs ahead of the
	// transaction's, so that an outsider can tell how old the answer is.
	OffsetSeconds int64 `json:"offsetSeconds,omitempty"`
}
