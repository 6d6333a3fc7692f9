package contract

import (
	"reflect"

	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/anchor"
	"dengji/chaincode/rules/procedure"
	"dengji/chaincode/runtime"
)

// write puts everything that a decision changed on the ledger and tells it in one
// event, named after the machine and the action that the caller took.
func write(t *runtime.Transaction, subject ledger.Subject, action string, before procedure.Case, change procedure.Change) error {
	for _, part := range []func() error{
		func() error { return writeApplication(t, change) },
		func() error { return writeObjection(t, change) },
		func() error { return writeRegistration(t, before, change) },
		func() error { return writeSupervision(t, change) },
		func() error { return writeClaims(t, before, change) },
		func() error { return writeHistory(t, change) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	after := ledger.CaseChange{Steps: change.Steps, Subjects: change.Subjects}
	if change.Touched(ledger.SubjectApplication) {
		after.Application = change.Application
	}
	if change.Touched(ledger.SubjectObjection) {
		after.Objection = change.Objection
	}
	if change.Touched(ledger.SubjectRegistration) {
		after.Registration = change.Registration
	}
	if change.Touched(ledger.SubjectSupervision) {
		after.Supervision = change.Supervision
	}
	return t.Emit(string(subject)+"."+action, idOf(subject, change.Case), after)
}

func idOf(subject ledger.Subject, c procedure.Case) string {
	switch subject {
	case ledger.SubjectApplication:
		return c.Application.ID
	case ledger.SubjectObjection:
		return c.Objection.ID
	case ledger.SubjectRegistration:
		return c.Registration.Code
	default:
		return c.Supervision.ID
	}
}

// issuers are the organisations without which no code is issued and no
// registration changed or ended.
var issuers = []string{ledger.AuthorityMSP, ledger.RegistrarMSP}

func writeApplication(t *runtime.Transaction, change procedure.Change) error {
	if !change.Touched(ledger.SubjectApplication) {
		return nil
	}
	a := change.Application
	if err := t.Put(ledger.ApplicationKey(a.ID), a); err != nil {
		return err
	}
	if change.ConsumeSlot {
		return t.Delete(ledger.IssuanceKey(a.ID))
	}
	if change.OpenSlot {
		key := ledger.IssuanceKey(a.ID)
		if err := t.Put(key, ledger.IssuanceSlot{Application: a.ID}); err != nil {
			return err
		}
		if err := t.SetEndorsers(key, issuers...); err != nil {
			return err
		}
	}
	if a.Steps > 1 {
		return nil
	}
	return indexApplication(t, *a)
}

// indexApplication enters a new application with everybody whose it is.
func indexApplication(t *runtime.Transaction, a ledger.Application) error {
	holders := []string{a.Registrant}
	for _, party := range a.Joint {
		holders = append(holders, party.USCC)
	}
	if applicant := anchor.Owner(a.Applicant); applicant != a.Registrant {
		holders = append(holders, applicant)
	}
	for _, holder := range holders {
		if err := t.Put(ledger.ApplicationByRegistrantKey(holder, a.ID), a.ID); err != nil {
			return err
		}
	}
	return nil
}

func writeObjection(t *runtime.Transaction, change procedure.Change) error {
	if !change.Touched(ledger.SubjectObjection) {
		return nil
	}
	o := change.Objection
	if err := t.Put(ledger.ObjectionKey(o.ID), o); err != nil || o.Steps > 1 {
		return err
	}
	if err := t.Put(ledger.ObjectionByApplicationKey(o.Application, o.ID), o.ID); err != nil {
		return err
	}
	return t.Put(ledger.ObjectionByPersonKey(o.Application, o.Person()), o.ID)
}

func writeRegistration(t *runtime.Transaction, before procedure.Case, change procedure.Change) error {
	if !change.Touched(ledger.SubjectRegistration) {
		return nil
	}
	r, key := change.Registration, ledger.RegistrationKey(change.Registration.Code)
	if change.Replaced != nil {
		if err := t.Put(ledger.RegistrationVersionKey(r.Code, change.Replaced.Version), change.Replaced); err != nil {
			return err
		}
	}
	if err := t.Put(key, r); err != nil {
		return err
	}
	if before.Registration == nil {
		if err := t.SetEndorsers(key, issuers...); err != nil {
			return err
		}
		if err := t.Put(ledger.RegistrationByRegistrantKey(r.Registrant, r.Code), r.Code); err != nil {
			return err
		}
	}
	return indexExpiry(t, before.Registration, r)
}

// indexExpiry keeps the due list of Art. 24: active registrations by the end of
// their validity.
func indexExpiry(t *runtime.Transaction, before, after *ledger.Registration) error {
	active := after.Status == ledger.RegistrationActive
	if before != nil && active && before.ValidUntil == after.ValidUntil {
		return nil
	}
	if before != nil {
		if err := t.Delete(ledger.RegistrationByExpiryKey(before.ValidUntil, before.Code)); err != nil {
			return err
		}
	}
	if !active {
		return nil
	}
	return t.Put(ledger.RegistrationByExpiryKey(after.ValidUntil, after.Code), after.Code)
}

func writeSupervision(t *runtime.Transaction, change procedure.Change) error {
	if !change.Touched(ledger.SubjectSupervision) {
		return nil
	}
	s := change.Supervision
	if err := t.Put(ledger.SupervisionKey(s.ID), s); err != nil {
		return err
	}
	if change.Standing != nil {
		if err := t.Put(ledger.RegistrarStandingKey(), change.Standing); err != nil {
			return err
		}
	}
	if s.Steps > 1 {
		return nil
	}
	return t.Put(ledger.SupervisionByConcernKey(s.Concern, s.ID), s.ID)
}

func writeClaims(t *runtime.Transaction, before procedure.Case, change procedure.Change) error {
	for _, claim := range change.Claimed {
		key := ledger.ClaimKey(claim.Holder, claim.Thing, claim.Kind)
		if claim.Registration == "" && len(claim.Applications) == 0 {
			if err := t.Delete(key); err != nil {
				return err
			}
			continue
		}
		if err := t.Put(key, claim); err != nil {
			return err
		}
	}
	if change.Registration == nil || reflect.DeepEqual(before.Renewal, change.Renewal) {
		return nil
	}
	key := ledger.RenewalKey(change.Registration.Code)
	if change.Renewal == nil {
		return t.Delete(key)
	}
	return t.Put(key, change.Renewal)
}

// writeHistory puts every step under a key of its own, and what it adds to the
// evaluation of Art. 26.
func writeHistory(t *runtime.Transaction, change procedure.Change) error {
	for i, step := range change.Steps {
		if err := t.Put(stepKey(change.Subjects[i], step), step); err != nil {
			return err
		}
	}
	for n, measurement := range change.Measurements {
		if err := t.Put(ledger.MeasurementKey(measurement.Day, measurement.TxID, n), measurement); err != nil {
			return err
		}
	}
	return nil
}

func stepKey(subject ledger.Subject, step ledger.Step) ledger.Key {
	switch subject {
	case ledger.SubjectApplication:
		return ledger.ApplicationStepKey(step.Subject, step.Seq)
	case ledger.SubjectObjection:
		return ledger.ObjectionStepKey(step.Subject, step.Seq)
	case ledger.SubjectRegistration:
		return ledger.RegistrationStepKey(step.Subject, step.Seq)
	default:
		return ledger.SupervisionStepKey(step.Subject, step.Seq)
	}
}
