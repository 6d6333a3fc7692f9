package procedure

import (
	"encoding/json"
	"fmt"
	"time"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/workday"
)

// Schema is the version of the records that this package writes.
const Schema = 1

// Setting is what surrounds a decision: who acts, when, under which rules.
type Setting struct {
	Pack         ledger.RulePack
	Network      ledger.Network
	Calendars    workday.Calendars
	Actor        ledger.Actor
	Now          time.Time // ledger time
	TxID         string
	Disqualified bool // the registrar, by the authority (Art. 27)
}

// Case is every record that a decision looks at. A nil record does not exist or
// does not concern the case.
type Case struct {
	Application  *ledger.Application
	Objection    *ledger.Objection
	Registration *ledger.Registration
	Supervision  *ledger.SupervisionRecord

	// Looked up, never changed.
	Finding   *ledger.SupervisionRecord  // that a revocation rests on
	Mandate   *ledger.Mandate            // that the application names
	Entries   []*ledger.CatalogEntry     // of the application, in its order; nil where there is none
	Evidence  map[string]ledger.Evidence // by CID, anchored by somebody whose evidence the case may use
	CodeTaken bool                       // the code that this transaction would issue exists

	// Shared with other cases of the same thing or registration.
	Claims  []ledger.Claim // of all Things of the case
	Renewal *ledger.Renewal
}

// Change is a case after a decision, with what the decision wrote.
type Change struct {
	Case
	Steps        []ledger.Step // in the order taken; the subject of each is in Subjects
	Subjects     []ledger.Subject
	Replaced     *ledger.Registration // the version that a new one replaces
	Claimed      []ledger.Claim       // claims that changed
	OpenSlot     bool                 // the issuance slot of the application is to be written
	ConsumeSlot  bool                 // the issuance slot of the application is to be deleted
	Standing     *ledger.RegistrarStanding
	Measurements []ledger.Measurement
}

// Touched reports whether the decision changed a subject's record.
func (c Change) Touched(subject ledger.Subject) bool {
	for _, touched := range c.Subjects {
		if touched == subject {
			return true
		}
	}
	return false
}

// copied gives a case whose changeable records can be changed without the
// caller seeing it.
func copied(c Case) (Case, error) {
	var err error
	if c.Application, err = clone(c.Application); err != nil {
		return c, err
	}
	if c.Objection, err = clone(c.Objection); err != nil {
		return c, err
	}
	if c.Registration, err = clone(c.Registration); err != nil {
		return c, err
	}
	if c.Supervision, err = clone(c.Supervision); err != nil {
		return c, err
	}
	if c.Renewal, err = clone(c.Renewal); err != nil {
		return c, err
	}
	claims, err := clone(&c.Claims)
	if err == nil && claims != nil {
		c.Claims = *claims
	}
	return c, err
}

func clone[T any](record *T) (*T, error) {
	if record == nil {
		return nil, nil
	}
	content, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("procedure: copy %T: %w", record, err)
	}
	var twin T
	if err := json.Unmarshal(content, &twin); err != nil {
		return nil, fmt.Errorf("procedure: copy %T: %w", record, err)
	}
	return &twin, nil
}
