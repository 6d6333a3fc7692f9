package pack

import (
	"fmt"
	"slices"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/procedure"
)

// machine is a subject with the states that code refers to by name.
type machine struct {
	name     ledger.Subject
	required []ledger.State
}

// subjects lists the machines of every pack.
var subjects = []machine{
	{ledger.SubjectApplication, []ledger.State{ledger.StatePublicNotice, ledger.StateRegistered}},
	{ledger.SubjectObjection, nil},
	{ledger.SubjectRegistration, []ledger.State{
		ledger.State(ledger.RegistrationActive), ledger.State(ledger.RegistrationCancelled),
		ledger.State(ledger.RegistrationExpired), ledger.State(ledger.RegistrationRevoked)}},
	{ledger.SubjectSupervision, []ledger.State{procedure.StateVerified, procedure.StateClosed}},
}

func states(p ledger.RulePack) error {
	for i, s := range p.States {
		place := fmt.Sprintf("states[%d]", i)
		if !name(string(s.Name)) || slices.ContainsFunc(p.States[:i], func(o ledger.StateRule) bool {
			return o.Subject == s.Subject && o.Name == s.Name
		}) {
			return invalid(place+".name", "%.40q is no name or stands twice", s.Name)
		}
		if err := label(place+".label", s.Label); err != nil {
			return err
		}
		if !slices.ContainsFunc(subjects, func(known machine) bool { return known.name == s.Subject }) {
			return invalid(place+".subject", "%.40q is unknown", s.Subject)
		}
	}
	for _, subject := range subjects {
		for _, required := range subject.required {
			if _, found := state(p, subject.name, required); !found {
				return invalid("states", "the state %s of %s is missing", required, subject.name)
			}
		}
	}
	return nil
}

func state(p ledger.RulePack, subject ledger.Subject, wanted ledger.State) (ledger.StateRule, bool) {
	for _, s := range p.States {
		if s.Subject == subject && s.Name == wanted {
			return s, true
		}
	}
	return ledger.StateRule{}, false
}

func transitions(p ledger.RulePack) error {
	for i, row := range p.Transitions {
		place := fmt.Sprintf("transitions[%d]", i)
		for _, check := range []func(string, ledger.RulePack, ledger.Transition) error{rowNames, rowStates, rowVocabulary, rowInputs, rowClocks} {
			if err := check(place, p, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func rowNames(place string, p ledger.RulePack, row ledger.Transition) error {
	if !name(row.Action) {
		return invalid(place+".action", "%.40q is no name", row.Action)
	}
	if row.Measure != "" && !name(row.Measure) {
		return invalid(place+".measure", "%.40q is no name", row.Measure)
	}
	if len(row.Types) > 0 {
		if err := all(place+".types", row.Types, applicationTypes); err != nil {
			return err
		}
	}
	if err := roles(place+".roles", row.Roles); err != nil {
		return err
	}
	return cited(place, row.Article, row.Label)
}

func rowStates(place string, p ledger.RulePack, row ledger.Transition) error {
	if _, found := state(p, row.Subject, row.To); !found {
		return invalid(place+".to", "%s has no state %.40q", row.Subject, row.To)
	}
	from, found := state(p, row.Subject, row.From)
	if row.From != ledger.StateNone && !found {
		return invalid(place+".from", "%s has no state %.40q", row.Subject, row.From)
	}
	if from.Final {
		return invalid(place+".from", "%s is final and has no way out", row.From)
	}
	return nil
}

func rowVocabulary(place string, _ ledger.RulePack, row ledger.Transition) error {
	for _, list := range []struct {
		place        string
		given, known []string
	}{
		{".guards", row.Guards, procedure.Guards()}, {".effects", row.Effects, procedure.Effects()},
		{".when", row.When, procedure.Conditions()}, {".scope", []string{row.Scope}, procedure.Scopes()},
		{".inputs", row.Inputs, procedure.Inputs()}, {".optional", row.Optional, procedure.Inputs()},
	} {
		if len(list.given) == 0 {
			continue
		}
		if err := all(place+list.place, list.given, list.known); err != nil {
			return err
		}
	}
	return procedure.Applicable(row, place, invalid)
}

func rowInputs(place string, p ledger.RulePack, row ledger.Transition) error {
	for _, input := range row.Optional {
		if slices.Contains(row.Inputs, input) {
			return invalid(place+".optional", "%s is required already", input)
		}
	}
	takesCode := slices.Contains(row.Inputs, procedure.InputReasonCode) || slices.Contains(row.Optional, procedure.InputReasonCode)
	_, listed := p.Grounds[row.Ground]
	if takesCode != (row.Ground != "") || (row.Ground != "" && !listed) {
		return invalid(place+".ground", "a row with a reason code names a list of grounds, no other does: %.40q", row.Ground)
	}
	return nil
}

func rowClocks(place string, p ledger.RulePack, row ledger.Transition) error {
	for _, list := range [][]string{row.StopClocks, row.StartClocks} {
		for _, clock := range list {
			if _, known := p.Clocks[clock]; !known {
				return invalid(place+".clocks", "the clock %.40q is unknown", clock)
			}
		}
	}
	if row.Subject == ledger.SubjectRegistration && len(row.StartClocks) > 0 {
		return invalid(place+".startClocks", "a registration keeps no clocks")
	}
	return nil
}
