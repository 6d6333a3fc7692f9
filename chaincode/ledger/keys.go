package ledger

import (
	"fmt"
	"strings"
)

// Key names one record of the ledger: a kind and its parts, in the order by
// which ranges are read. It stands on the ledger as Fabric's composite key.
type Key struct {
	Kind  string
	Parts []string
}

// Kinds of key. Each is written by the contract named behind it; no key is
// written by every transaction.
const (
	KindNetwork                  = "network"                    // governance
	KindSandboxClock             = "sandbox-clock"              // sandbox
	KindHeartbeat                = "heartbeat"                  // governance
	KindRulePack                 = "rule-pack"                  // governance
	KindRulePackInForce          = "rule-pack-in-force"         // governance
	KindCalendar                 = "calendar"                   // governance
	KindCatalog                  = "catalog"                    // catalog
	KindCatalogVersion           = "catalog-version"            // catalog
	KindEvidence                 = "evidence"                   // evidence
	KindApplication              = "application"                // application
	KindApplicationStep          = "application-step"           // application
	KindApplicationByRegistrant  = "application-by-registrant"  // application
	KindIssuance                 = "issuance"                   // application
	KindClaim                    = "claim"                      // application
	KindObjection                = "objection"                  // objection
	KindObjectionByApplication   = "objection-by-application"   // objection
	KindObjectionByPerson        = "objection-by-person"        // objection
	KindObjectionStep            = "objection-step"             // objection
	KindRegistration             = "registration"               // application, registration
	KindRegistrationVersion      = "registration-version"       // application, registration
	KindRegistrationStep         = "registration-step"          // registration
	KindRegistrationByRegistrant = "registration-by-registrant" // application
	KindRegistrationByExpiry     = "registration-by-expiry"     // application, registration
	KindNationalCode             = "national-code"              // registration
	KindRenewal                  = "renewal"                    // application, registration
	KindMandate                  = "mandate"                    // mandate
	KindSupervision              = "supervision"                // supervision
	KindSupervisionByConcern     = "supervision-by-concern"     // supervision
	KindSupervisionStep          = "supervision-step"           // supervision
	KindRegistrarStanding        = "registrar-standing"         // supervision
	KindMeasurement              = "measurement"                // application, objection, registration, supervision
)

// sequenceWidth keeps sequence numbers in order as text.
const sequenceWidth = 10

// Limits of the parts of a key, in bytes.
const (
	MaxKeyPart = 256
	MaxKey     = 1024
)

// String gives the form on the ledger, Fabric's composite key: U+0000, then the
// kind and every part, each followed by U+0000.
func (k Key) String() string {
	var b strings.Builder
	b.WriteByte(0)
	b.WriteString(k.Kind)
	b.WriteByte(0)
	for _, part := range k.Parts {
		b.WriteString(part)
		b.WriteByte(0)
	}
	return b.String()
}

// ParseKey reads the form on the ledger, for readers of write sets. It reports
// false for a key that is none of this system's.
func ParseKey(text string) (Key, bool) {
	if len(text) < 3 || text[0] != 0 || text[len(text)-1] != 0 {
		return Key{}, false
	}
	fields := strings.Split(text[1:len(text)-1], "\x00")
	return Key{Kind: fields[0], Parts: fields[1:]}, true
}

func key(kind string, parts ...string) Key { return Key{Kind: kind, Parts: parts} }

func sequence(n int) string { return fmt.Sprintf("%0*d", sequenceWidth, n) }

// NetworkKey holds the one Network.
func NetworkKey() Key { return key(KindNetwork) }

// SandboxClockKey holds the one SandboxClock; it exists in a sandbox only.
func SandboxClockKey() Key { return key(KindSandboxClock) }

// HeartbeatKey holds an organisation's last heartbeat.
func HeartbeatKey(msp string) Key { return key(KindHeartbeat, msp) }

// RulePackKey holds a RulePackRecord.
func RulePackKey(id string, version int) Key { return key(KindRulePack, id, sequence(version)) }

// RulePackInForceKey holds the PackReference of the pack in force.
func RulePackInForceKey() Key { return key(KindRulePackInForce) }

// CalendarKey holds a year's Calendar.
func CalendarKey(year int) Key { return key(KindCalendar, fmt.Sprintf("%04d", year)) }

// CatalogKey holds the newest version of a CatalogEntry; CatalogRange is all of
// a provider's.
func CatalogKey(provider, identifier string) Key { return key(KindCatalog, provider, identifier) }

// CatalogRange spans the newest versions of a provider's entries.
func CatalogRange(provider string) Key { return key(KindCatalog, provider) }

// CatalogVersionKey holds an older version of a CatalogEntry.
func CatalogVersionKey(provider, identifier string, version int) Key {
	return key(KindCatalogVersion, provider, identifier, sequence(version))
}

// CatalogVersionRange spans an entry's older versions, oldest first.
func CatalogVersionRange(provider, identifier string) Key {
	return key(KindCatalogVersion, provider, identifier)
}

// EvidenceKey holds an Evidence. The owner is a USCC or an Actor's Key.
func EvidenceKey(owner, cid string) Key { return key(KindEvidence, owner, cid) }

// EvidenceRange spans an owner's evidence.
func EvidenceRange(owner string) Key { return key(KindEvidence, owner) }

// ApplicationKey holds the head record of an Application.
func ApplicationKey(id string) Key { return key(KindApplication, id) }

// ApplicationStepKey holds a Step of an application.
func ApplicationStepKey(id string, seq int) Key { return key(KindApplicationStep, id, sequence(seq)) }

// ApplicationStepRange spans an application's steps in order.
func ApplicationStepRange(id string) Key { return key(KindApplicationStep, id) }

