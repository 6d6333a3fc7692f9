package procedure

import "dengji/chaincode/ledger"

// head is what the machine needs of any subject's record. The pointers lead into
// the record; clocks and handlers are nil where the subject keeps none.
type head struct {
	id        string
	state     *ledger.State
	steps     *int
	updatedAt *string
	txID      *string
	clocks    *[]ledger.Deadline
	handlers  *map[string]ledger.Actor
	starts    *map[string]int
}

// head gives a subject's head, or false where the case has no such record.
func (c *Case) head(subject ledger.Subject) (head, bool) {
	switch subject {
	case ledger.SubjectApplication:
		if a := c.Application; a != nil {
			return head{a.ID, &a.State, &a.Steps, &a.UpdatedAt, &a.TxID, &a.Clocks, &a.Handlers, &a.ClockStarts}, true
		}
	case ledger.SubjectObjection:
		if o := c.Objection; o != nil {
			return head{o.ID, &o.State, &o.Steps, &o.UpdatedAt, &o.TxID, &o.Clocks, &o.Handlers, nil}, true
		}
	case ledger.SubjectRegistration:
		if r := c.Registration; r != nil {
			return head{r.Code, (*ledger.State)(&r.Status), &r.Steps, &r.UpdatedAt, &r.TxID, nil, nil, nil}, true
		}
	case ledger.SubjectSupervision:
		if s := c.Supervision; s != nil {
			return head{s.ID, &s.State, &s.Steps, &s.UpdatedAt, &s.TxID, &s.Clocks, &s.Handlers, nil}, true
		}
	}
	return head{}, false
}
