package procedure

import (
	"maps"
	"slices"

	"dengji/chaincode/ledger"
)

// The closed lists that a rule pack's table may use, each in alphabetical order.

// Guards lists the names of guards.
func Guards() []string { return slices.Sorted(maps.Keys(guards)) }

// Effects lists the names of effects.
func Effects() []string { return slices.Sorted(maps.Keys(effects)) }

// Conditions lists the names of conditions.
func Conditions() []string { return slices.Sorted(maps.Keys(conditions)) }

// Scopes lists the names of scopes.
func Scopes() []string { return slices.Sorted(maps.Keys(scopes)) }

// Inputs lists the names of inputs.
func Inputs() []string { return slices.Sorted(maps.Keys(inputs)) }

// MaterialConditions lists the conditions that a material may depend on.
var MaterialConditions = []string{WhenAuthorised, WhenEntrusted, WhenJointPending}

// Consequence gives the row that an effect takes on another machine, or "".
func Consequence(effect string) (ledger.Subject, string) {
	switch effect {
	case EffectTellRaised:
		return ledger.SubjectApplication, ActionObjectionRaised
	case EffectTellDismissed:
		return ledger.SubjectApplication, ActionObjectionDismissed
	case EffectTerminate:
		return ledger.SubjectApplication, ActionTerminate
	case EffectIssue:
		return ledger.SubjectRegistration, ActionRegister
	case EffectAmend:
		return ledger.SubjectRegistration, ActionAmend
	case EffectExtend:
		return ledger.SubjectRegistration, ActionExtend
	case EffectCancel:
		return ledger.SubjectRegistration, ActionCancel
	}
	return "", ""
}

// home says on which machines a name has the records that it looks at. A name that
// is missing here looks at the application's.
var home = map[string][]ledger.Subject{
	ScopeAny: everywhere, ScopeEffect: everywhere,
	ScopeRegistrant: {ledger.SubjectApplication, ledger.SubjectObjection}, ScopeObjector: {ledger.SubjectObjection},

	WhenConcernsRegistrar: {ledger.SubjectSupervision}, WhenConcernsRegistrant: {ledger.SubjectSupervision},

	GuardDiffersFromOpener: {ledger.SubjectSupervision},
	GuardNoticeRunning:     {ledger.SubjectObjection}, GuardNotOwnApplication: {ledger.SubjectObjection},
	GuardApplicationInNotice: {ledger.SubjectObjection}, GuardApplicationEnded: {ledger.SubjectObjection},
	GuardAnswerPeriodOver: {ledger.SubjectObjection},
	GuardValidityOver:     {ledger.SubjectRegistration}, GuardFindingVerified: {ledger.SubjectRegistration},
	GuardNoRenewalPending: {ledger.SubjectApplication, ledger.SubjectRegistration},

	EffectTellRaised: {ledger.SubjectObjection}, EffectTellDismissed: {ledger.SubjectObjection},
	EffectTerminate: {ledger.SubjectObjection}, EffectNoteAnswer: {ledger.SubjectObjection},
	EffectNoteSupplement: {ledger.SubjectObjection},
	EffectEnd:            {ledger.SubjectRegistration},
	EffectDisqualify:     {ledger.SubjectSupervision}, EffectReinstate: {ledger.SubjectSupervision},

	InputReason: everywhere, InputReasonCode: everywhere, InputEvidence: everywhere,
	InputFinding: {ledger.SubjectRegistration},
}

var everywhere = []ledger.Subject{ledger.SubjectApplication, ledger.SubjectObjection, ledger.SubjectRegistration, ledger.SubjectSupervision}

// Applicable refuses a row that uses a name on a machine that lacks the records
// which the name looks at; refuse makes the refusal of a place.
func Applicable(row ledger.Transition, place string, refuse func(place, format string, args ...any) error) error {
	for _, list := range [][]string{{row.Scope}, row.When, row.Guards, row.Effects, row.Inputs, row.Optional} {
		for _, name := range list {
			machines, special := home[name]
			if !special {
				machines = []ledger.Subject{ledger.SubjectApplication}
			}
			if !slices.Contains(machines, row.Subject) {
				return refuse(place, "%s cannot be used on the machine %s", name, row.Subject)
			}
		}
	}
	return nil
}
