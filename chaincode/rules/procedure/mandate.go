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
	allowed := []ledger.Filing{ledger.FilingEntrusted, ledger.FilingOnBehalf}
	if len(request.Filings) == 0 {
		return ledger.Mandate{}, fault.New(fault.MissingField, fault.Field("filings"), fault.Article("9"))
	}
	for i, filing := range request.Filings {
		if !slices.Contains(allowed, filing) || slices.Contains(request.Filings[:i], filing) {
			return ledger.Mandate{}, fault.New(fault.InvalidValue, fault.Field(fmt.Sprintf("filings[%d]", i)))
		}
	}
	if err := checkEntries(request.Entries); err != nil {
		return ledger.Mandate{}, err
	}
	for i, entry := range request.Entries {
		path := fmt.Sprintf("entries[%d]", i)
		if entry.Provider != holder.USCC {
			return ledger.Mandate{}, fault.New(fault.NotOwner, fault.Field(path))
		}
		if err := field.Line(path+".identifier", entry.Identifier, ledger.MaxIdentifier); err != nil {
			return ledger.Mandate{}, err
		}
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
