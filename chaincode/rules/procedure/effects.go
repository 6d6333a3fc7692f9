package procedure

import (
	"dengji/chaincode/fault"
	"dengji/chaincode/ledger"
	"dengji/chaincode/rules/code"
	"dengji/chaincode/rules/validity"
)

// Names of effects: what a step does beside moving state and clocks.
const (
	EffectRecordSubmission   = "record_submission"
	EffectFile               = "file"
	EffectConfirm            = "confirm"
	EffectResetConfirmations = "reset_confirmations"
	EffectNoteAcceptance     = "note_acceptance_defects"
	EffectNoteReview         = "note_review_defects"
	EffectPassAcceptance     = "pass_acceptance"
	EffectPassReview         = "pass_review"
	EffectResubmit           = "resubmit"
	EffectRelease            = "release_claims"
	EffectIssue              = "issue"
	EffectAmend              = "amend"
	EffectExtend             = "extend"
	EffectCancel             = "cancel"
	EffectCloseSlot          = "close_slot"
	EffectCountOpen          = "count_objection"
	EffectCountDismissed     = "count_dismissal"
	EffectCountUpheld        = "count_upheld"
	EffectTellRaised         = "tell_raised"
	EffectTellDismissed      = "tell_dismissed"
	EffectTerminate          = "terminate_application"
	EffectNoteAnswer         = "note_answer"
	EffectNoteSupplement     = "note_supplement"
	EffectEnd                = "end_registration"
	EffectDisqualify         = "disqualify_registrar"
	EffectReinstate          = "reinstate_registrar"
)

// Actions that effects trigger on another machine.
const (
	ActionObjectionRaised    = "objection_raised"
	ActionObjectionDismissed = "objection_dismissed"
	ActionTerminate          = "terminate"
	ActionRegister           = "register"
	ActionAmend              = "amend"
	ActionExtend             = "extend"
	ActionCancel             = "cancel"
)

var effects map[string]func(*decision) error

func init() { // effects trigger rows whose effects stand in this very table
	effects = map[string]func(*decision) error{
		EffectRecordSubmission:   recordSubmission,
		EffectFile:               file,
		EffectConfirm:            confirm,
		EffectResetConfirmations: resetConfirmations,
		EffectNoteAcceptance:     noteDefects(StageAcceptance),
		EffectNoteReview:         noteDefects(StageReview),
		EffectPassAcceptance:     pass(StageAcceptance),
		EffectPassReview:         pass(StageReview),
		EffectResubmit:           resubmit,
		EffectRelease:            release,
		EffectIssue:              issue,
		EffectAmend:              amend,
		EffectExtend:             extend,
		EffectCancel:             cancel,
		EffectCloseSlot:          closeSlot,
		EffectCountOpen:          countObjection,
		EffectCountDismissed:     countDismissal,
		EffectCountUpheld:        countUpheld,
		EffectTellRaised:         tell(ActionObjectionRaised),
		EffectTellDismissed:      tell(ActionObjectionDismissed),
		EffectTerminate:          tell(ActionTerminate),
		EffectNoteAnswer:         noteAnswer,
		EffectNoteSupplement:     noteSupplement,
		EffectEnd:                endRegistration,
		EffectDisqualify:         standing(true),
		EffectReinstate:          standing(false),
	}
}

// file makes the application count as filed (Art. 19, 20): late days are noted, not
// refused; duplicates are noted; the issuance slot of a first registration opens.
func file(d *decision) error {
	a := d.change.Application
	a.FiledAt = ledger.Stamp(d.Now)
	if a.Type == ledger.TypeFirst {
		d.change.OpenSlot = true
	}
	if a.Type == ledger.TypeRenewal {
		d.change.Renewal = &ledger.Renewal{Application: a.ID}
	}
	if a.DeliveryDate != "" {
		limit, err := d.Calendars.Explain(a.DeliveryDate, d.Pack.Clocks[ClockFirstFiling].WorkingDays)
		if err != nil {
			return err
		}
		if a.LateDays, err = d.Calendars.Between(limit.Due, d.today); err != nil {
			return err
		}
	}
	return d.fileClaims()
}

// confirm takes a joint registrant's word, with the name in its certificate.
func confirm(d *decision) error {
	a := d.change.Application
	for i := range a.Joint {
		if a.Joint[i].USCC == d.Actor.USCC {
			a.Joint[i].Confirmed, a.Joint[i].Name = true, d.Actor.Name
		}
	}
	a.Publicised.RegistrantName = jointName(a.Applicant.Name, a.Joint)
	if d.change.Registration != nil { // a change: the name may be another than the registration's
		a.Differs = differing(d.change.Registration.Publicised, a.Publicised)
	}
	fields := a.Publicised
	d.step.Fields = &fields
	return nil
}

func resetConfirmations(d *decision) error {
	for i := range d.change.Application.Joint {
		d.change.Application.Joint[i].Confirmed = false
	}
	return nil
}

func release(d *decision) error {
	a := d.change.Application
	d.releaseClaims(applicationThings(a))
	if d.change.Renewal != nil && d.change.Renewal.Application == a.ID {
		d.change.Renewal = nil
	}
	return nil
}

