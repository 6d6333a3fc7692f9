package rows

import "dengji/chaincode/ledger"

func catalogEntry(key []any, e ledger.CatalogEntry, document any) []Change {
	c := e.Content
	return []Change{row(CatalogEntries, key, number(e.Version), text(e.Status), text(c.Name), text(c.ProviderName), text(c.Format),
		text(c.SharingType), text(c.OpenType), text(c.UpdateCycle), section(c.Industry), text(c.Industry), text(c.Division), text(c.PublishDate),
		text(e.At), text(e.TxID), document), resourceOfEntry(key, e)}
}

func catalogVersion(key []any, e ledger.CatalogEntry, document any) []Change {
	return []Change{row(CatalogVersions, key, text(e.Status), text(e.At), document)}
}

func evidence(key []any, e ledger.Evidence, document any) []Change {
	return []Change{row(Evidence, key, text(e.Kind), flag(e.Sealed), text(e.At), text(e.TxID), document)}
}

func application(key []any, a ledger.Application, document any) []Change {
	due, clock, provisional := next(a.Clocks)
	p := a.Publicised
	changes := []Change{row(Applications, key, text(a.Type), text(a.Kind), text(a.Filing), text(a.State), text(a.Registrant),
		text(p.RegistrantName), text(a.Division), text(p.DataName), text(p.Industry), text(p.DataType), text(p.Summary),
		text(a.Applicant.Key()), text(a.Registration), number(a.LateDays), due, clock, provisional, text(a.NoticeStart),
		text(a.NoticeEnd), number(a.Objections.Open), text(a.SubmittedAt), text(a.FiledAt), text(a.UpdatedAt), text(a.TxID), document)}
	for _, party := range Parties(a) {
		changes = append(changes, row(ApplicationParties, key, text(party.USCC), text(party.Part), text(a.SubmittedAt)))
	}
	changes = append(changes, entryRows(ApplicationEntries, key, a.Entries)...)
	return append(changes, clockRows(ledger.SubjectApplication, key, a.Clocks)...)
}

// registrants are all to whom a registration belongs, each once.
func registrants(first string, joint []ledger.JointParty) []string {
	all := []string{first}
	seen := map[string]bool{first: true}
	for _, party := range joint {
		if !seen[party.USCC] {
			seen[party.USCC] = true
			all = append(all, party.USCC)
		}
	}
	return all
}

func entryRows(table Table, key []any, entries []ledger.EntryReference) []Change {
	changes := make([]Change, len(entries))
	for i, entry := range entries {
		changes[i] = row(table, key, text(entry.Provider), text(entry.Identifier), number(entry.Version))
	}
	return changes
}

func step(key []any, s ledger.Step, document any) []Change {
	return []Change{row(Steps, key, text(s.Action), text(s.From), text(s.To), text(s.Article), text(s.Actor.Key()),
		text(s.Actor.Role), text(s.ReasonCode), text(s.At), text(s.TxID), document)}
}

func objection(key []any, o ledger.Objection, document any) []Change {
	due, clock, provisional := next(o.Clocks)
	changes := []Change{row(Objections, key, text(o.Application), text(o.State), text(o.Objector.Key()), due, clock, provisional,
		text(o.RaisedAt), text(o.UpdatedAt), text(o.TxID), document)}
	return append(changes, clockRows(ledger.SubjectObjection, key, o.Clocks)...)
}

func registration(key []any, r ledger.Registration, document any) []Change {
	p := r.Publicised
	changes := []Change{row(Registrations, key, number(r.Version), text(r.Status), text(r.Kind), text(r.Registrant),
		text(p.RegistrantName), text(r.Division), text(p.DataName), section(p.Industry), text(p.Industry), text(p.DataType), text(p.Summary),
		text(r.Application), text(r.ValidFrom), text(r.ValidUntil), text(r.IssuedAt), text(r.EndedAt), text(r.NationalCode),
		text(r.UpdatedAt), text(r.TxID), document), resourceOfRegistration(key, r)}
	for _, registrant := range registrants(r.Registrant, r.Joint) {
		changes = append(changes, row(RegistrationParties, key, text(registrant), text(r.IssuedAt)))
	}
	return append(changes, entryRows(RegistrationEntries, key, r.Entries)...)
}

func registrationVersion(key []any, r ledger.Registration, document any) []Change {
	return []Change{row(RegistrationVersions, key, text(r.UpdatedAt), document)}
}

func supervision(key []any, s ledger.SupervisionRecord, document any) []Change {
	due, clock, provisional := next(s.Clocks)
	changes := []Change{row(Supervisions, key, text(s.Concern), text(s.Registration), text(s.Ground), text(s.State), due, clock,
		provisional, text(s.OpenedAt), text(s.UpdatedAt), text(s.TxID), document)}
	return append(changes, clockRows(ledger.SubjectSupervision, key, s.Clocks)...)
}

func mandate(key []any, m ledger.Mandate, document any) []Change {
	return []Change{row(Mandates, key, text(m.Division), text(m.ValidUntil), flag(m.Withdrawn), text(m.At), document)}
}

func measurement(key []any, m ledger.Measurement, document any) []Change {
	changes := []Change{row(Measurements, key, text(m.Subject), text(m.ID), text(m.Action), text(m.Counts), document)}
	for i, clock := range m.Clocks {
		changes = append(changes, row(MeasuredClocks, append(append([]any{}, key...), number(i)),
			text(clock.Clock), number(clock.UsedDays), number(clock.OverdueDays)))
	}
	return changes
}
