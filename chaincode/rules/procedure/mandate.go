package procedure

import (
	"fmt"
	"slices"
	"time"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/field"
	"dengji/chaincode/rules/workday"
)

// NewMandate makes the mandate that a holder grants: the ways of filing, the
// entries that it covers (none: all of the holder's) and its last day.
func NewMandate(holder ledger.Actor, request ledger.GrantMandateRequest, now time.Time, txID string) (ledger.Mandate, error) {
	if err := checkMandated(request.Filings); err != nil {
		return ledger.Mandate{}, err
	}
	if err := checkHeld(holder, request.Entries); err != nil {
		return ledger.Mandate{}, err
	}
	if _, err := workday.Parse(request.ValidUntil, "validUntil"); err != nil {
		return ledger.Mandate{}, err
	}
	if request.ValidUntil < ledger.Day(now) {
		return ledger.Mandate{}, fault.New(fault.InvalidValue, fault.Field("validUntil"), fault.Detail("the day has passed"))
	}
	entries := request.Entries
	if entries == nil {
		entries = []ledger.EntryReference{}
	}
	return ledger.Mandate{
		Schema: Schema, ID: code.Identifier(code.LetterMandate, txID), Holder: holder.USCC, HolderName: holder.Name,
		Division: holder.Division, Filings: request.Filings, Entries: entries, ValidUntil: request.ValidUntil,
		By: holder, At: ledger.Stamp(now), UpdatedAt: ledger.Stamp(now), TxID: txID,
	}, nil
}

// checkMandated accepts the ways of filing that need a mandate.
func checkMandated(filings []ledger.Filing) error {
	if len(filings) == 0 {
		return fault.New(fault.MissingField, fault.Field("filings"), fault.Article("9"))
	}
	for i, filing := range filings {
		known := filing == ledger.FilingEntrusted || filing == ledger.FilingOnBehalf
		if !known || slices.Contains(filings[:i], filing) {
			return fault.New(fault.InvalidValue, fault.Field(fmt.Sprintf("filings[%d]", i)))
		}
	}
	return nil
}

// checkHeld accepts entries of the holder, each once.
func checkHeld(holder ledger.Actor, entries []ledger.EntryReference) error {
	if err := checkEntries(entries); err != nil {
		return err
	}
	for i, entry := range entries {
		path := fmt.Sprintf("entries[%d]", i)
		if entry.Provider != holder.USCC {
			return fault.New(fault.NotOwner, fault.Field(path))
		}
		if err := field.Line(path+".identifier", entry.Identifier, ledger.MaxIdentifier); err != nil {
			return err
		}
	}
	return nil
}
