package ledger

// Mandate is a holder's consent that the registrar files for it (Art. 9): key
// mandate/<holder>/<id>.
type Mandate struct {
	Schema     int              `json:"schema"`
	ID         string           `json:"id"`
	Holder     string           `json:"holder"` // USCC, from the certificate
	HolderName string           `json:"holderName"`
	Division   string           `json:"division"`
	Filings    []Filing         `json:"filings"` // entrusted, on-behalf
	Entries    []EntryReference `json:"entries"` // that it covers; empty: all of the holder's
	ValidUntil string           `json:"validUntil"`
	Withdrawn  bool             `json:"withdrawn,omitempty"`
	By         Actor            `json:"by"`
	At         string           `json:"at"`
	UpdatedAt  string           `json:"updatedAt"`
	TxID       string           `json:"txId"`
}

// GrantMandateRequest is the request of mandate:Grant.
type GrantMandateRequest struct {
	Filings    []Filing         `json:"filings"`
	Entries    []EntryReference `json:"entries,omitempty"`
	ValidUntil string           `json:"validUntil"`
}

// MandateReference names a mandate.
type MandateReference struct {
	Holder string `json:"holder"`
	ID     string `json:"id"`
}
