package queries

import (
	"context"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// EntrySummary is a catalogue entry as lists show it.
type EntrySummary struct {
	Provider     string             `json:"provider"`
	Identifier   string             `json:"identifier"`
	Version      int                `json:"version"`
	Status       ledger.EntryStatus `json:"status"`
	Name         string             `json:"name"`
	ProviderName string             `json:"providerName"`
	Format       string             `json:"format"`
	SharingType  string             `json:"sharingType"`
	OpenType     string             `json:"openType"`
	UpdateCycle  string             `json:"updateCycle"`
	Industry     string             `json:"industry,omitempty"`
	Division     string             `json:"division"`
	ChangedAt    string             `json:"changedAt"`
	Registration string             `json:"registration,omitempty"` // an active registration that covers it; empty: not registered yet
}

const entryColumns = "c.provider, c.identifier, c.version, c.status, c.name, c.provider_name, c.format, c.sharing_type, c.open_type, " +
	"c.update_cycle, c.industry, c.division, c.changed_at, COALESCE((SELECT MIN(r.code) FROM registration_entries e " +
	"JOIN registrations r ON r.code = e.code WHERE e.provider = c.provider AND e.identifier = c.identifier AND r.status = 'active'), '')"

func entrySummary(scan func(...any) error) (EntrySummary, error) {
	var e EntrySummary
	err := scan(&e.Provider, &e.Identifier, &e.Version, &e.Status, &e.Name, &e.ProviderName, &e.Format, &e.SharingType, &e.OpenType,
		&e.UpdateCycle, &e.Industry, &e.Division, &e.ChangedAt, &e.Registration)
	return e, err
}

// EntryFilter narrows a list of catalogue entries; empty fields narrow nothing.
type EntryFilter struct {
	Provider string // USCC
	Division string
	Section  string // letter of GB/T 4754-2017
	Status   ledger.EntryStatus
}

// Entries lists catalogue entries, those that changed last first (Art. 8, 11).
func (q *Queries) Entries(ctx context.Context, filter EntryFilter, page ledger.PageRequest) (ledger.Page[EntrySummary], error) {
	l := &listing{columns: entryColumns, from: "catalog_entries c", order: texts("c.changed_at", "c.provider", "c.identifier"), descending: true}
	l.where("c.provider = $?", "provider", filter.Provider).
		where("c.division = $?", "division", filter.Division).
		where("c.section = $?", "section", filter.Section).
		where("c.status = $?", "status", string(filter.Status))
	return list(ctx, q, page, l, entrySummary)
}

// Entry gives the newest version of one entry as it stands on the ledger.
func (q *Queries) Entry(ctx context.Context, provider, identifier string) (ledger.CatalogEntry, error) {
	return one[ledger.CatalogEntry](ctx, q, "catalog_entries", ledger.KindCatalog, []string{"provider", "identifier"}, provider, identifier)
}

// EntryVersions lists an entry's older versions, the newest first.
func (q *Queries) EntryVersions(ctx context.Context, provider, identifier string, page ledger.PageRequest) (ledger.Page[ledger.CatalogEntry], error) {
	if provider == "" || identifier == "" {
		return ledger.Page[ledger.CatalogEntry]{}, fault.New(fault.InvalidValue, fault.Field("entry"))
	}
	l := &listing{columns: "record", from: "catalog_versions", order: []column{{"version", true}}, descending: true}
	l.where("provider = $?", "provider", provider).where("identifier = $?", "identifier", identifier)
	return list(ctx, q, page, l, document[ledger.CatalogEntry])
}

// Evidence lists an owner's anchors, the newest first.
func (q *Queries) Evidence(ctx context.Context, owner string, page ledger.PageRequest) (ledger.Page[ledger.Evidence], error) {
	if owner == "" {
		return ledger.Page[ledger.Evidence]{}, fault.New(fault.InvalidValue, fault.Field("owner"))
	}
	l := &listing{columns: "record", from: "evidence", order: texts("anchored_at", "cid"), descending: true}
	return list(ctx, q, page, l.where("owner = $?", "owner", owner), document[ledger.Evidence])
}

// Mandates lists a holder's mandates, withdrawn ones included.
func (q *Queries) Mandates(ctx context.Context, holder string, page ledger.PageRequest) (ledger.Page[ledger.Mandate], error) {
	l := &listing{columns: "record", from: "mandates", order: texts("holder", "id")}
	return list(ctx, q, page, l.where("holder = $?", "holder", holder), document[ledger.Mandate])
}

// Anchors lists all evidence of the ledger, by owner and CID.
func (q *Queries) Anchors(ctx context.Context, page ledger.PageRequest) (ledger.Page[ledger.Evidence], error) {
	return list(ctx, q, page, &listing{columns: "record", from: "evidence", order: texts("owner", "cid")}, document[ledger.Evidence])
}
