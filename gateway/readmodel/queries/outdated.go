package queries

import (
	"context"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

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
	l := &listing{columns: "e.version, c.version, c.status, e.provider, e.identifier, e.code",
		from: "registration_entries e JOIN registrations r ON r.code = e.code " +
			"JOIN catalog_entries c ON c.provider = e.provider AND c.identifier = e.identifier",
		order:      texts("e.identifier", "e.code"),
		conditions: []string{"e.version > 0", "c.version > e.version"}}
	l.where("e.provider = $?", "provider", provider).bind("r.status = $?", string(ledger.RegistrationActive))
	return list(ctx, q, page, l, func(scan func(...any) error) (Outdated, error) {
		var o Outdated
		err := scan(&o.Registered, &o.Present, &o.Status, &o.Provider, &o.Identifier, &o.Code)
		return o, err
	})
}

// OutdatedApplicationsOf lists the entries of a provider that have changed since an
// application named them, whatever has become of the application.
func (q *Queries) OutdatedApplicationsOf(ctx context.Context, provider string, page ledger.PageRequest) (ledger.Page[OutdatedApplication], error) {
	if provider == "" {
		return ledger.Page[OutdatedApplication]{}, fault.New(fault.InvalidValue, fault.Field("provider"))
	}
	l := &listing{columns: "e.version, c.version, c.status, a.state, e.provider, e.identifier, e.application",
		from: "application_entries e JOIN applications a ON a.id = e.application " +
			"JOIN catalog_entries c ON c.provider = e.provider AND c.identifier = e.identifier",
		order:      texts("e.identifier", "e.application"),
		conditions: []string{"e.version > 0", "c.version > e.version"}}
	return list(ctx, q, page, l.where("e.provider = $?", "provider", provider), func(scan func(...any) error) (OutdatedApplication, error) {
		var o OutdatedApplication
		err := scan(&o.Named, &o.Present, &o.Status, &o.State, &o.Provider, &o.Identifier, &o.Application)
		return o, err
	})
}
