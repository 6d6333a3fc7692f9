package queries

import (
	"context"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// Outdated is a catalogue entry that has changed since it was registered.
type Outdated struct {
	Code       string             `json:"code"`
	Provider   string             `json:"provider"`
	Identifier string             `json:"identifier"`
	Registered int                `json:"registered"` // version that the registration names
	Present    int                `json:"present"`
	Status     ledger.EntryStatus `json:"status"`
}

// OutdatedEntries lists what a registrant may want to register a change for: the
// entries of its active registrations that have changed on the chain since.
func (q *Queries) OutdatedEntries(ctx context.Context, registrant string, page ledger.PageRequest) (ledger.Page[Outdated], error) {
	if registrant == "" {
		return ledger.Page[Outdated]{}, fault.New(fault.InvalidValue, fault.Field("registrant"))
	}
	l := outdated("registration_parties p JOIN registrations r ON r.code = p.code JOIN registration_entries e ON e.code = p.code",
		"p.code", "p.code", "e.provider", "e.identifier")
	l.where("p.registrant = $?", "registrant", registrant).bind("r.status = $?", string(ledger.RegistrationActive))
	return list(ctx, q, page, l, scanOutdated)
}

// outdated asks for entries e of something that have changed since it named them: the
// version named, the present one, which entry, and whose.
func outdated(from, whose string, order ...string) *listing {
	return &listing{columns: "e.version, c.version, c.status, e.provider, e.identifier, " + whose,
		from:  from + " JOIN catalog_entries c ON c.provider = e.provider AND c.identifier = e.identifier",
		order: texts(order...), conditions: []string{"e.version > 0", "c.version > e.version"}}
}

func scanOutdated(scan func(...any) error) (Outdated, error) {
	var o Outdated
	err := scan(&o.Registered, &o.Present, &o.Status, &o.Provider, &o.Identifier, &o.Code)
	return o, err
}

// OutdatedApplication is a catalogue entry that has changed since an application
// named it.
type OutdatedApplication struct {
	Application string             `json:"application"`
	State       ledger.State       `json:"state"` // of the application
	Provider    string             `json:"provider"`
	Identifier  string             `json:"identifier"`
	Named       int                `json:"named"` // version that the application names
	Present     int                `json:"present"`
	Status      ledger.EntryStatus `json:"status"`
}

// OutdatedOf lists the entries of a provider that have changed since an active
// registration named them, whosever the registration is.
func (q *Queries) OutdatedOf(ctx context.Context, provider string, page ledger.PageRequest) (ledger.Page[Outdated], error) {
	if provider == "" {
		return ledger.Page[Outdated]{}, fault.New(fault.InvalidValue, fault.Field("provider"))
	}
	l := outdated("registration_entries e JOIN registrations r ON r.code = e.code", "e.code", "e.identifier", "e.code")
	l.where("e.provider = $?", "provider", provider).bind("r.status = $?", string(ledger.RegistrationActive))
	return list(ctx, q, page, l, scanOutdated)
}

// OutdatedApplicationsOf lists the entries of a provider that have changed since an
// application named them, whatever has become of the application.
func (q *Queries) OutdatedApplicationsOf(ctx context.Context, provider string, page ledger.PageRequest) (ledger.Page[OutdatedApplication], error) {
	if provider == "" {
		return ledger.Page[OutdatedApplication]{}, fault.New(fault.InvalidValue, fault.Field("provider"))
	}
	l := outdated("application_entries e JOIN applications a ON a.id = e.application", "e.application, a.state", "e.identifier", "e.application")
	return list(ctx, q, page, l.where("e.provider = $?", "provider", provider), func(scan func(...any) error) (OutdatedApplication, error) {
		var o OutdatedApplication
		err := scan(&o.Named, &o.Present, &o.Status, &o.Provider, &o.Identifier, &o.Application, &o.State)
		return o, err
	})
}
