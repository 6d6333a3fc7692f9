package ledger

// Mode is chosen once, when the network is created, and never changes.
type Mode string

// The modes of a network.
const (
	ModeSandbox    Mode = "sandbox"    // clock can be advanced, demo accounts; every page and slip says so
	ModeProduction Mode = "production" // neither, ever
)

// Network is the record under the key "network", written once by
// governance:Initialize.
type Network struct {
	Schema      int    `json:"schema"`
	Mode        Mode   `json:"mode"`
	Name        string `json:"name"`          // platform name, publicised as 登记平台 (Art. 22)
	Division    string `json:"division"`      // GB/T 2260 of the city, 110000
	Registrar   string `json:"registrar"`     // name of the registration institution, publicised as 登记机构 (Art. 22)
	RegistrarID string `json:"registrarUscc"` // its USCC: the registrant of an on-behalf registration (Art. 9)
	CreatedAt   string `json:"createdAt"`     // RFC 3339 UTC
	TxID        string `json:"txId"`
}

// SandboxClock is the record under the key "sandbox-clock": seconds by which
// ledger time runs ahead of transaction time. It exists in a sandbox only.
type SandboxClock struct {
	OffsetSeconds int64  `json:"offsetSeconds"` // 0 or more: the clock only goes forward
	TxID          string `json:"txId"`
}

// Heartbeat is the record under the key heartbeat/<organisation>: the last proof
// that a transaction of the organisation's operator committed.
type Heartbeat struct {
	Organisation string `json:"organisation"` // MSP id
	At           string `json:"at"`           // RFC 3339 UTC
	TxID         string `json:"txId"`
}

// Now is the answer of sandbox:Now and of governance:GetNetwork.
type Now struct {
	Network       Network `json:"network"`
	LedgerTime    string  `json:"ledgerTime"` // RFC 3339 UTC, offset included
	OffsetSeconds int64   `json:"offsetSeconds"`
}

// MaxClockSkew is how far, in seconds, a transaction's timestamp may differ from
// an endorser's own clock (design decision 10).
const MaxClockSkew = 120