func closeSlot(d *decision) error {
	d.change.ConsumeSlot = d.change.Application.Type == ledger.TypeFirst
	return nil
}

// NewCode gives the registration code that a transaction would issue for an
// application.
func NewCode(setting Setting, a ledger.Application) (string, error) {
	return code.Registration(a.Division, a.Kind, ledger.Day(setting.Now)[:4], setting.TxID)
}

// issue is Art. 24: a new registration with its code and term. The slot is consumed,
// so that the endorsement of Authority and Registrar is needed.
func issue(d *decision) error {
	a := d.change.Application
	newCode, err := NewCode(d.Setting, *a)
	if err != nil {
		return err
	}
	if d.change.CodeTaken {
		return fault.New(fault.AlreadyExists, fault.Detail("%s", newCode), fault.Article("24"))
	}
	period, err := validity.First(d.Pack.Validity, d.today, agreementEnd(a))
	if err != nil {
		return err
	}
	d.change.ConsumeSlot = true
	a.Registration = newCode
	d.change.Registration = &ledger.Registration{
		Schema: Schema, Code: newCode, Kind: a.Kind, Registrant: a.Registrant, Joint: a.Joint, Division: a.Division,
		IssuedAt: ledger.Stamp(d.Now), ValidFrom: period.From, ValidUntil: period.Until, TermFrom: period.From,
		QueryCodeDigest: d.request.Issue.QueryCodeDigest, QueryCodeSalt: d.request.Issue.QueryCodeSalt,
	}
	if err := release(d); err != nil {
		return err
	}
	d.takeOver()
	if err := d.trigger(ledger.SubjectRegistration, ActionRegister); err != nil {
		return err
	}
	d.settleClaims(nil, d.change.Registration)
	return nil
}

// takeOver writes what the application says into the registration's next version.
func (d *decision) takeOver() {
	a, r := d.change.Application, d.change.Registration
	r.Version++
	r.Application, r.Pack, r.Publicised, r.Entries = a.ID, a.Pack, a.Publicised, a.Entries
	r.Authorised, r.AgreementEnd, r.SlipDigest = a.Authorised, a.AgreementEnd, ""
	r.Evidence = make([]string, len(a.Materials))
	for i, m := range a.Materials {
		r.Evidence[i] = m.CID
	}
}

// keepUnchanged gives a new version back what the application left alone, as another
// application may have changed it since.
func (d *decision) keepUnchanged() {
	a, r, old := d.change.Application, d.change.Registration, d.change.Replaced
	r.Publicised, r.Authorised, r.AgreementEnd = old.Publicised, old.Authorised, old.AgreementEnd
	if !a.NewEntries {
		r.Entries = old.Entries
	}
}

func agreementEnd(a *ledger.Application) string {
	if a.Authorised && a.Kind != ledger.KindResource {
		return a.AgreementEnd
	}
	return ""
}

// amend is a change or correction (Art. 15, 16): the fields in which the application
// differed from the registration are taken over into a new version; the code stays.
func amend(d *decision) error {
	if err := d.nextVersion(); err != nil {
		return err
	}
	a, r := d.change.Application, d.change.Registration
	before := registrationThings(d.change.Replaced)
	d.takeOver()
	d.keepUnchanged()
	for _, name := range a.Differs {
		*fieldOf(&r.Publicised, name) = *fieldOf(&a.Publicised, name)
	}
	if err := release(d); err != nil {
		return err
	}
	if err := d.trigger(ledger.SubjectRegistration, ActionAmend); err != nil {
		return err
	}
	d.settleClaims(before, r)
	return nil
}

// extend is a renewal (Art. 24): a new term from the day after the previous one.
func extend(d *decision) error {
	a, r := d.change.Application, d.change.Registration
	period, err := validity.Renewed(d.Pack.Validity, r.ValidUntil, agreementEnd(a))
	if err != nil {
		return err
	}
	if err := d.nextVersion(); err != nil {
		return err
	}
	r.Version++
	r.Application, r.Pack, r.SlipDigest = a.ID, a.Pack, ""
	r.TermFrom, r.ValidUntil = period.From, period.Until
	if err := release(d); err != nil {
		return err
	}
	return d.trigger(ledger.SubjectRegistration, ActionExtend)
}

// cancel is a cancellation (Art. 17).
func cancel(d *decision) error {
	if err := release(d); err != nil {
		return err
	}
	return d.trigger(ledger.SubjectRegistration, ActionCancel)
}

func (d *decision) nextVersion() error {
	replaced, err := clone(d.change.Registration)
	if err != nil {
		return err
	}
	d.change.Replaced = replaced
	return nil
}

// endRegistration runs on the registration's own machine, whatever the end.
func endRegistration(d *decision) error {
	r := d.change.Registration
	r.EndedAt, r.EndReason = ledger.Stamp(d.Now), endReason(d)
	d.settleClaims(registrationThings(r), r)
	return nil
}

func endReason(d *decision) string {
	if a := d.change.Application; a != nil && a.Grounds != "" {
		return a.Grounds
	}
	if d.request.ReasonCode != "" {
		return d.request.ReasonCode
	}
	return d.row.Action
}
