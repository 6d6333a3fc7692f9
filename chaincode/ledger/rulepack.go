package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// RulePack is the procedure as data, each entry citing its article. Key
// rule-pack/<id>/<version>. An application stays with the pack it was submitted
// under.
type RulePack struct {
	Schema           int                  `json:"schema"`
	ID               string               `json:"id"`
	Version          int                  `json:"version"`
	Title            Text                 `json:"title"`
	Source           string               `json:"source"` // the text that it implements
	ApplicationTypes []TypeRule           `json:"applicationTypes"`
	States           []StateRule          `json:"states"`
	Transitions      []Transition         `json:"transitions"`
	Clocks           map[string]ClockRule `json:"clocks"`
	Materials        []MaterialRule       `json:"materials"`
	PublicisedFields []FieldRule          `json:"publicisedFields"`
	Grounds          map[string][]Ground  `json:"grounds"` // by use: non_acceptance, cancellation, revocation, ...
	Validity         ValidityRule         `json:"validity"`
	CodeScheme       CodeScheme           `json:"codeScheme"`
	Switches         map[string]bool      `json:"switches,omitempty"` // named readings that can be turned off, e.g. acceptor_differs_from_reviewer
}

// Subject says which machine a state or transition belongs to.
type Subject string

// The machines of a pack.
const (
	SubjectApplication  Subject = "application"
	SubjectObjection    Subject = "objection"
	SubjectRegistration Subject = "registration"
	SubjectSupervision  Subject = "supervision"
)

// TypeRule describes an application type.
type TypeRule struct {
	Type    ApplicationType `json:"type"`
	Label   Text            `json:"label"`
	Article string          `json:"article"`
	Filings []Filing        `json:"filings"`
	Roles   []Role          `json:"roles"` // who may submit
}

// StateRule describes a state. A final state has no way out and needs none.
type StateRule struct {
	Subject Subject `json:"subject"`
	Name    State   `json:"name"`
	Label   Text    `json:"label"`
	Final   bool    `json:"final,omitempty"`
}

// Transition is one row of the table. Conditions, guards, effects, scopes and
// inputs are names from the closed lists in package rules/procedure; a pack that
// names another is refused. Of several rows with the same action and From, the
// first whose conditions hold is taken.
type Transition struct {
	Subject     Subject           `json:"subject"`
	Types       []ApplicationType `json:"types,omitempty"` // empty: all
	From        State             `json:"from"`
	Action      string            `json:"action"`
	To          State             `json:"to"`
	When        []string          `json:"when,omitempty"` // conditions that choose between rows, all of them
	Roles       []Role            `json:"roles"`
	Scope       string            `json:"scope"` // whose cases
	Article     string            `json:"article"`
	Label       Text              `json:"label"`
	Guards      []string          `json:"guards,omitempty"`
	Effects     []string          `json:"effects,omitempty"`
	StopClocks  []string          `json:"stopClocks,omitempty"`
	StartClocks []string          `json:"startClocks,omitempty"`
	Ground      string            `json:"ground,omitempty"`   // list in Grounds that ReasonCode must come from
	Inputs      []string          `json:"inputs,omitempty"`   // required inputs
	Optional    []string          `json:"optional,omitempty"` // further inputs that the action takes
	Measure     string            `json:"measure,omitempty"`  // what the step counts as in the evaluation of Art. 26
}

// ClockRule is a statutory period in working days.
type ClockRule struct {
	WorkingDays int    `json:"workingDays"`
	Article     string `json:"article"`
	Owner       Role   `json:"owner"`             // who has to act before it ends
	Waiting     bool   `json:"waiting,omitempty"` // a period that has to run out, as the public notice: nobody is late when it is over
	Label       Text   `json:"label"`
}

// MaterialRule is one thing to be handed in (Art. 14-17).
type MaterialRule struct {
	Key      string            `json:"key"`
	Label    Text              `json:"label"`
	Article  string            `json:"article"`
	Types    []ApplicationType `json:"types"`
	Kinds    []Kind            `json:"kinds"`              // kinds of thing for which it is required
	Optional bool              `json:"optional,omitempty"` // may be handed in, need not
	Evidence []EvidenceKind    `json:"evidence"`           // kinds of evidence that satisfy it
	When     string            `json:"when,omitempty"`     // condition name, e.g. authorised, joint, entrusted
}

// FieldRule is a publicised field (Art. 22) with its limit in code points.
type FieldRule struct {
	Field   string `json:"field"`
	Label   Text   `json:"label"`
	Article string `json:"article"`
	Max     int    `json:"max"`
}

// Ground is a statutory reason.
type Ground struct {
	Code    string `json:"code"`
	Article string `json:"article"`
	Label   Text   `json:"label"`
}

// ValidityRule is Art. 24.
type ValidityRule struct {
	Years             int    `json:"years"`
	RenewalWindowDays int    `json:"renewalWindowDays"` // calendar days that end on the last day of validity
	RenewalYears      int    `json:"renewalYears"`
	Article           string `json:"article"`
}

// CodeScheme is how codes are made; Name selects a function of package rules.
type CodeScheme struct {
	Name    string `json:"name"` // "beijing-19"
	Article string `json:"article"`
}

// PackReference names a pack.
type PackReference struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// Reference names the pack.
func (p RulePack) Reference() PackReference { return PackReference{ID: p.ID, Version: p.Version} }

// String is how records name a pack: "id@version".
func (r PackReference) String() string { return fmt.Sprintf("%s@%d", r.ID, r.Version) }

// ParsePackReference reads what String writes.
func ParsePackReference(name string) (PackReference, error) {
	id, version, _ := strings.Cut(name, "@")
	number, err := strconv.Atoi(version)
	if err != nil || id == "" || number < 1 {
		return PackReference{}, fmt.Errorf("ledger: rule pack %q is not named id@version", name)
	}
	return PackReference{ID: id, Version: number}, nil
}

// Calendar is one year of working days as published by the State Council: key
// calendar/<year>. It can be replaced by a corrected one; deadlines carry the
// digest of what they were computed with.
type Calendar struct {
	Schema   int               `json:"schema"`
	Year     int               `json:"year"`
	Source   string            `json:"source"`   // the notice
	Holidays map[string]string `json:"holidays"` // YYYY-MM-DD -> name, every day of a holiday span
	Workdays map[string]string `json:"workdays"` // weekend days worked -> name of the holiday they make up for
}

// DeadlineAnswer is the answer of the public deadline calculator.
type DeadlineAnswer struct {
	Start          string       `json:"start"`
	WorkingDays    int          `json:"workingDays"`
	Due            string       `json:"due"`
	Provisional    bool         `json:"provisional"`
	CalendarDigest string       `json:"calendarDigest"`
	Days           []CountedDay `json:"days"` // every day after start up to due
}

// CountedDay is one day of a computation: counted, or skipped with the reason.
type CountedDay struct {
	Date    string `json:"date"`
	Counted bool   `json:"counted"`
	Reason  string `json:"reason"`         // weekday, makeup-workday, weekend, holiday
	Name    string `json:"name,omitempty"` // of the holiday
}
