package ledger

// ConcernRegistrar is the concern of a supervision record about the registrar
// (Art. 27); any other concern is a registrant's USCC (Art. 28).
const ConcernRegistrar = "registrar"

// SupervisionRecord is a finding and the measures that follow from it (Art. 25-28):
// key supervision/<id>.
type SupervisionRecord struct {
	Schema       int              `json:"schema"`
	ID           string           `json:"id"`
	Pack         string           `json:"pack"`
	State        State            `json:"state"`
	Concern      string           `json:"concern"`                // ConcernRegistrar or a USCC
	Registration string           `json:"registration,omitempty"` // code concerned
	Ground       string           `json:"ground"`                 // code in the pack's grounds
	Evidence     []string         `json:"evidence,omitempty"`     // CIDs
	OpenedBy     Actor            `json:"openedBy"`
	Clocks       []Deadline       `json:"clocks"`
	Handlers     map[string]Actor `json:"handlers,omitempty"`
	Steps        int              `json:"steps"`
	OpenedAt     string           `json:"openedAt"`
	UpdatedAt    string           `json:"updatedAt"`
	TxID         string           `json:"txId"`
}

// OpenRecordRequest is the request of supervision:Open.
type OpenRecordRequest struct {
	Concern      string   `json:"concern"`
	Registration string   `json:"registration,omitempty"`
	Ground       string   `json:"ground"`
	Reason       string   `json:"reason"`
	Evidence     []string `json:"evidence,omitempty"`
}

// RegistrarStanding says whether the registrar may act (Art. 27).
type RegistrarStanding struct {
	Disqualified bool   `json:"disqualified"`
	Record       string `json:"record"` // supervision record that it rests on
	Since        string `json:"since"`  // RFC 3339 UTC
}

// Measurement is what one step adds to the evaluation of Art. 26: key
// measurement/<month>/<day>/<tx id>/<n>.
type Measurement struct {
	Schema  int        `json:"schema"`
	Day     string     `json:"day"` // YYYY-MM-DD
	Subject Subject    `json:"subject"`
	ID      string     `json:"id"`
	Action  string     `json:"action"`
	Counts  string     `json:"counts,omitempty"` // name of what is counted, from the rule pack
	Reason  string     `json:"reason,omitempty"` // code of the ground, where the step has one
	Clocks  []Deadline `json:"clocks,omitempty"` // that ended with the step
	TxID    string     `json:"txId"`
}
