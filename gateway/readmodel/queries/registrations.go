package queries

import (
	"context"

	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
)

// RegistrationSummary is a registration as lists show it.
type RegistrationSummary struct {
	Code           string                    `json:"code"`
	Version        int                       `json:"version"`
	Status         ledger.RegistrationStatus `json:"status"`
	Kind           ledger.Kind               `json:"kind"`
	Registrant     string                    `json:"registrant"`
	RegistrantName string                    `json:"registrantName"`
	Division       string                    `json:"division"`
	DataName       string                    `json:"dataName"`
	Industry       string                    `json:"industry"`
	DataType       string                    `json:"dataType"`
	Summary        string                    `json:"summary"`
	ValidFrom      string                    `json:"validFrom"`
	ValidUntil     string                    `json:"validUntil"`
	IssuedAt       string                    `json:"issuedAt"`
	NationalCode   string                    `json:"nationalCode,omitempty"`
}

const registrationColumns = "r.code, r.version, r.status, r.kind, r.registrant, r.registrant_name, r.division, r.data_name, " +
	"r.industry, r.data_type, r.summary, r.valid_from, r.valid_until, r.issued_at, r.national_code"

func registrationSummary(scan func(...any) error) (RegistrationSummary, error) {
	var r RegistrationSummary
	err := scan(&r.Code, &r.Version, &r.Status, &r.Kind, &r.Registrant, &r.RegistrantName, &r.Division, &r.DataName, &r.Industry,
		&r.DataType, &r.Summary, &r.ValidFrom, &r.ValidUntil, &r.IssuedAt, &r.NationalCode)
	return r, err
}

// RegistrationFilter narrows a list of registrations; empty fields narrow nothing.
type RegistrationFilter struct {
	Registrant string // USCC, joint registrations included
	Division   string
	Section    string // letter of GB/T 4754-2017
	Industry   string // its full code
	Kind       ledger.Kind
	Status     ledger.RegistrationStatus
}

// Registrations lists registrations, the newest first.
func (q *Queries) Registrations(ctx context.Context, filter RegistrationFilter, page ledger.PageRequest) (ledger.Page[RegistrationSummary], error) {
	l := &listing{columns: registrationColumns, from: "registrations r", order: texts("r.issued_at", "r.code"), descending: true}
	if filter.Registrant != "" {
		l.from = "registration_parties p JOIN registrations r ON r.code = p.code"
		l.order = texts("p.issued_at", "p.code")
	}
	l.where("p.registrant = $?", "registrant", filter.Registrant).
		where("r.division = $?", "division", filter.Division).
		where("r.section = $?", "section", filter.Section).
		where("r.industry = $?", "industry", filter.Industry).
		where("r.kind = $?", "kind", string(filter.Kind)).
		where("r.status = $?", "status", string(filter.Status))
	return list(ctx, q, page, l, registrationSummary)
}

// Expiring lists the active registrations whose last day of validity is not after
// a day, YYYY-MM-DD, the earliest first (Art. 24).
func (q *Queries) Expiring(ctx context.Context, until string, page ledger.PageRequest) (ledger.Page[RegistrationSummary], error) {
	l := &listing{columns: registrationColumns, from: "registrations r", order: texts("r.valid_until", "r.code")}
	l.bind("r.status = $?", string(ledger.RegistrationActive)).where("r.valid_until <= $?", "until", until)
	return list(ctx, q, page, l, registrationSummary)
}

// Registration gives one registration as it stands on the ledger.
func (q *Queries) Registration(ctx context.Context, code string) (ledger.Registration, error) {
	return one[ledger.Registration](ctx, q, "registrations", ledger.KindRegistration, []string{"code"}, code)
}

// RegistrationVersions lists a registration's older versions, the newest first.
func (q *Queries) RegistrationVersions(ctx context.Context, code string, page ledger.PageRequest) (ledger.Page[ledger.Registration], error) {
	if code == "" {
		return ledger.Page[ledger.Registration]{}, fault.New(fault.InvalidValue, fault.Field("code"))
	}
	l := &listing{columns: "record", from: "registration_versions", order: []column{{"version", true}}, descending: true}
	return list(ctx, q, page, l.where("code = $?", "code", code), document[ledger.Registration])
}

// SupervisionRecords lists the supervision records of a concern (Art. 27, 28), of
// all where it is empty, the newest first.
func (q *Queries) SupervisionRecords(ctx context.Context, concern string, page ledger.PageRequest) (ledger.Page[ledger.SupervisionRecord], error) {
	l := &listing{columns: "record", from: "supervisions", order: texts("opened_at", "id"), descending: true}
	return list(ctx, q, page, l.where("concern = $?", "concern", concern), document[ledger.SupervisionRecord])
}

// SupervisionRecord gives one supervision record.
func (q *Queries) SupervisionRecord(ctx context.Context, id string) (ledger.SupervisionRecord, error) {
	return one[ledger.SupervisionRecord](ctx, q, "supervisions", ledger.KindSupervision, []string{"id"}, id)
}
