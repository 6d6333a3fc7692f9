package procedure

import (
	"fmt"
	"slices"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// filingAllowed is Art. 9: who may use which way of filing, for this type.
func filingAllowed(d *decision) error {
	a := d.change.Application
	refused := fault.New(fault.FilingNotAllowed, fault.Field("filing"), fault.Value("filing", string(a.Filing)))
	for _, rule := range d.Pack.ApplicationTypes {
		if rule.Type != a.Type {
			continue
		}
		listed := slices.Contains(rule.Filings, a.Filing) && slices.Contains(rule.Roles, d.Actor.Role)
		if !listed || filedByRegistrar(a) != (d.Actor.MSP == ledger.RegistrarMSP) {
			return refused
		}
		if a.Filing == ledger.FilingOnBehalf && a.Registrant != d.Network.RegistrarID {
			return refused
		}
		return nil
	}
	return refused
}

// entriesActive is Art. 8: an application names active entries on chain that its
// registrants hold.
func entriesActive(d *decision) error {
	a := d.change.Application
	if len(a.Entries) == 0 {
		return fault.New(fault.EntryNotActive, fault.Field("entries"))
	}
	for i, reference := range a.Entries {
		entry := d.entry(i)
		if entry == nil || entry.Status != ledger.EntryActive || !d.holder(reference.Provider) {
			return fault.New(fault.EntryNotActive, fault.Field(fmt.Sprintf("entries[%d]", i)),
				fault.Value("identifier", clip(reference.Identifier)))
		}
	}
	return nil
}

func (d *decision) entry(i int) *ledger.CatalogEntry {
	if i >= len(d.change.Entries) {
		return nil
	}
	return d.change.Entries[i]
}

// holder reports whether a provider's entries are this application's to register:
// the registrant's, a joint registrant's, or any holder's that the mandate of an
// on-behalf registration covers.
func (d *decision) holder(provider string) bool {
	a := d.change.Application
	if provider == a.Registrant || isJoint(a, provider) {
		return true
	}
	return a.Filing == ledger.FilingOnBehalf &&
		(!d.Pack.Switches[SwitchOnBehalfMandate] || (d.change.Mandate != nil && d.change.Mandate.Holder == provider))
}

// mandateCovers is Art. 9: the registrar files for a holder only with its mandate.
func mandateCovers(d *decision) error {
	a, m := d.change.Application, d.change.Mandate
	if !d.mandateNeeded() {
		return nil
	}
	if m == nil || !d.inForce(*m) || (a.Filing == ledger.FilingEntrusted && m.Holder != a.Registrant) {
		return fault.New(fault.MandateMissing, fault.Field("mandate"))
	}
	for i, entry := range a.Entries {
		if len(m.Entries) > 0 && !slices.ContainsFunc(m.Entries, sameEntry(entry)) {
			return fault.New(fault.MandateMissing, fault.Field(fmt.Sprintf("entries[%d]", i)))
		}
	}
	return nil
}

func (d *decision) inForce(m ledger.Mandate) bool {
	return !m.Withdrawn && d.today <= m.ValidUntil && slices.Contains(m.Filings, d.change.Application.Filing)
}

func (d *decision) mandateNeeded() bool {
	a := d.change.Application
	if a.Filing == ledger.FilingOnBehalf {
		return d.Pack.Switches[SwitchOnBehalfMandate] &&
			slices.ContainsFunc(a.Entries, func(e ledger.EntryReference) bool { return e.Provider != a.Registrant })
	}
	return a.Filing == ledger.FilingEntrusted
}

func sameEntry(a ledger.EntryReference) func(ledger.EntryReference) bool {
	return func(b ledger.EntryReference) bool { return a.Provider == b.Provider && a.Identifier == b.Identifier }
}

func groundsListed(d *decision) error {
	a := d.change.Application
	return groundListed(d.Pack.Grounds[string(a.Type)], "grounds", a.Grounds)
}

func reasonGiven(d *decision) error {
	if d.change.Application.Reason == "" {
		return fault.New(fault.ReasonRequired, fault.Field("reason"))
	}
	return nil
}
