package rows

// Version names what the tables hold. A model that was filled under another
// version is emptied and filled again from the first block: raise it whenever a
// record is turned into other rows than before.
const Version = 4

// Table describes one table. Its first Key columns are the primary key.
type Table struct {
	Name    string
	Key     int
	Columns []string
}

// The tables. Every one can be recomputed from the blocks alone.
var (
	CatalogEntries = Table{"catalog_entries", 2, []string{"provider", "identifier", "version", "status", "name",
		"provider_name", "format", "sharing_type", "open_type", "update_cycle", "section", "industry", "division",
		"publish_date", "changed_at", "tx_id", "record"}}
	CatalogVersions = Table{"catalog_versions", 3, []string{"provider", "identifier", "version", "status", "changed_at", "record"}}
	Evidence        = Table{"evidence", 2, []string{"owner", "cid", "kind", "sealed", "anchored_at", "tx_id", "record"}}

	Applications = Table{"applications", 1, []string{"id", "type", "kind", "filing", "state", "registrant", "registrant_name",
		"division", "data_name", "industry", "data_type", "summary", "applicant", "registration", "late_days", "due", "due_clock",
		"due_provisional", "notice_start", "notice_end", "objections_open", "submitted_at", "filed_at", "updated_at", "tx_id", "record"}}
	ApplicationParties = Table{"application_parties", 2, []string{"application", "registrant", "part", "submitted_at"}}
	ApplicationEntries = Table{"application_entries", 3, []string{"application", "provider", "identifier", "version"}}

	Clocks = Table{"clocks", 3, []string{"subject", "id", "position", "clock", "started_on", "due", "provisional"}}
	Steps  = Table{"steps", 3, []string{"subject", "id", "seq", "action", "from_state", "to_state", "article", "actor",
		"actor_role", "reason_code", "taken_at", "tx_id", "record"}}
	Objections = Table{"objections", 1, []string{"id", "application", "state", "objector", "due", "due_clock",
		"due_provisional", "raised_at", "updated_at", "tx_id", "record"}}

	Registrations = Table{"registrations", 1, []string{"code", "version", "status", "kind", "registrant", "registrant_name",
		"division", "data_name", "section", "industry", "data_type", "summary", "application", "valid_from", "valid_until", "issued_at",
		"ended_at", "national_code", "updated_at", "tx_id", "record"}}
	RegistrationVersions = Table{"registration_versions", 2, []string{"code", "version", "updated_at", "record"}}
	RegistrationParties  = Table{"registration_parties", 2, []string{"code", "registrant", "issued_at"}}
	RegistrationEntries  = Table{"registration_entries", 3, []string{"code", "provider", "identifier", "version"}}

	Supervisions = Table{"supervisions", 1, []string{"id", "concern", "registration", "ground", "state", "due", "due_clock",
		"due_provisional", "opened_at", "updated_at", "tx_id", "record"}}
	Mandates       = Table{"mandates", 2, []string{"holder", "id", "division", "valid_until", "withdrawn", "granted_at", "record"}}
	Measurements   = Table{"measurements", 3, []string{"day", "tx_id", "n", "subject", "id", "action", "counts", "record"}}
	MeasuredClocks = Table{"measured_clocks", 4, []string{"day", "tx_id", "n", "position", "clock", "used_days", "overdue_days"}}
	Documents      = Table{"documents", 2, []string{"kind", "id", "record"}}
	Resources      = Table{"resources", 3, []string{"record_kind", "holder", "id", "seq", "title", "summary", "registrant", "registrant_name",
		"division", "section", "industry", "data_type", "status", "open_type", "sharing_type", "update_cycle", "issued_at", "changed_at",
		"registration", "title_words", "all_words"}}
	Events = Table{"events", 2, []string{"block", "position", "tx_id", "type", "subject", "actor", "actor_role", "occurred_at"}}
)

// Tables lists all of them.
var Tables = []Table{CatalogEntries, CatalogVersions, Evidence, Applications, ApplicationParties, ApplicationEntries, Clocks,
	Steps, Objections, Registrations, RegistrationVersions, RegistrationParties, RegistrationEntries, Supervisions, Mandates,
	Measurements, MeasuredClocks, Documents, Resources, Events}

// Change is one row written, or rows removed, or a lookup repeated. Values are
// string or int64.
type Change struct {
	Table  Table
	Remove bool
	Cover  Cover // not empty: looks up again by which registration entries are covered
	Values []any // all columns; of a removal the first columns of the key
}

// Cover says for which entries the registration that covers them is looked up.
type Cover string

// What can be looked up again.
const (
	CoverEntry Cover = "entry" // of a provider, with an identifier
	CoverLeft  Cover = "left"  // that a code has covered up to now
	CoverTaken Cover = "taken" // that a code names now
)

// NoDue stands in a column "due" where no clock runs: behind every day, so that
// an order by due date needs no special case.
const NoDue = "9999-12-31"
