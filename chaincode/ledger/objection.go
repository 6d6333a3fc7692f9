package ledger

// Objection is an objection to a public notice (Art. 23): key objection/<id>. The
// objector's real name, identity number and statement are sealed off chain; only
// their digests stand here.
type Objection struct {
	Schema          int              `json:"schema"`
	ID              string           `json:"id"`
	Application     string           `json:"application"`
	Pack            string           `json:"pack"` // that of the application
	State           State            `json:"state"`
	Objector        Actor            `json:"objector"`        // pseudonym
	IdentityDigest  string           `json:"identityDigest"`  // "sm3:" + hex, salted, of name and identity number
	StatementDigest string           `json:"statementDigest"` // "sm3:" + hex, of the statement
	Evidence        []string         `json:"evidence"`        // CIDs, anchored by the objector
	Answer          []string         `json:"answer,omitempty"`
	Clocks          []Deadline       `json:"clocks"`
	Handlers        map[string]Actor `json:"handlers,omitempty"`
	Steps           int              `json:"steps"`
	RaisedAt        string           `json:"raisedAt"`
	UpdatedAt       string           `json:"updatedAt"`
	TxID            string           `json:"txId"`
}

// RaiseObjectionRequest is the request of objection:Raise.
type RaiseObjectionRequest struct {
	Application     string   `json:"application"`
	IdentityDigest  string   `json:"identityDigest"`
	StatementDigest string   `json:"statementDigest"`
	Evidence        []string `json:"evidence"`
}

// MaxEvidencePerStep bounds the pieces of evidence put forward in one step.
const MaxEvidencePerStep = 20
