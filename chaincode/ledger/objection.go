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
	Objector        Actor            `json:"objector"`        // pseudonym; the intake for somebody without an account
	Guest           string           `json:"guest,omitempty"` // RaiseObjectionRequest.Guest
	IdentityDigest  string           `json:"identityDigest"`  // "sm3:" + hex, salted, of name and identity number
	StatementDigest string           `json:"statementDigest"` // "sm3:" + hex, of the statement
	Evidence        []string         `json:"evidence"`        // CIDs, anchored by the objector; at most MaxEvidencePerObjection
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
	// Guest tells apart those for whom the intake objects: "sm3:" + hex, keyed, of who
	// objects to what and why. Required of the intake, refused of everybody else.
	Guest string `json:"guest,omitempty"`
}

// Person is what keeps an objector to one objection to an application: an account's
// key, or for somebody without an account the keyed digest. No account has a key
// that begins like a guest's.
func (o Objection) Person() string {
	if o.Guest != "" {
		return "guest/" + o.Guest
	}
	return o.Objector.Key()
}

// Bounds of the pieces of evidence that are put forward in one step, and that an
// objector puts forward in all.
const (
	MaxEvidencePerStep      = 20
	MaxEvidencePerObjection = 60
)
