package catalogfile

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/rules/uscc"
)

// check holds a converted row to the rules that the ledger will hold it to.
func (c *collector) check(d *draft) {
	if d.entry.Provider == "" {
		d.problem(c.table, fieldProvider, fault.New(fault.MissingField))
	} else if err := uscc.Check(d.entry.Provider); err != nil {
		d.problem(c.table, fieldProvider, fault.Of(err))
	}
}