// ApplicationByRegistrantKey is an index: its value names the application.
func ApplicationByRegistrantKey(uscc, id string) Key {
	return key(KindApplicationByRegistrant, uscc, id)
}

// ApplicationByRegistrantRange spans a registrant's applications.
func ApplicationByRegistrantRange(uscc string) Key { return key(KindApplicationByRegistrant, uscc) }

// IssuanceKey holds the slot that code issuance consumes, under the key-level
// endorsement policy Authority AND Registrar.
func IssuanceKey(application string) Key { return key(KindIssuance, application) }

// ClaimKey holds the Claim on one thing: of a data resource, a catalogue entry; of
// a product or service, its registrant and the digest of its name (Art. 20).
func ClaimKey(holder, thing string, kind Kind) Key {
	return key(KindClaim, holder, thing, string(kind))
}

// ObjectionKey holds the head record of an Objection.
func ObjectionKey(id string) Key { return key(KindObjection, id) }

// ObjectionByApplicationKey is an index: its value names the objection.
func ObjectionByApplicationKey(application, id string) Key {
	return key(KindObjectionByApplication, application, id)
}

// ObjectionByApplicationRange spans an application's objections.
func ObjectionByApplicationRange(application string) Key {
	return key(KindObjectionByApplication, application)
}

// ObjectionByPersonKey keeps a person to one objection to an application: its
// value names the objection. The person is an Objection's Person.
func ObjectionByPersonKey(application, person string) Key {
	return key(KindObjectionByPerson, application, person)
}

// ObjectionStepKey holds a Step of an objection.
func ObjectionStepKey(id string, seq int) Key { return key(KindObjectionStep, id, sequence(seq)) }

// ObjectionStepRange spans an objection's steps in order.
func ObjectionStepRange(id string) Key { return key(KindObjectionStep, id) }

// RegistrationKey holds the present version of a Registration, under the
// key-level endorsement policy Authority AND Registrar.
func RegistrationKey(code string) Key { return key(KindRegistration, code) }

// RegistrationVersionKey holds an older version of a Registration.
func RegistrationVersionKey(code string, version int) Key {
	return key(KindRegistrationVersion, code, sequence(version))
}

// RegistrationVersionRange spans a registration's older versions, oldest first.
func RegistrationVersionRange(code string) Key { return key(KindRegistrationVersion, code) }

// RegistrationStepKey holds a Step of a registration.
func RegistrationStepKey(code string, seq int) Key {
	return key(KindRegistrationStep, code, sequence(seq))
}

// RegistrationStepRange spans a registration's steps in order.
func RegistrationStepRange(code string) Key { return key(KindRegistrationStep, code) }

// RegistrationByRegistrantKey is an index: its value names the registration.
func RegistrationByRegistrantKey(uscc, code string) Key {
	return key(KindRegistrationByRegistrant, uscc, code)
}

// RegistrationByRegistrantRange spans a registrant's registrations.
func RegistrationByRegistrantRange(uscc string) Key { return key(KindRegistrationByRegistrant, uscc) }

// RegistrationByExpiryKey is an index in the order of the last day of validity
// (YYYY-MM-DD): the due list of Art. 24.
func RegistrationByExpiryKey(validUntil, code string) Key {
	return key(KindRegistrationByExpiry, validUntil, code)
}

// RegistrationByExpiryRange spans all registrations, the earliest to expire first.
func RegistrationByExpiryRange() Key { return key(KindRegistrationByExpiry) }

// NationalCodeKey makes a national code unique: its value names the registration.
func NationalCodeKey(nationalCode string) Key { return key(KindNationalCode, nationalCode) }

// RenewalKey names the renewal under way of a registration, which expiry waits for.
func RenewalKey(code string) Key { return key(KindRenewal, code) }

// MandateKey holds a holder's mandate for an entrusted registration (Art. 9).
func MandateKey(holder, id string) Key { return key(KindMandate, holder, id) }

// MandateRange spans a holder's mandates.
func MandateRange(holder string) Key { return key(KindMandate, holder) }

// SupervisionKey holds a supervision record (Art. 27, 28).
func SupervisionKey(id string) Key { return key(KindSupervision, id) }

// SupervisionRange spans all supervision records.
func SupervisionRange() Key { return key(KindSupervision) }

// SupervisionByConcernKey is an index: its value names the supervision record. The
// concern is ConcernRegistrar or a registrant's USCC.
func SupervisionByConcernKey(concern, id string) Key {
	return key(KindSupervisionByConcern, concern, id)
}

// SupervisionByConcernRange spans the supervision records of one concern.
func SupervisionByConcernRange(concern string) Key { return key(KindSupervisionByConcern, concern) }

// SupervisionStepKey holds a Step of a supervision record.
func SupervisionStepKey(id string, seq int) Key { return key(KindSupervisionStep, id, sequence(seq)) }

// SupervisionStepRange spans a supervision record's steps in order.
func SupervisionStepRange(id string) Key { return key(KindSupervisionStep, id) }

// MeasurementKey holds one Measurement. Month and day lead, so that any period is
// a few bounded ranges, and every transaction writes a key of its own.
func MeasurementKey(day, txID string, n int) Key {
	return key(KindMeasurement, day[:len("2006-01")], day, txID, sequence(n))
}

// MeasurementRange spans the measurements of a month, YYYY-MM, or of a day,
// YYYY-MM-DD.
func MeasurementRange(period string) Key {
	if len(period) > len("2006-01") {
		return key(KindMeasurement, period[:len("2006-01")], period)
	}
	return key(KindMeasurement, period)
}

// RegistrarStandingKey says whether the registrar is disqualified (Art. 27).
func RegistrarStandingKey() Key { return key(KindRegistrarStanding) }
