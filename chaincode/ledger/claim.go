package ledger

// MaxPendingClaims bounds the applications under way for one thing.
const MaxPendingClaims = 10

// Claim says who claims one thing that can be registered once: key claim/<holder>/
// <thing>/<kind>. Only applications for this thing write it.
type Claim struct {
	Holder       string   `json:"holder"`
	Thing        string   `json:"thing"`
	Kind         Kind     `json:"kind"`
	Registration string   `json:"registration,omitempty"` // code of the live registration
	Applications []string `json:"applications,omitempty"` // under way, in the order of filing
}

// Renewal names the renewal under way of a registration: key renewal/<code>.
type Renewal struct {
	Application string `json:"application"`
}

// IssuanceSlot is what code issuance consumes: key issuance/<application>, under
// the key-level endorsement policy Authority AND Registrar, so that a new code is
// valid only with the endorsement of both.
type IssuanceSlot struct {
	Application string `json:"application"`
}
