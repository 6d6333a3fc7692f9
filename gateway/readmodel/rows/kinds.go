package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"dengji/chaincode/ledger"
)

// kind says what becomes of one kind of record on the ledger.
type kind struct {
	table    Table
	children []child
	parts    int                           // of the ledger's key
	key      func([]string) ([]any, error) // primary key of the row
	rows     func(key []any, value []byte) ([]Change, error)
	after    func(key []any) []Change // what follows for other records' rows; nil: nothing
}

// child is a table whose rows belong to one record and are replaced with it.
type child struct {
	table Table
	owner func(key []any) []any // first columns of the child's key
}

// kinds maps the records that are kept.
var kinds = map[string]kind{
	ledger.KindCatalog:             {table: CatalogEntries, parts: 2, key: plain, rows: record(catalogEntry), children: []child{{Resources, entryResource}}, after: coverEntry},
	ledger.KindCatalogVersion:      {table: CatalogVersions, parts: 3, key: numbered, rows: record(catalogVersion)},
	ledger.KindEvidence:            {table: Evidence, parts: 2, key: plain, rows: record(evidence)},
	ledger.KindApplication:         {table: Applications, parts: 1, key: plain, rows: record(application), children: []child{{ApplicationParties, same}, {ApplicationEntries, same}, {Clocks, under(ledger.SubjectApplication)}}},
	ledger.KindApplicationStep:     {table: Steps, parts: 2, key: stepOf(ledger.SubjectApplication), rows: record(step)},
	ledger.KindObjection:           {table: Objections, parts: 1, key: plain, rows: record(objection), children: []child{{Clocks, under(ledger.SubjectObjection)}}},
	ledger.KindObjectionStep:       {table: Steps, parts: 2, key: stepOf(ledger.SubjectObjection), rows: record(step)},
	ledger.KindRegistration:        {table: Registrations, parts: 1, key: plain, rows: record(registration), children: []child{{RegistrationParties, same}, {RegistrationEntries, same}, {Resources, registrationResource}}, after: coverEntries},
	ledger.KindRegistrationVersion: {table: RegistrationVersions, parts: 2, key: numbered, rows: record(registrationVersion)},
	ledger.KindRegistrationStep:    {table: Steps, parts: 2, key: stepOf(ledger.SubjectRegistration), rows: record(step)},
	ledger.KindSupervision:         {table: Supervisions, parts: 1, key: plain, rows: record(supervision), children: []child{{Clocks, under(ledger.SubjectSupervision)}}},
	ledger.KindSupervisionStep:     {table: Steps, parts: 2, key: stepOf(ledger.SubjectSupervision), rows: record(step)},
	ledger.KindMandate:             {table: Mandates, parts: 2, key: plain, rows: record(mandate)},
	ledger.KindMeasurement:         {table: Measurements, parts: 4, key: measurementKey, rows: record(measurement), children: []child{{MeasuredClocks, same}}},
	ledger.KindNetwork:             document(ledger.KindNetwork, 0),
	ledger.KindSandboxClock:        document(ledger.KindSandboxClock, 0),
	ledger.KindHeartbeat:           document(ledger.KindHeartbeat, 1),
	ledger.KindRulePack:            document(ledger.KindRulePack, 2),
	ledger.KindRulePackInForce:     document(ledger.KindRulePackInForce, 0),
	ledger.KindCalendar:            document(ledger.KindCalendar, 1),
	ledger.KindRegistrarStanding:   document(ledger.KindRegistrarStanding, 0),
}

// left are the kinds that hold nothing of their own: indexes over the records
// above, and what the ledger keeps for its own checks.
var left = map[string]bool{
	ledger.KindApplicationByRegistrant:  true,
	ledger.KindIssuance:                 true,
	ledger.KindClaim:                    true,
	ledger.KindObjectionByApplication:   true,
	ledger.KindObjectionByPerson:        true,
	ledger.KindRegistrationByRegistrant: true,
	ledger.KindRegistrationByExpiry:     true,
	ledger.KindNationalCode:             true,
	ledger.KindRenewal:                  true,
	ledger.KindSupervisionByConcern:     true,
}

// Known reports whether this version knows a kind of record, kept or left.
func Known(name string) bool {
	_, kept := kinds[name]
	return kept || left[name]
}

func plain(parts []string) ([]any, error) {
	key := make([]any, len(parts))
	for i, part := range parts {
		key[i] = text(part)
	}
	return key, nil
}

// numbered is the key of records whose last part is a sequence number.
func numbered(parts []string) ([]any, error) {
	last := len(parts) - 1
	n, err := strconv.ParseInt(parts[last], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("key: sequence number: %w", err)
	}
	key, err := plain(parts[:last])
	return append(key, n), err
}

func stepOf(subject ledger.Subject) func([]string) ([]any, error) {
	return func(parts []string) ([]any, error) {
		key, err := numbered(parts)
		return append([]any{string(subject)}, key...), err
	}
}

// measurementKey leaves the month out, which the day repeats.
func measurementKey(parts []string) ([]any, error) { return numbered(parts[1:]) }

func same(key []any) []any { return key }

func under(subject ledger.Subject) func([]any) []any {
	return func(key []any) []any { return append([]any{string(subject)}, key...) }
}

// document keeps a record of which no column is needed. Its id is the parts of
// its key, joined by slashes.
func document(name string, parts int) kind {
	return kind{table: Documents, parts: parts,
		key: func(parts []string) ([]any, error) { return []any{name, text(strings.Join(parts, "/"))}, nil },
		rows: func(key []any, value []byte) ([]Change, error) {
			if !json.Valid(value) {
				return nil, errors.New("record: no JSON")
			}
			return []Change{row(Documents, key, text(string(value)))}, nil
		}}
}
